#!/bin/bash
# SPDX-License-Identifier: MIT
# `capbench reference`: the host's own build of a workload's artifacts, whole or not at all; its refusals; trees of inputs. TAP.
# Invariant: nothing is written outside a temporary folder.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
bin=$PWD/build/capbench
kept=build/reference/runtime/lua-kernels/smoke
within 100 "$bin" reference runtime/lua-kernels --out "$work/ref" >"$work/out" 2>&1
check "a reference is made"
diff -r "$kept" "$work/ref" >"$work/out" && cmp "$kept.json" "$work/ref.json" >"$work/out" 2>&1
check "a second one is the same, byte for byte"
[ "$(find "$work" -mindepth 1 -maxdepth 1 ! -name out | sort | tr '\n' ' ')" = "$work/ref $work/ref.json " ]
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
mkdir -p "$work/tree/build"
for f in build/*; do [ "$f" = build/host ] || [ "$f" = build/corpora ] || ln -s "$PWD/$f" "$work/tree/build/"; done
ln -s "$PWD/build/corpora" "$work/tree/build/corpora"
for f in workloads corpora ports verifiers; do ln -s "$PWD/$f" "$work/tree/"; done
gives 3 'host/(lua|authority-attempt)' env CAPBENCH_BUILD="$work/tree/build" "$bin" reference runtime/lua-kernels --out "$work/none" && [ ! -e "$work/none" ] &&
    [ ! -e "$work/none.json" ] && [ ! -e "$work/none.part" ]
check "without the host's program it says which one, and leaves nothing"

# An input that is not what its list says.
rm "$work/tree/build/corpora" && mkdir -p "$work/tree/build/corpora"
cp -r build/corpora/lua-kernels "$work/tree/build/corpora/"
ln -s "$PWD/build/host" "$work/tree/build/host"
echo >>"$work/tree/build/corpora/lua-kernels/tree/kernels/sieve.lua"
gives 3 'kernels/sieve.lua has sha256' env CAPBENCH_BUILD="$work/tree/build" "$bin" reference runtime/lua-kernels --out "$work/none" && [ ! -e "$work/none" ]
check "a changed file of the tree is named, and nothing is left"

# A list of a tree: what is wrong with it is said.
mkdir "$work/source" "$work/set"
echo a >"$work/source/a"
ln -s a "$work/source/link"
printf '# list\nx src:one a\n' >"$work/set/tree.list"
corpora/tree.sh "$work/set/tree.list" "$work/laid" "src:one=$work/source" >"$work/out" 2>&1 && cmp -s "$work/source/a" "$work/laid/tree/x/a" &&
    grep -q '{"name":"x/a","bytes":2,"sha256":"[0-9a-f]\{64\}"}' "$work/laid/tree.json"
check "a tree is laid out and listed"
printf 'x src:one b*\n' >"$work/set/tree.list"
! corpora/tree.sh "$work/set/tree.list" "$work/laid" "src:one=$work/source" >"$work/out" 2>&1 && grep -q 'nothing in src:one matches b\*' "$work/out" &&
    [ -f "$work/laid/tree/x/a" ]
check "a pattern without a match is an error, and what was there stays"
printf 'x src:one link\n' >"$work/set/tree.list"
! corpora/tree.sh "$work/set/tree.list" "$work/laid" "src:one=$work/source" >"$work/out" 2>&1
check "a link is no file of a tree"
printf 'x src:two a\n' >"$work/set/tree.list"
! corpora/tree.sh "$work/set/tree.list" "$work/laid" "src:one=$work/source" >"$work/out" 2>&1 && grep -q 'src:two is not there' "$work/out"
check "a source that is not given is named"
[ "$(corpora/tree.sh --sources corpora/build-lua/tree.list | tr '\n' ' ')" = "repo: src:lua src:lupa src:tcc sysroot:capos sysroot:linux " ]
check "the sources of a list"
finish
