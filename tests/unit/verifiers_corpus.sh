#!/bin/bash
# SPDX-License-Identifier: MIT
# The corpus maker: what it makes is what the manifest says, and anything else stops it and leaves no corpus. TAP.
# Invariant: works in a directory of its own, on small manifests and archives made here.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
maker=$PWD/build/corpora/corpus_make

# entry NAME BYTES SHA256 ORIGIN: one file of a manifest.
entry() {
	printf '{"name":"%s","kind":"x","licence":"MIT","bytes":%s,"sha256":"%s","origin":{%s}}' "$1" "$2" "$3" "$4"
}

# make_size ENTRY...: writes a manifest of these files and runs the maker; its exit status.
make_size() {
	local IFS=,
	printf '{"schema":1,"sizes":{"smoke":{"files":[%s]}}}\n' "$*" >"$work/manifest.json"
	"$maker" "$work/manifest.json" smoke "$work/corpus" "text=$work/text.tar.gz" >"$work/out" 2>&1
}

sha() {
	sha256sum | cut -d ' ' -f 1
}
mkdir -p "$work/t"
seq 1 5000 >"$work/t/numbers"
seq 1 5000 | bzip2 >"$work/t/numbers.bz2"
tar -C "$work" -czf "$work/text.tar.gz" t
numbers=$(sha <"$work/t/numbers")
size=$(stat -c %s "$work/t/numbers")
tar_size=$(gzip -dc "$work/text.tar.gz" | wc -c)
tar_sha=$(gzip -dc "$work/text.tar.gz" | sha)
empty=$(sha </dev/null)
ones=$(head -c 1000 /dev/zero | tr '\0' '\1' | sha)
good=$(entry numbers "$size" "$numbers" '"source":"text","member":"t/numbers"')

make_size "$good" "$(entry unpacked "$size" "$numbers" '"source":"text","member":"t/numbers.bz2","filter":"bzip2"')" \
	"$(entry whole.tar "$tar_size" "$tar_sha" '"source":"text"')" \
	"$(entry empty 0 "$empty" '"generator":"fill","value":0')" \
	"$(entry ones 1000 "$ones" '"generator":"fill","value":1')" &&
	cmp -s "$work/corpus/numbers" "$work/corpus/unpacked" && [ "$(find "$work/corpus" -type f | wc -l)" = 5 ]
check $? "members, a packed member, a whole archive and generated files"

rm -rf "$work/corpus"
wrong=${numbers/[0-9a-f]/x}
! make_size "$good" "$(entry other "$size" "$wrong" '"source":"text","member":"t/numbers"')" &&
	grep -q "expected $size bytes, sha256 $wrong" "$work/out" && grep -q "actual   $size bytes, sha256 $numbers" "$work/out" &&
	[ ! -e "$work/corpus" ]
check $? "a wrong hash stops with both hashes and leaves no corpus"

# refused NAME ENTRY: not made, and no corpus.
refused() {
	rm -rf "$work/corpus"
	! make_size "$2" && [ ! -e "$work/corpus" ] && [ -s "$work/out" ]
	check $? "$1"
}
refused "a wrong length" "$(entry n $((size + 1)) "$numbers" '"source":"text","member":"t/numbers"')"
refused "a missing member" "$(entry n 0 "$empty" '"source":"text","member":"t/none"')"
refused "a source that was not given" "$(entry n 0 "$empty" '"source":"none","member":"t/numbers"')"
refused "a member that is not packed" "$(entry n 0 "$empty" '"source":"text","member":"t/numbers","filter":"bzip2"')"
refused "an unknown filter" "$(entry n "$size" "$numbers" '"source":"text","member":"t/numbers","filter":"lz4"')"
refused "an unknown generator" "$(entry n 0 "$empty" '"generator":"x"')"
refused "a name with a slash" "$(entry ../n 0 "$empty" '"generator":"fill","value":0')"
refused "a hidden name" "$(entry .n 0 "$empty" '"generator":"fill","value":0')"
refused "an entry without an origin" "$(entry n 0 "$empty" '')"
head -c 100 "$work/text.tar.gz" >"$work/short" && mv "$work/short" "$work/text.tar.gz"
refused "a truncated archive" "$(entry n "$size" "$numbers" '"source":"text","member":"t/numbers"')"
refused "a truncated archive as a whole" "$(entry n "$tar_size" "$tar_sha" '"source":"text"')"

# Noise and the database depend on the seed only: two runs agree, another seed differs.
noise_of() {
	make_size "$(entry n 100000 x "\"generator\":\"noise\",\"seed\":$1")"
	sed -n 's/.*actual .*sha256 //p' "$work/out"
}
database_of() {
	make_size "$(entry n 1 x "\"generator\":\"sqlite\",\"seed\":$1,\"rows\":50")"
	sed -n 's/.*actual .*sha256 //p' "$work/out"
}
a=$(noise_of 5) b=$(noise_of 5) c=$(noise_of 6)
[ ${#a} = 64 ] && [ "$a" = "$b" ] && [ "$a" != "$c" ]
check $? "noise follows its seed"
a=$(database_of 5) b=$(database_of 5) c=$(database_of 6)
[ ${#a} = 64 ] && [ "$a" = "$b" ] && [ "$a" != "$c" ]
check $? "the database follows its seed"

entries=$(grep -c '"kind"' corpora/mixed/manifest.json)
[ "$entries" -ge 30 ] && [ "$(find build/corpora/mixed/smoke -type f | wc -l)" -ge 10 ] &&
	[ "$(find build/corpora/mixed/smoke -type f -printf '%s\n' | awk '{ t += $1 } END { print t }')" -gt 1800000 ]
check $? "smoke has at least ten files and about 2 MB"

printf 'int main(void) { return sizeof(long) == 8 ? 42 : 1; }\n' >"$work/x.c"
build/toolchain/linux-cc -O2 -Wall -o "$work/x" "$work/x.c" >"$work/out" 2>&1 && { "$work/x"; [ $? = 42 ]; } &&
	! readelf -lW "$work/x" | grep -Eq 'INTERP|DYNAMIC' && ! grep -aq GLIBC "$work/x"
check $? "linux-cc makes a static program without the host's C library"
printf '#include <gnu/libc-version.h>\n' >"$work/y.c"
! build/toolchain/linux-cc -c -o "$work/y.o" "$work/y.c" >"$work/out" 2>&1
check $? "linux-cc cannot see the host's headers"
finish
