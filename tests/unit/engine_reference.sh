#!/bin/bash
# SPDX-License-Identifier: MIT
# `capbench reference`: the host's own build of a workload's artifacts, whole or not at all; its refusals; trees of inputs. TAP.
# Invariant: nothing is written outside a temporary folder.
set -u
cd "$(dirname "$0")/../.." || exit 1
bin=$PWD/build/capbench
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0 failed=0

check() {
    local rc=$?
    n=$((n + 1))
    if [ $rc = 0 ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        head -n 5 "$tmp/out" | sed 's/^/# /'
        failed=1
    fi
}

# gives CODE PATTERN COMMAND...: exit code, and an extended regular expression in the output.
gives() {
    local code=$1 pattern=$2 got
    shift 2
    timeout 100 "$@" >"$tmp/out" 2>&1 </dev/null
    got=$?
    [ $got = "$code" ] && grep -Eq "$pattern" "$tmp/out"
}

kept=build/reference/runtime/lua-kernels/smoke
timeout 100 "$bin" reference runtime/lua-kernels --out "$tmp/ref" >"$tmp/out" 2>&1
check "a reference is made"
diff -r "$kept" "$tmp/ref" >"$tmp/out" && cmp "$kept.json" "$tmp/ref.json" >"$tmp/out" 2>&1
check "a second one is the same, byte for byte"
[ "$(find "$tmp" -mindepth 1 -maxdepth 1 ! -name out | sort | tr '\n' ' ')" = "$tmp/ref $tmp/ref.json " ]
check "nothing is left beside it"
gives 2 'unknown workload nosuch; there are:.*build/lua' "$bin" reference nosuch
check "an unknown workload: those that there are"
gives 2 'is a family' "$bin" reference build
check "a family is refused"
gives 2 'name one workload' "$bin" reference
check "no workload is refused"
gives 2 'smoke, standard or long' "$bin" reference build/lua --size huge
check "an unknown size is refused"

# A tree of links without the host's programs: said, and nothing appears.
mkdir -p "$tmp/tree/build"
for f in build/*; do [ "$f" = build/host ] || [ "$f" = build/corpora ] || ln -s "$PWD/$f" "$tmp/tree/build/"; done
ln -s "$PWD/build/corpora" "$tmp/tree/build/corpora"
for f in workloads corpora ports verifiers; do ln -s "$PWD/$f" "$tmp/tree/"; done
gives 3 'host/(lua|authority-attempt)' env CAPBENCH_BUILD="$tmp/tree/build" "$bin" reference runtime/lua-kernels --out "$tmp/none" && [ ! -e "$tmp/none" ] &&
    [ ! -e "$tmp/none.json" ] && [ ! -e "$tmp/none.part" ]
check "without the host's program it says which one, and leaves nothing"

# An input that is not what its list says.
rm "$tmp/tree/build/corpora" && mkdir -p "$tmp/tree/build/corpora"
cp -r build/corpora/lua-kernels "$tmp/tree/build/corpora/"
ln -s "$PWD/build/host" "$tmp/tree/build/host"
echo >>"$tmp/tree/build/corpora/lua-kernels/tree/kernels/sieve.lua"
gives 3 'kernels/sieve.lua has sha256' env CAPBENCH_BUILD="$tmp/tree/build" "$bin" reference runtime/lua-kernels --out "$tmp/none" && [ ! -e "$tmp/none" ]
check "a changed file of the tree is named, and nothing is left"

# A list of a tree: what is wrong with it is said.
mkdir "$tmp/source" "$tmp/set"
echo a >"$tmp/source/a"
ln -s a "$tmp/source/link"
printf '# list\nx src:one a\n' >"$tmp/set/tree.list"
corpora/tree.sh "$tmp/set/tree.list" "$tmp/laid" "src:one=$tmp/source" >"$tmp/out" 2>&1 && cmp -s "$tmp/source/a" "$tmp/laid/tree/x/a" &&
    grep -q '{"name":"x/a","bytes":2,"sha256":"[0-9a-f]\{64\}"}' "$tmp/laid/tree.json"
check "a tree is laid out and listed"
printf 'x src:one b*\n' >"$tmp/set/tree.list"
! corpora/tree.sh "$tmp/set/tree.list" "$tmp/laid" "src:one=$tmp/source" >"$tmp/out" 2>&1 && grep -q 'nothing in src:one matches b\*' "$tmp/out" &&
    [ -f "$tmp/laid/tree/x/a" ]
check "a pattern without a match is an error, and what was there stays"
printf 'x src:one link\n' >"$tmp/set/tree.list"
! corpora/tree.sh "$tmp/set/tree.list" "$tmp/laid" "src:one=$tmp/source" >"$tmp/out" 2>&1
check "a link is no file of a tree"
printf 'x src:two a\n' >"$tmp/set/tree.list"
! corpora/tree.sh "$tmp/set/tree.list" "$tmp/laid" "src:one=$tmp/source" >"$tmp/out" 2>&1 && grep -q 'src:two is not there' "$tmp/out"
check "a source that is not given is named"
[ "$(corpora/tree.sh --sources corpora/build-lua/tree.list | tr '\n' ' ')" = "repo: src:lua src:lupa src:tcc sysroot:capos sysroot:linux " ]
check "the sources of a list"
echo "1..$n"
exit $failed
