#!/bin/bash
# SPDX-License-Identifier: MIT
# Plays tour.script on the recorded run at three sizes and compares every saved screen with its golden.
# With UPDATE=1 the goldens are written instead (look at the diff before committing it).
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
here=tests/screens
capbench=${CAPBENCH_BUILD:-build}/capbench
export TZ=UTC LC_ALL=C.UTF-8
unset NO_COLOR COLORFGBG
for size in 80x24 132x43 40x12; do
    golden=$here/golden/$size
    mkdir -p "$work/$size"
    "$capbench" dash $here/recorded/run --script $here/tour.script --screen $size --save "$work/$size"
    check "the tour is played at $size"
    if [ "${UPDATE:-0}" = 1 ]; then
        mkdir -p "$golden"
        cp "$work/$size"/*.txt "$golden"
    fi
    for g in "$golden"/*.txt; do
        name=$(basename "$g")
        cmp -s "$g" "$work/$size/$name"
        same=$?
        [ $same = 0 ] || diff -y -W 170 "$g" "$work/$size/$name" 2>&1 | sed 's/^/# /'
        check $same "$size ${name%.txt}"
    done
    [ "$(find "$work/$size" -name '*.txt' | wc -l)" = "$(find "$golden" -name '*.txt' | wc -l)" ]
    check "$size: as many screens as goldens"
done
"$capbench" dash $here/recorded/run --script $here/tour.script --ascii --save "$work"
! grep -qP '[^\x20-\x7e]' "$work"/*.txt
check "with --ascii every screen is ASCII"
finish
