#!/bin/bash
# SPDX-License-Identifier: MIT
# A whole run on the host's own kernel (--guest native): figures, verification, recomputation, and what happens when a
# golden, a raw sample, a record or an input is not what it should be.
# Invariant: every falsification starts from a run that verifies; nothing is written outside a temporary folder.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
bin=$PWD/build/capbench

# run DIR ARG...: a native run; its exit status in $rc.
run() {
    local dir=$1
    shift
    "$bin" run compression/zstd-3 --guest native --out "$dir" --quiet "$@" >"$work/out" 2>&1
    rc=$?
}

# edited NAME FILE SED PATTERN: a copy of the run with one value changed must be noticed, and named.
edited() {
    local name=$1 file=$2 edit=$3 pattern=$4
    rm -rf "$work/copy"
    cp -r "$work/run" "$work/copy"
    sed -i -E "$edit" "$work/copy/$file"
    ! cmp -s "$work/run/$file" "$work/copy/$file"
    check "$name: the edit took"
    "$bin" verify "$work/copy" >"$work/out" 2>&1
    [ $? = 1 ]
    check "$name: verify exits 1"
    grep -Eq "$pattern" "$work/out"
    check "$name: verify names it"
}

run "$work/run" --pairs 2 --seed 7
[ $rc = 0 ]
check "a native run passes"
grep -q 'smoke measurement' "$work/out"
check "few samples are called a smoke measurement"
grep -q '"status":	"passed"' "$work/run/results.json"
check "the record is passed"
[ "$(grep -c '"seq"' "$work/run/events.jsonl")" -gt 20 ]
check "there is an event log"
"$bin" verify "$work/run" >"$work/out" 2>&1
check "verify reproduces every value"
run "$work/run"
[ $rc = 3 ] && grep -q 'already holds a run' "$work/out"
check "a second run does not overwrite the first"

marks=raw/001-native-compression-zstd-3/marks.json
edited "a raw sample" $marks '0,/"endGuestNs":	[0-9]/s/("endGuestNs":	)/\11/' \
    "^raw/001.*marks.json: marks\[0\]\.endGuestNs: stored [0-9]+, recomputed [0-9]+"
edited "a sample in the record" results.json '0,/"samples":	\[/s/("samples":	\[)[0-9.]+/\1123.5/' \
    '^results.json: records\[0\].*measurement\.samples\[0\]: stored 123.5, recomputed'
edited "a median" results.json '0,/"median":/s/("median":	)[0-9.]+/\11.5/' 'measurement\.median: stored 1.5, recomputed'
edited "a status" results.json '0,/"status":	"passed"/s/"status":	"passed"/"status":	"failed"/' 'status: stored "failed"'
edited "a configuration hash" results.json 's/("configHash":	")./\1x/' 'configHash'
edited "a mark in the event log" events.jsonl '/"event":"mark"/s/("hostNs":)/\11/' '^events.jsonl against raw/001'

# A kept artifact that was changed afterwards.
rm -rf "$work/copy"
cp -r "$work/run" "$work/copy"
artifact=$(find "$work/copy/artifacts" -name 'words.txt.zst')
printf 'x' >>"$artifact"
"$bin" verify "$work/copy" >"$work/out" 2>&1
[ $? = 1 ] && grep -q '^artifacts/.*sha256: stored' "$work/out" && grep -q '^artifacts/.*verdict: stored passed' "$work/out"
check "a changed artifact is noticed, by hash and by verifier"

# A golden with one digit changed: failed, no measurement, first differing block named.
tree=$work/tree
mkdir -p "$tree/build" "$tree/verifiers"
for f in build/*; do ln -s "$PWD/$f" "$tree/$f"; done
ln -s "$PWD/workloads" "$tree/workloads"
ln -s "$PWD/corpora" "$tree/corpora"
ln -s "$PWD/ports" "$tree/ports"
cp -r verifiers/golden "$tree/verifiers/golden"
golden=$tree/verifiers/golden/compression-zstd-3.json
digit=$(grep -m1 -oE '"sha256_upto":\s*\["[0-9a-f]' "$golden" | tail -c 2)
flipped=0
[ "$digit" != 0 ] || flipped=1
sed -i -E "0,/sha256_upto/s/(\"sha256_upto\":\s*\[\")[0-9a-f]/\\1$flipped/" "$golden"
! cmp -s verifiers/golden/compression-zstd-3.json "$golden"
check "one digit of the golden was changed"
CAPBENCH_BUILD=$tree/build run "$work/bad" --pairs 1
[ $rc = 1 ]
check "a wrong golden makes the run exit 1"
grep -q '"status":	"failed"' "$work/bad/results.json" && ! grep -q '"measurement"' "$work/bad/results.json"
check "its record is failed and has no measurement"
grep -q '"firstDifference":	{' "$work/bad/results.json" && grep -Eq 'first difference: file .*block [0-9]+' "$work/out"
check "the first differing block is named"
"$bin" verify "$work/bad" >"$work/out" 2>&1
check "a failed run reproduces too"

# Interrupted: what is finished is kept, the exit code says so, nothing is left behind.
"$bin" run compression/zstd-3 --guest native --out "$work/int" --pairs 500 --quiet >"$work/out" 2>&1 &
pid=$!
for _ in $(seq 100); do
    [ "$(grep -c '"event":"boot_end"' "$work/int/events.jsonl" 2>/dev/null)" -ge 2 ] 2>/dev/null && break
    sleep 0.1
done
kill -INT $pid
wait $pid
[ $? = 130 ]
check "an interrupted run exits 130"
grep -q '"interrupted":	true' "$work/int/results.json" && "$bin" verify "$work/int" >"$work/out" 2>&1
check "what was finished is kept and reproduces"
! find "$work/int" -name '*.tmp*' | grep -q .
check "no half-written file is left"

finish
