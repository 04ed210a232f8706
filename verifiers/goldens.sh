#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the compression goldens of one corpus size with the independent host build (native compiler and C library):
#   goldens.sh BUILD_DIR SIZE WORKLOAD...      each WORKLOAD one of zstd-3 zstd-19 xz-6 xz-9e
# Writes verifiers/golden/compression-<workload>.json; what changes there is to be reviewed and committed.
# Invariant: only programs of BUILD_DIR/host make streams; nothing here runs as part of a measurement.
set -eu
build=$(cd "$1" && pwd)
size=$2
shift 2
corpus=$build/corpora/mixed/$size
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
tool_of() {
	printf '%s %s, built on the host by %s' "$1" "$2" "$(gcc --version | head -n 1)"
}

for workload in "$@"; do
	echo "golden compression/$workload, size $size"
	rm -rf "$work/run"
	mkdir -p "$work/run/compressed"
	cp "$corpus"/* "$work/run"
	case $workload in
	zstd-*)
		codec=zstd suffix=.zst
		version=$("$build/host/zstd" --version | sed -n 's/.* v\([0-9.]*\),.*/\1/p')
		flags="-q -${workload#zstd-} -k -f --output-dir-flat compressed"
		# shellcheck disable=SC2086 # the flags are words
		(cd "$work/run" && find . -maxdepth 1 -type f -printf '%f\n' | LC_ALL=C sort |
			xargs "$build/host/zstd" $flags --)
		;;
	xz-*)
		codec=xz suffix=.xz
		version=$("$build/host/xz" --version | sed -n 's/^xz .* \([0-9.]*\)$/\1/p')
		flags="-q -k -${workload#xz-} --threads=1"
		# shellcheck disable=SC2086 # the flags are words
		(cd "$work/run" && find . -maxdepth 1 -type f -printf '%f\n' | LC_ALL=C sort |
			xargs "$build/host/xz" $flags -- && mv ./*.xz compressed/)
		;;
	*)
		echo "goldens.sh: no workload $workload" >&2
		exit 2
		;;
	esac
	"$build/verifiers/golden_make" "verifiers/golden/compression-$workload.json" "compression/$workload" \
		"$codec" "$suffix" "$(tool_of "$codec" "$version")" "$codec $flags -- FILES" "$size" "$corpus" \
		"$work/run/compressed"
done
