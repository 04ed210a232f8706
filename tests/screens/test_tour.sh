#!/bin/bash
# SPDX-License-Identifier: MIT
# Plays tour.script on the recorded run at three sizes and compares every saved screen with its golden.
# With UPDATE=1 the goldens are written instead (look at the diff before committing it).
set -u
here=tests/screens
capbench=${CAPBENCH_BUILD:-build}/capbench
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export TZ=UTC LC_ALL=C.UTF-8
unset NO_COLOR COLORFGBG
n=0 failed=0
result() { # ok? name
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; failed=1; fi
}
for size in 80x24 132x43 40x12; do
    golden=$here/golden/$size
    mkdir -p "$out/$size"
    "$capbench" dash $here/recorded/run --script $here/tour.script --screen $size --save "$out/$size"
    result $? "the tour is played at $size"
    if [ "${UPDATE:-0}" = 1 ]; then
        mkdir -p "$golden"
        cp "$out/$size"/*.txt "$golden"
    fi
    for g in "$golden"/*.txt; do
        name=$(basename "$g")
        cmp -s "$g" "$out/$size/$name"
        same=$?
        [ $same = 0 ] || diff -y -W 170 "$g" "$out/$size/$name" 2>&1 | sed 's/^/# /'
        result $same "$size ${name%.txt}"
    done
    [ "$(find "$out/$size" -name '*.txt' | wc -l)" = "$(find "$golden" -name '*.txt' | wc -l)" ]
    result $? "$size: as many screens as goldens"
done
"$capbench" dash $here/recorded/run --script $here/tour.script --ascii --save "$out"
! grep -qP '[^\x20-\x7e]' "$out"/*.txt
result $? "with --ascii every screen is ASCII"
echo "1..$n"
exit $failed
