#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs the quick screen tests on an instrumented build (folder $1) and prints line coverage: each file, then the view
# code (everything that turns events into cells), then all of dashboard/ui.
set -eu
cov=$1
find "$cov" -name '*.gcda' -delete
for t in vterm fold pty; do
    CAPBENCH_BUILD=$cov "$cov/test_$t" >"$cov/$t.tap" || echo "# test_$t failed on the instrumented build"
done
for t in tour script; do
    CAPBENCH_BUILD=$cov "tests/screens/test_$t.sh" >"$cov/$t.tap" || echo "# test_$t failed on the instrumented build"
done
gcov -n -o "$cov/ui" dashboard/ui/*.c 2>/dev/null |
    awk -F"'" '/^File/ { file = $2 }
        /^Lines executed/ && file ~ /^dashboard\/ui\/.*\.c$/ {
            split($0, a, /[:% ]+/); pct = a[3]; n = a[5]
            printf "%6.2f %% of %4d  %s\n", pct, n, file
            all += n; hit += pct * n / 100
            if (file !~ /(command_dash|loop|runner|terminal|app|script|source|evlog|narrate)\.c$/) { v += n; vh += pct * n / 100 }
            file = ""
        }
        END { printf "view code: %.1f %% of %d lines\nall of dashboard/ui: %.1f %% of %d lines\n", 100 * vh / v, v, 100 * hit / all, all
              exit !(100 * vh / v >= 90) }'
