#!/bin/bash
# SPDX-License-Identifier: MIT
# The ports' glue without a network: wrong archives, the choice of a mirror, content keys. TAP.
# Invariant: everything is done in a directory of its own; the checkout's build is read, never changed.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
pinned=$(sed -n 's/^musl.sha256 *:= *//p' ports/musl/port.mk)
archive=$(sed -n 's/^musl.archive *:= *//p' ports/musl/port.mk)
mkdir -p "$work/build/fetch"
printf 'not an archive\n' >"$work/build/fetch/$archive"
wrong=$(sha256sum <"$work/build/fetch/$archive" | cut -d ' ' -f 1)
! make -s BUILD="$work/build" "$work/build/src/musl-1.2.3/.unpacked" >"$work/out" 2>&1 && grep -q "expected sha256 $pinned" "$work/out" && grep -q "actual   sha256 $wrong" "$work/out" &&
	grep -q "make fetch" "$work/out" && [ ! -e "$work/build/src/musl-1.2.3" ]
check $? "a wrong archive stops the build with both hashes and says what to do"
ports/fetch.sh check "$work/build/fetch/$archive" "$wrong" ports/musl/port.mk >"$work/out" 2>&1 && [ ! -s "$work/out" ]
check $? "a right archive passes in silence"

# sources NAME EXPECTED_PATTERN: the private list made from the fixture in $work/etc.
sources() {
	CAPBENCH_APT_ETC=$work/etc ports/apt.sh "$work/area" bookworm sources >"$work/out" 2>&1
	grep -Eq "$2" "$work/out"
	check $? "$1"
}
etc_clear() {
	rm -rf "${work:?}/etc"
	mkdir -p "$work/etc/sources.list.d"
}
etc_clear
cat >"$work/etc/sources.list" <<'LIST'
# deb http://commented.example/debian bookworm main
deb http://security.example/debian-security bookworm-security main
deb [arch=amd64 signed-by=/k.gpg] http://one.example/debian bookworm main contrib
deb http://other.example/tools tools-bookworm main
LIST
sources "one-line list: the suite's own mirror with its key" \
	'^deb-src \[ signed-by=/k.gpg \] http://one.example/debian bookworm main$'
etc_clear
cat >"$work/etc/sources.list.d/a.sources" <<'LIST'
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no

# a comment
Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: http://two.example/debian
Suites: bookworm-updates bookworm
Components: contrib main
Architectures: arm64
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
LIST
sources "deb822: the enabled stanza of the suite" '^URIs: http://two.example/debian$'
grep -q '^ abc$' "$work/out" && ! grep -Eq 'arm64|off.example|security|contrib' "$work/out" &&
	grep -q '^Types: deb deb-src$' "$work/out" && grep -q '^Suites: bookworm$' "$work/out"
check $? "deb822: an inline key stays, other suites, components and architectures go"
etc_clear
printf 'deb http://three.example/debian stable main\n' >"$work/etc/sources.list.d/x.list"
sources "a mirror that calls its suite stable serves too" '^deb-src http://three.example/debian bookworm main$'
etc_clear
! CAPBENCH_APT_ETC=$work/etc ports/apt.sh "$work/area" bookworm sources >"$work/out" 2>&1 &&
	grep -q CAPBENCH_MIRROR "$work/out"
check $? "no mirror: an error that says what to set"
CAPBENCH_MIRROR=http://four.example/d CAPBENCH_APT_ETC=$work/etc ports/apt.sh "$work/area" bookworm sources \
	>"$work/out" 2>&1 && grep -q '^deb-src http://four.example/d bookworm main$' "$work/out"
check $? "CAPBENCH_MIRROR overrides the machine's lists"

! APT_CONFIG=$work/area/etc/apt.conf apt-config dump | grep -i invoke >"$work/out" && [ -s "$work/area/etc/apt.conf" ]
check $? "none of the machine's hooks runs with the private client"

key() {
	ports/key.sh "$work/key" gcc "$1" "$work/input"
}
echo one >"$work/input"
key words
touch -d '2001-01-01' "$work/key"
key words
[ "$(stat -c %Y "$work/key")" = "$(date -d '2001-01-01' +%s)" ]
check $? "an unchanged key is left alone"
first=$(cat "$work/key")
key "other words"
second=$(cat "$work/key")
echo two >"$work/input"
key "other words"
third=$(cat "$work/key")
[ "$first" != "$second" ] && [ "$second" != "$third" ] && [ "$first" != "$third" ]
check $? "other words or another input give another key"

rm -rf "$work/tree"
mkdir -p "$work/src/x-1"
printf 'old\n' >"$work/src/x-1/file"
tar -C "$work/src" -cf "$work/x.tar" x-1
printf -- '--- a/file\n+++ b/file\n@@ -1 +1 @@\n-old\n+new\n' >"$work/1.patch"
ports/unpack.sh "$work/x.tar" "$work/tree" 1 "$work/1.patch" >"$work/out" 2>&1 && [ "$(cat "$work/tree/file")" = new ] &&
	[ -e "$work/tree/.unpacked" ]
check $? "an archive is unpacked and patched"
rm -rf "$work/tree"
! ports/unpack.sh "$work/x.tar" "$work/tree" 1 "$work/1.patch" "$work/1.patch" >"$work/out" 2>&1 &&
	[ ! -e "$work/tree" ]
check $? "a patch that does not apply leaves no tree"
finish
