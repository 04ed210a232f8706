#!/bin/sh
# SPDX-License-Identifier: MIT
# One original source archive, checked: fetch.sh get SUITE PACKAGE ARCHIVE SHA256 DIR
#                                       fetch.sh pip VERSION PACKAGE ARCHIVE SHA256 DIR
#                                       fetch.sh check FILE SHA256 PORT_FILE
# `get` leaves DIR/ARCHIVE, fetched by source package name through ports/apt.sh; `pip` the same for a Python source package, by
# name and version (pip looks at the hash itself before it opens the archive); `check` compares a file that is there.
# Invariant: a file with the wrong hash is never used, and the message shows both hashes.
set -eu

usage() {
	echo "usage: fetch.sh get SUITE PACKAGE ARCHIVE SHA256 DIR | fetch.sh pip VERSION PACKAGE ARCHIVE SHA256 DIR | fetch.sh check FILE SHA256 PORT_FILE" >&2
	exit 2
}

# archive_check FILE SHA256 ADVICE: silent when the hash is right.
archive_check() {
	actual=$(sha256sum <"$1" | cut -d ' ' -f 1)
	[ "$actual" = "$2" ] && return
	{
		echo "error: $1 is not the archive that was pinned"
		echo "  expected sha256 $2"
		echo "  actual   sha256 $actual"
		echo "  $3"
	} >&2
	exit 1
}

# work_make DIR: $dir made absolute, $work a folder in it that goes when the script ends.
work_make() {
	mkdir -p "$1"
	dir=$(cd "$1" && pwd)
	work=$(mktemp -d "$dir/.get-XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM
}

case ${1:-} in
pip)
	[ $# -eq 6 ] || usage
	version=$2 package=$3 archive=$4 sha256=$5
	work_make "$6"
	echo "fetch $archive (Python source package $package)"
	printf '%s==%s --hash=sha256:%s\n' "$package" "$version" "$sha256" >"$work/wanted"
	python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary "$package" --dest "$work" -r "$work/wanted" >&2 || {
		echo "error: the Python source package $package $version could not be fetched (see above; python3-pip is needed)" >&2
		exit 1
	}
	archive_check "$work/$archive" "$sha256" "The package's archive differs: review it and change the hash where it is pinned."
	mv "$work/$archive" "$dir/$archive"
	;;
get)
	[ $# -eq 6 ] || usage
	suite=$2 package=$3 archive=$4 sha256=$5
	here=$(cd "$(dirname "$0")" && pwd)
	work_make "$6"
	echo "fetch $archive (source package $package)"
	(cd "$work" && "$here/apt.sh" "$dir/apt" "$suite" source --tar-only --download-only "$package") || {
		echo "error: the source package $package of $suite could not be fetched (see above)" >&2
		exit 1
	}
	if [ ! -f "$work/$archive" ]; then
		echo "error: the source package $package of $suite has no $archive; it has:" >&2
		ls "$work" >&2
		exit 1
	fi
	archive_check "$work/$archive" "$sha256" \
		"The mirror's archive differs: if that is intended, review it and change the hash in its port.mk."
	mv "$work/$archive" "$dir/$archive"
	;;
check)
	[ $# -eq 4 ] || usage
	archive_check "$2" "$3" \
		"Remove the file and run 'make fetch' again; if the archive was changed on purpose, change the hash in $4."
	;;
*)
	usage
	;;
esac
