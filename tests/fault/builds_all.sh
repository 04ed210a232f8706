#!/bin/bash
# SPDX-License-Identifier: MIT
# Every build and runtime workload on both guests, tcc's own tests and Lua's suite whole, cJSON's test programs as the port has
# built them, and the compiler with one other byte (wrong-tcc.patch) against every build in both guests. TAP. With FAULT_SCALE below 1,
# that share of all these, picked by FAULT_SEED.
# Invariant: a verdict comes from the run's own table and records; nothing is taken as passed that is not there.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# shellcheck source=tests/fault/scale.sh
. tests/fault/scale.sh
data=build/corpora/build-cjson/tree/cjson/tests

# everything: a line "KIND WORDS" for each thing there is to do.
everything() {
    local test guest
    printf '%s\n' workloads/build/*.json workloads/runtime/*.json | sed 's,^workloads/,smoke ,; s,\.json$,,'
    printf 'standard %s\n' build/tcc-tests2 runtime/lua-kernels runtime/lua-suite
    for guest in capos linux; do
        for test in "build/ports/$guest"/cjson-*; do
            [ "${test##*/}" = cjson-example ] || echo "port $guest ${test##*/}"
        done
    done
    printf 'wrong %s\n' build/cjson build/lua build/sqlite build/tcc-selfhost build/zstd
}

picked() { sed -n "s/^$1 //p" "$work/picked"; }

# runs SIZE: the workloads picked for it pass on both guests.
runs() {
    local workloads w
    mapfile -t workloads < <(picked "$1")
    [ ${#workloads[@]} -gt 0 ] || return
    told build/capbench run "${workloads[@]}" --size "$1" --pairs 1 --out "$work/$1"
    check "${workloads[*]}, size $1: the run ends with 0"
    for w in "${workloads[@]}"; do
        grep -Eq "^$w +passed +ms +[0-9.]+ +[0-9.]+ +[0-9.]+ " "$work/log"
        check "$w passes on both guests, size $1"
    done
}

# port GUEST NAME: a test program of cJSON's, which says in its exit code how it went.
port() {
    within 300 build/capbench exec --guest "$1" --grant virtual_memory --grant thread_control --grant "inputs=directory:$data/inputs:ro" \
        --grant "json-patch-tests=directory:$data/json-patch-tests:ro" "build/ports/$1/$2" >"$work/log" 2>&1 </dev/null
    check "$2 of the port passes on $1"
}

# wrong WORKLOAD...: with the other compiler, failed on both guests.
wrong() {
    local w guest
    # shellcheck source=tests/guest/wrong_tcc.sh
    . tests/guest/wrong_tcc.sh
    wrong_tcc_tree "$work/tree"
    CAPBENCH_BUILD=$work/tree/build told build/capbench run "$@" --size smoke --pairs 1 --out "$work/wrong"
    [ $? = 1 ]
    check "with the wrong compiler, $* end with 1"
    for w; do
        for guest in capos linux; do
            grep -Eq "^$w \(ram\) on $guest: failed: .*file_differs: [^ ]+\.o differs .* at offset [0-9]+" "$work/log"
            check "$w is failed on $guest, artifact and offset named"
        done
    done
}

everything | sampled >"$work/picked"
runs smoke
if [ -n "$(picked standard)" ]; then
    picked standard | sed 's,.*,build/reference/&/standard.json,' | xargs make -s >"$work/log" 2>&1
    check "references of size standard"
fi
runs standard
while read -r guest name; do port "$guest" "$name"; done < <(picked port)
mapfile -t workloads < <(picked wrong)
[ ${#workloads[@]} = 0 ] || wrong "${workloads[@]}"
finish
