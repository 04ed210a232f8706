#!/bin/bash
# SPDX-License-Identifier: MIT
# TAP. What jobs.sh promises: the same words, in the same order, and the same sums however many cases run at a time; a case that dies
# counts as a failure; a test that is ended leaves no process and no file.
# Invariant: the cases here end in another order than they begin, and more than one runs at a time where that is asked.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
folder=$work

cat >"$folder/test.sh" <<'END'
set -u
work=$(mktemp -d -p "$1")
trap 'rm -rf "$work"' EXIT
. tests/fault/jobs.sh
text() { echo "$fault_cuts cuts"; }
one() {
    touch "$work/mine" "$all/../running-$number"
    sleep "0.$(((7 - number % 4) % 4))"
    ls "$all"/../running-* | wc -l >"$all/../together-$number"
    rm "$all/../running-$number"
    fault_cuts=$1 fault_losses=$((number % 2)) note=${2:-plain}
    echo "case $number: $* in ${work##*-}"
}
dies() { [ $number != 3 ] || kill -9 $BASHPID; one "$@"; }
waits() { sleep 300; }
bad=0
for ((i = 1; i <= 9; i++)); do echo "$i$([ $((i % 3)) != 0 ] || echo ' third')"; done >"$work/list"
spread "$work/list" text "$2" || echo "not all of them"
echo "$fault_cuts cuts, $fault_losses losses, $bad bad, ${notes[third]:-0} thirds, ${notes[plain]:-0} plain"
END

# ran JOBS FUNCTION OUT
ran() {
    rm -rf "$folder"/together-* "$folder"/running-*
    FAULT_JOBS=$1 bash "$folder/test.sh" "$folder" "$2" >"$folder/$3" 2>"$folder/$3.err"
}

ran 1 one alone
check $? "nine cases, one at a time"
[ "$(grep -c '^case' "$folder/alone")" = 9 ] && grep -qx '45 cuts, 4 losses, 0 bad, 3 thirds, 6 plain' "$folder/alone" &&
    [ "$(sort -n "$folder"/together-* | tail -n 1)" = 1 ]
check $? "each ran by itself and was counted"
ran 4 one four
cmp -s "$folder/alone" "$folder/four"
check $? "four at a time say the same in the same order, with the same sums"
[ "$(sort -n "$folder"/together-* | tail -n 1)" -gt 1 ] && [ "$(sort -n "$folder"/together-* | tail -n 1)" -le 4 ]
check $? "more than one ran at a time, and no more than four"
ran 4 dies dead
grep -q '^# case number 3 of the list ended without a verdict' "$folder/dead" && grep -qx '41 cuts, 4 losses, 1 bad, 3 thirds, 5 plain' "$folder/dead"
check $? "a case that is killed is a failure, and the others are counted"
FAULT_JOBS=many bash "$folder/test.sh" "$folder" one >"$folder/many" 2>&1
[ $? = 2 ] && grep -q 'FAULT_JOBS=many: not a number' "$folder/many"
check $? "a number of jobs that is none is refused"

for signal in INT TERM; do
    rm -rf "$folder"/tmp.*
    set -m # else a background process ignores SIGINT
    FAULT_JOBS=4 bash "$folder/test.sh" "$folder" waits >"$folder/ended" 2>&1 &
    test=$!
    set +m
    until [ "$(find "$folder"/tmp.* -name "case-?" 2>/dev/null | wc -l)" = 4 ]; do sleep 0.05; done
    groups=$(pgrep -P $test)
    kill -$signal $test
    wait $test
    [ $? = 130 ] && [ "$(echo "$groups" | wc -l)" = 4 ] && ! ls -d "$folder"/tmp.* >/dev/null 2>&1
    check $? "SIG$signal: ends with 130 and leaves no folder"
    left=0
    for group in $groups; do kill -0 -- "-$group" 2>/dev/null && left=1; done
    check $left "SIG$signal: leaves no process"
done
finish
