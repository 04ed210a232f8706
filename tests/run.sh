#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs test programs that print TAP, one after another, and ends with `N passed, N failed, N skipped`.
# A program that prints no plan, ends with a non-zero status or is killed by its limit counts as one failure more.
# Tests of faults say on `# fault-count KEY=N...` lines what they did; the sums come before the last line. With TEST_PROGRESS=1 their
# `# progress` lines are shown while they run. Ctrl-C ends the running test with everything it started, and exits with 130.
# Invariant: exit 0 only if something passed and nothing failed.
set -um
limit=${TEST_LIMIT:-600}
logs=build/tests/logs
mkdir -p "$logs"
passed=0 failed=0 skipped=0 n=0 counted=()
export CMOCKA_MESSAGE_OUTPUT=TAP
running='' follower=''
quit() {
    trap '' INT TERM
    [ -z "$running" ] || { kill -TERM "$running" && wait "$running"; } 2>/dev/null
    [ -z "$follower" ] || { kill -- "-$follower" && wait "$follower"; } 2>/dev/null
    printf 'interrupted: %d passed, %d failed, %d skipped before that\n' "$passed" "$failed" "$skipped"
    exit 130
}
trap quit INT TERM

for t in "$@"; do
    n=$((n + 1))
    name=${t#build/}
    log=$logs/${name//\//_}.tap
    [ "${name#*/}" != "$name" ] || name=./$name
    start=$SECONDS
    case $t in /*) cmd=$t ;; *) cmd=./$t ;; esac
    timeout -k 10 "$limit" "$cmd" >"$log" 2>"$log.err" </dev/null &
    running=$!
    if [ -n "${TEST_PROGRESS:-}" ]; then
        (tail -n +1 -s 0.2 -f "$log" 2>/dev/null | sed -un "s|^# progress|    $name:|p") &
        follower=$! # leads its group
    fi
    wait "$running"
    rc=$?
    running=''
    [ -z "$follower" ] || { kill -- "-$follower" && wait "$follower"; } 2>/dev/null
    follower=''
    counted+=("$log")
    read -r p f s plan < <(awk '
        /^ok /     { if ($0 ~ /# [Ss][Kk][Ii][Pp]/) s++; else p++ }
        /^not ok / { if ($0 ~ /# [Tt][Oo][Dd][Oo]/) s++; else f++ }
        /^1\.\.[0-9]+/ { split($1, a, "."); plan += a[3]; seen = 1 }
        END { print p + 0, f + 0, s + 0, seen ? plan : -1 }' "$log")
    why=
    if [ "$rc" = 124 ] || [ "$rc" = 137 ]; then
        why="no end within $limit s"
    elif [ "$rc" != 0 ] && [ "$f" = 0 ]; then
        why="exit status $rc"
    elif [ "$plan" = -1 ]; then
        why="no TAP plan"
    elif [ "$plan" != $((p + f + s)) ]; then
        why="planned $plan, ran $((p + f + s))"
    fi
    [ -z "$why" ] || f=$((f + 1))
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    word=ok
    [ "$f" = 0 ] || word=FAIL
    printf '[%d/%d] %-4s %s: %d passed, %d failed, %d skipped (%d s)%s\n' \
        "$n" $# "$word" "$name" "$p" "$f" "$s" $((SECONDS - start)) "${why:+: $why}"
    grep -E '^ok .*# [Ss][Kk][Ii][Pp]' "$log" | sed 's/^/    /'
    if [ "$f" != 0 ]; then
        grep -A 12 -E '^not ok' "$log" | head -80 | sed 's/^/    /'
        tail -n 30 "$log.err" | sed 's/^/    | /'
    fi
done
# What the tests of faults counted, in the order the keys first came.
awk -v seed="${FAULT_SEED:-}" '/^# fault-count / {
        for (i = 3; i <= NF; i++) { split($i, p, "="); if (!(p[1] in sum)) key[++k] = p[1]; sum[p[1]] += p[2] }
    }
    END {
        for (i = 1; i <= k; i++) printf "%s%s %d", i == 1 ? "faults: " : ", ", key[i], sum[key[i]]
        if (k) print seed == "" ? "" : ", seed " seed
    }' "${counted[@]}" /dev/null
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
