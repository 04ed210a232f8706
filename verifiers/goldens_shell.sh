#!/bin/bash
# SPDX-License-Identifier: MIT
# Makes the goldens of shell workloads and stories: goldens_shell.sh BUILD_DIR SIZE workloads/FAMILY/NAME...
# Each workload's own plan is carried out on the host with the programs of BUILD_DIR/host, built by the machine's own compiler with
# its C library (`capbench reference`); what it leaves becomes verifiers/golden/FAMILY-NAME.json, to be reviewed and
# committed. Invariant: no program of a guest's flavour takes part, and nothing here runs as part of a measurement.
set -eu
build=$1
size=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
tool="built on the host by $(gcc --version | head -n 1), busybox $(sed -n 's/^busybox.version *:= *//p' ports/busybox/port.mk)"

for w in "$@"; do
	name=${w#workloads/}
	echo "golden $name, size $size"
	if grep -q '^  "session": ' "$w.json"; then # at a terminal, which a native run has not
		rm -rf "$work/root" "$work/made"
		mkdir -p "$work/root/bin" "$work/root/work/out" "$work/made/out"
		# shellcheck disable=SC2013 # words
		for program in $(grep -o '"program": "[a-z0-9_-]*"' "$w.json" | cut -d '"' -f 4); do
			[ ! -f "$build/host/$program" ] || cp "$build/host/$program" "$work/root/bin/"
		done
		"$build/verifiers/golden_session" "$w.json" "$work/root" "$work/made/out/session"
	else
		"$build/capbench" reference "$name" --size "$size" --out "$work/made"
	fi
	set=$(sed -n 's/^  "corpus": "\(.*\)",$/\1/p' "$w.json") # "" without one
	folder=$build/corpora/$set/tree
	[ -d "$folder" ] || folder=$build/corpora/$set/$size
	"$build/verifiers/golden_shell" "verifiers/golden/${name/\//-}.json" "$w.json" "$tool" "capbench reference $name" "$size" \
		"$work/made/out" "$folder"
done
