#!/bin/bash
# SPDX-License-Identifier: MIT
# Power cuts of a database on the persistent store, end to end, as TAP. A capOS guest does transactions with SQLite while QEMU records
# everything its disk is told; of the record, images are made as a cut may leave them (blkcut.h has the rule, blkcuts.c why it is known
# what had been acknowledged); each is mounted, and the database must hold every acknowledged transaction and nothing torn.
#   tests/fault/sql_cuts.sh [--host N] [--boots N] [--traces N]   cuts looked at on the host, and by booting, over N recordings
#   tests/fault/sql_cuts.sh --replay DIR ID                       one case again, of the folder that a failure left
# Every second recording goes on where the one before was cut and recovered. Every eighth boot is recorded too, and cut again in its
# recovery. FAULT_SEED (1) picks everything, FAULT_JOBS cases run at a time. Killing QEMU would be no power cut: what it had handed to
# the host would be kept. Invariant: each case is printed with what repeats it when it fails.
# shellcheck disable=SC2317 # spread calls the cases
set -u
# shellcheck source=tests/fault/sql.sh
. "$(dirname "$0")/sql.sh"
host=150 boots=45 traces=2 seed=${FAULT_SEED:-1} how=host
modes=(exclusive wal delete exclusive truncate persist delete wal) # first those of the workloads; a log is left to no other mode

# replay DIR ID: says what is wrong with that case, or that it holds.
replay() {
    local name acked begun why
    if [ ! -f "$1/${2//:/-}" ]; then
        echo "sql_cuts.sh: $1 holds no case $2; it has: $(cd "$1" 2>/dev/null && printf '%s\n' *-*-* | tr '\n-' ' :')" >&2
        exit 2
    fi
    read -r name acked begun <"$1/${2//:/-}"
    "$fault/blkcuts" image "$1/base.img" "$1/log" "$2" "$work/case.img" || exit 3
    sound "$work/case.img"
    recovered_guest "$work/case.img" "$name" | tee "$work/out"
    why=$(judge "$work/out" "$acked" "$begun")
    echo "${why:-holds} (acknowledged $acked, begun $begun)"
    [ -z "$why" ]
    exit
}
[ "$# ${1:-}" != "3 --replay" ] || replay "$2" "$3"
while [ $# -ge 2 ]; do
    case $1 in
    --host) host=$2 ;;
    --boots) boots=$2 ;;
    --traces) traces=$2 ;;
    *) break ;;
    esac
    shift 2
