#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs test programs that print TAP, one after another, and ends with `N passed, N failed, N skipped`.
# A program that prints no plan, ends with a non-zero status or is killed by its limit counts as one failure more.
# Invariant: exit 0 only if something passed and nothing failed.
set -u
limit=${TEST_LIMIT:-600}
logs=build/tests/logs
mkdir -p "$logs"
passed=0 failed=0 skipped=0 n=0
export CMOCKA_MESSAGE_OUTPUT=TAP
for t in "$@"; do
    n=$((n + 1))
    name=${t#build/}
    log=$logs/${name//\//_}.tap
    [ "${name#*/}" != "$name" ] || name=./$name
    start=$SECONDS
    case $t in /*) cmd=$t ;; *) cmd=./$t ;; esac
    timeout -k 10 "$limit" "$cmd" >"$log" 2>"$log.err" </dev/null
    rc=$?
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
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
