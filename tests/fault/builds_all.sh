#!/bin/bash
# SPDX-License-Identifier: MIT
# Every build and runtime workload on both guests, tcc's own tests and Lua's suite whole, cJSON's test programs as the port has
# built them, and the compiler with one other byte (wrong-tcc.patch) against every build in both guests. TAP.
# Invariant: a verdict comes from the run's own table and records; nothing is taken as passed that is not there.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0 failed=0

# check NAME: one TAP line from the status of the command before.
check() {
    local rc=$?
    n=$((n + 1))
    if [ $rc = 0 ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        tail -n 8 "$work/log" | sed 's/^/# /'
        failed=1
    fi
}

# passes WORKLOAD: a row of the table in the log, with figures of both guests.
passes() {
    grep -Eq "^$1 +passed +ms +[0-9.]+ +[0-9.]+ +[0-9.]+ " "$work/log"
    check "$1 passes on both guests"
}

build/capbench run build runtime --size smoke --pairs 1 --out "$work/smoke" >"$work/log" 2>&1
check "all build and runtime workloads, size smoke: the run ends with 0"
for w in build/cjson build/lua build/sqlite build/tcc-selfhost build/tcc-tests2 build/zstd runtime/lua-kernels runtime/lua-suite; do passes $w; done
make -s references-standard >"$work/log" 2>&1
check "references of size standard"
build/capbench run build/tcc-tests2 runtime --size standard --pairs 1 --out "$work/standard" >"$work/log" 2>&1
check "tcc's own tests and Lua's suite, whole: the run ends with 0"
for w in build/tcc-tests2 runtime/lua-kernels runtime/lua-suite; do passes $w; done

data=build/corpora/build-cjson/tree/cjson/tests
for guest in capos linux; do
    for test in "build/ports/$guest"/cjson-*; do
        name=${test##*/}
        [ "$name" = cjson-example ] && continue
        timeout 300 build/capbench exec --guest $guest --grant virtual_memory --grant thread_control --grant "inputs=directory:$data/inputs:ro" \
            --grant "json-patch-tests=directory:$data/json-patch-tests:ro" "$test" >"$work/log" 2>&1 </dev/null
        check "$name of the port passes on $guest"
    done
done

# shellcheck source=tests/guest/wrong_tcc.sh disable=SC1091
. tests/guest/wrong_tcc.sh
wrong_tcc_tree "$work/tree"
CAPBENCH_BUILD=$work/tree/build build/capbench run build --size smoke --pairs 1 --out "$work/wrong" >"$work/log" 2>&1
[ $? = 1 ]
check "with the wrong compiler the builds end with 1"
for w in cjson lua sqlite tcc-selfhost zstd; do
    for guest in capos linux; do
        grep -Eq "^build/$w \(ram\) on $guest: failed: .*file_differs: [^ ]+\.o differs .* at offset [0-9]+" "$work/log"
        check "build/$w is failed on $guest, artifact and offset named"
    done
done
echo "1..$n"
exit "$failed"
