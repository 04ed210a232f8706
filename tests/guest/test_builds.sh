#!/bin/bash
# SPDX-License-Identifier: MIT
# The build workloads: one passes on both guests, with what it has made running there; with a compiler that emits one other
# byte (wrong-tcc.patch) each is `failed`, and the artifact and the offset are named. The wrong compiler runs all of them on
# the host itself and one in each guest. TAP.
# Invariant: the tree is not touched; the wrong compiler's outputs work, so that only the verifier can tell.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/guest/wrong_tcc.sh disable=SC1091
. tests/guest/wrong_tcc.sh
wrong_tcc_tree "$work/tree"
wrong=$work/tree/build

# record RUN GUEST PATTERN: is it in the record of that guest?
record() {
    tr -d '\t\n' <"$work/$1/results.json" | sed 's/{"name":"build/\n&/g' | grep "\"guest\":\"$2\"" | grep -Eq "$3"
}

build/capbench run build/cjson --size smoke --pairs 1 --out "$work/good" >"$work/log" 2>&1
check "build/cjson: the run on both guests ends with 0"
for guest in capos linux; do
    record good "$guest" '"status":"passed"'
    check "build/cjson passes on $guest, its own tests with it"
done
# sums GUEST: hash and name of each artifact of the guest's last boot (one that was repeated may lie beside it).
sums() {
    local dirs=("$work/good/artifacts"/*-"$1"-*)
    (cd "${dirs[-1]}" && find . -type f ! -name NONCE -exec sha256sum {} + | sort -k 2)
}
a=$(sums capos)
b=$(sums linux)
[ -n "$a" ] && [ "$a" = "$b" ] && [ "$(printf '%s\n' "$a" | wc -l)" -ge 70 ]
check "all its objects and executables are equal on both guests"
grep -q '"extensions":' "$work/good/results.json"
check "the result says that a program was started from a file's bytes"
record good capos '"made":8,"refused":8,' && record good linux '"attempts":\{"status":"not_applicable"'
check "eight attempts on authority by a script were made and refused on capOS; not applicable on Linux"

CAPBENCH_BUILD=$wrong build/capbench run build/cjson --size smoke --pairs 1 --out "$work/guests" >"$work/log" 2>&1
[ $? = 1 ]
check "with the wrong compiler build/cjson ends with 1"
for guest in capos linux; do
    record guests "$guest" '"status":"failed".*the verifier rejects the output.*file_differs: [^ ]+\.o differs .* at offset [0-9]+'
    check "it is failed on $guest, artifact and offset named"
done
[ -f "$work/guests/results.json" ] && ! grep -q '"measurement"' "$work/guests/results.json"
check "and there is no figure"

CAPBENCH_BUILD=$wrong build/capbench run build --guest native --size smoke --pairs 1 --out "$work/host" >"$work/log" 2>&1
[ $? = 1 ]
check "with the wrong compiler all builds on the host end with 1"
for w in cjson lua sqlite tcc-selfhost zstd; do
    grep -Eq "^build/$w \(ram\) on native: failed: .*file_differs: [^ ]+\.o differs .* at offset [0-9]+" "$work/log"
    check "build/$w is failed, artifact and offset named"
done
build/capbench run runtime/lua-kernels build/tcc-tests2 --size smoke --pairs 1 --out "$work/kernels" >"$work/log" 2>&1
check "the Lua kernels and a sample of tcc's own tests: the run on both guests ends with 0"
for w in runtime/lua-kernels build/tcc-tests2; do
    grep -Eq "^$w +passed +ms +[0-9.]+ +[0-9.]+ +[0-9.]+ " "$work/log"
    check "$w passes on both guests"
done
finish
