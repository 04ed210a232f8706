#!/bin/bash
# SPDX-License-Identifier: MIT
# What the dashboard costs: CPU time of its process during a run, and its effect on a timed sample. Pairs of runs in ABBA
# order, one told by a dashboard on a terminal of 80x24, one without; the same workload, guest and size.
# usage: cost.sh [PAIRS] [WORKLOAD] [GUEST]
set -eu
pairs=${1:-6} workload=${2:-compression/xz-6} guest=${3:-capos}
build=${CAPBENCH_BUILD:-build}
out=$(mktemp -d)
socket=capbench-cost-$$
trap 'tmux -L $socket kill-server 2>/dev/null || true; rm -rf "$out"' EXIT
args=("$workload" --guest "$guest" --pairs 1 --size smoke)
sample() { grep -h '"samples":' "$out/$1/results.json" | head -1 | grep -oE '[0-9.]+' | head -1; }
with() { # name: prints the dashboard's CPU microseconds and the run's seconds
    tmux -L $socket -f /dev/null new-session -d -x 80 -y 24 "LC_ALL=C.UTF-8 $build/capbench dash ${args[*]} --out $out/$1"
    local begun=$SECONDS pid='' ran=0
    while ! grep -qs '"event":"run_end"' "$out/$1/events.jsonl"; do
        [ -n "$pid" ] || pid=$(pgrep -f "^$build/capbench dash .*$out/$1\$" | head -1 || true)
        sleep 0.2
    done
    read -r ran _ <"/proc/$pid/schedstat" # ns on a processor
    echo "$((ran / 1000)) $((SECONDS - begun))"
    while [ -d "/proc/$pid" ]; do
        tmux -L $socket send-keys q 2>/dev/null || true
        sleep 0.3
    done
    tmux -L $socket kill-server 2>/dev/null || true
}
without() { "$build/capbench" run "${args[@]}" --quiet --out "$out/$1" >/dev/null; }
for ((i = 1; i <= pairs; i++)); do
    if ((i % 4 == 1 || i % 4 == 0)); then
        cpu=$(with "a$i")
        without "b$i"
    else
        without "b$i"
        cpu=$(with "a$i")
    fi
    echo "$(sample "a$i") $(sample "b$i") $cpu"
done | awk -v seed=1 '
    NF == 4 { n++; r[n] = log($1 / $2); ms += $3; s += $4
              printf "pair %d: with %.1f ms, without %.1f ms, ratio %.4f; dashboard CPU %.1f ms in %d s\n", n, $1, $2, $1 / $2, $3 / 1000, $4 }
    function median(x, k,   i, j, t) {
        for (i = 2; i <= k; i++) for (j = i; j > 1 && x[j] < x[j - 1]; j--) { t = x[j]; x[j] = x[j - 1]; x[j - 1] = t }
        return k % 2 ? x[(k + 1) / 2] : (x[k / 2] + x[k / 2 + 1]) / 2
    }
    END {
        srand(seed)
        for (b = 1; b <= 2000; b++) { for (i = 1; i <= n; i++) y[i] = r[1 + int(rand() * n)]; m[b] = median(y, n) }
        for (i = 1; i <= n; i++) y[i] = r[i]
        mid = median(y, n); median(m, 2000)
        printf "sample with/without: %.4f [%.4f, %.4f] over %d pairs; dashboard CPU %.2f %% of one processor\n",
            exp(mid), exp(m[50]), exp(m[1951]), n, s ? ms / 10000 / s : 0
    }'