done
[ $# = 0 ] || { echo "usage: sql_cuts.sh [--host N] [--boots N] [--traces N] | --replay DIR ID" >&2; exit 2; }

# failed ID WHY ACKED BEGUN IMG LOG: keeps what repeats it.
failed() {
    local keep=${FAULT_KEEP:-$fault/failed}/$name-$t
    [ "${5##*/}" = base.img ] || keep=$keep-again-$number
    fault_losses=$((fault_losses + 1))
    bad=1
    mkdir -p "$keep"
    cp "$5" "$keep/base.img"
    cp "$6" "$keep/log"
    echo "$name $3 $4" >"$keep/${1//:/-}"
    echo "# case $1 of $name: $2; repeat with tests/fault/sql_cuts.sh --replay $keep $1"
}

# The boot's recovery, cut too: ACKED BEGUN.
cut_again() {
    local id why
    [ -s "$work/log2" ] || return 0 # a recovery that wrote nothing
    read -r id _ < <("$fault/blkcuts" sample "$work/before.img" "$work/log2" "$seed" "$number" 1 none)
    fault_cuts=$((fault_cuts + 1)) fault_replays=$((fault_replays + 1))
    "$fault/blkcuts" image "$work/before.img" "$work/log2" "$id" "$work/case.img"
    recovered_guest "$work/case.img" "$name" >"$work/out"
    why=$(judge "$work/out" "$1" "$2")
    [ -n "$why" ] || why=$(sound "$work/case.img")
    [ -z "$why" ] || failed "$id" "cut again in its recovery: $why" "$1" "$2" "$work/before.img" "$work/log2"
}

# case_run ID ACKED BEGUN: one case, by `$how`.
case_run() {
    local why='' second=() acked=$2 begun=$3
    [ "$acked" -ge "$found" ] || acked=$found
    [ "$begun" -ge "$found" ] || begun=$found
    fault_cuts=1
    "$fault/blkcuts" image "$all/base.img" "$all/log" "$1" "$work/case.img" || why="no image"
    [ -n "$why" ] || why=$(sound "$work/case.img")
    if [ -z "$why" ] && [ "$how" = host ]; then
        recovered_host "$work/case.img" "$name" >"$work/out"
    elif [ -z "$why" ]; then
        fault_replays=1
        if [ $((number % 8)) = 0 ]; then
            cp --sparse=always "$work/case.img" "$work/before.img"
            second=(--disk-log "$work/log2")
        fi
        recovered_guest "$work/case.img" "$name" "${second[@]}" >"$work/out"
    fi
    [ -n "$why" ] || why=$(judge "$work/out" "$acked" "$begun")
    [ -n "$why" ] || why=$(sound "$work/case.img")
    if [ "$how" = boot ] && [ "$number" = $((boots / traces - 1)) ]; then # the next recording goes on from here
        cp --sparse=always "$work/case.img" "$all/recovered.img"
        cp "$work/out" "$all/recovered"
    fi
    if [ -n "$why" ]; then
        failed "$1" "$why" "$acked" "$begun" "$all/base.img" "$all/log"
    elif [ ${#second[@]} -gt 0 ]; then
        cut_again "$acked" "$begun"
    fi
}

# counted: writes and flushes of the recorded run, by the kernel's own count.
counted() { sed -n 's,.*store unmounted.* writes=\([0-9]*\)/.* flushes=\([0-9]*\) .*,\1 \2,p' "$work/recorded.serial"; }

so_far() { echo "trace $((t + 1)) of $traces ($mode): $fault_cuts cuts, $fault_replays boots, $fault_losses losses"; }

# cuts_run COUNT KIND: so many cases of the recording.
cuts_run() {
    local first=0
    how=$2
    [ "$how" = host ] || first=1000000
    "$fault/blkcuts" sample "$work/base.img" "$work/log" "$seed" $first "$1" "$name" >"$work/cases" &&
        [ "$(wc -l <"$work/cases")" = "$1" ] && spread "$work/cases" so_far case_run
}

echo "# seed $seed (FAULT_SEED)"
for ((t = 0; t < traces; t++)); do
    mode=${modes[t % 8]}
    if [ $((t % 2)) = 1 ] && [ -e "$work/recovered.img" ]; then # its name goes on too: it is in the rows
        found=$(awk -F'|' '$1 == "state" { n = $2 } END { print n + 0 }' "$work/recovered")
        record "$mode" "$name" $((found + 60)) "$work/recovered.img"
    else
        found=0 name=$mode-$seed-$t
        record "$mode" "$name" $((60 + t % 8 * 10))
    fi
    rc=$? bad=0
    rm -f "$work/recovered.img"
    check $rc "$mode: the transactions of recording $((t + 1)) are acknowledged, from $((found + 1)) on"
    if [ $rc != 0 ]; then
        tail -n 5 "$work/recorded" | sed 's/^/# /'
        continue
    fi
    info=$("$fault/blkcuts" info "$work/base.img" "$work/log")
    echo "# $name, $mode: $info"
    read -r _ _ _ writes _ _ _ flushes <<<"$info"
    [ "$writes $flushes" = "$(counted)" ]
    check $? "$mode: the log holds every write and flush that the kernel counted"
    cuts_run $((host / traces)) host && cuts_run $((boots / traces)) boot && [ $bad = 0 ]
    check $? "$mode: after each of $((host / traces)) cuts looked at on the host and $((boots / traces)) by booting, what was acknowledged is there"
done
finish
