#!/bin/bash
# SPDX-License-Identifier: MIT
# I/O errors under SQLite on the persistent store, as TAP: EIO and ENOSPC on the n-th read, write and flush of the disk, once and for
# good. Whatever happens, the guest ends in its own time without a panic; the program ends well, or SQLite has reported an error, or the
# program was not started because the store could not be mounted; and afterwards, by a boot with a healthy disk, every acknowledged
# transaction is there, the database is sound and so is the store.
#   tests/fault/sql_faults.sh [--sample N] [--most N]   N seeded faults of each kind (default 1), or all n up to `--most`
#   tests/fault/sql_faults.sh --only delete|wal FAULT   one again, as printed by a failure
# FAULT_SEED (1) picks the sample; FAULT_JOBS faults run at a time. A virtio disk tells one error only, so a full host is an I/O error too; and SQLite reports an I/O error on
# reading as "malformed".
# A disk that fails for good from somewhere in the first three quarters of the writes or flushes must be reported, and nothing acknowledged after that: what is asked after the
# program's end, and the few results that SQLite itself ignores (a directory's sync, a checkpoint of the log), come to nothing then.
# Invariant: an error counts as injected only if the fault's number is within what the disk was asked in a run without faults.
# shellcheck disable=SC2317 # spread calls the cases
set -u
# shellcheck source=tests/fault/sql.sh
. "$(dirname "$0")/sql.sh"
sample=1 most=0 seed=${FAULT_SEED:-1} only=()
case "$# ${1:-} ${2:-}" in
"3 --only delete" | "3 --only wal")
    only=("$2" "$3")
    shift 3
    ;;
esac
while [ $# -ge 2 ]; do
    case $1 in
    --sample) sample=$2 ;;
    --most) most=$2 ;;
    *) break ;;
    esac
    shift 2
done
[ $# = 0 ] || { echo "usage: sql_faults.sh [--sample N] [--most N] | --only delete|wal FAULT" >&2; exit 2; }

# run MODE IMG OPTION...: twelve transactions behind those that are there, up to four errors; what it says is in $work/out.
run() {
    local mode=$1 img=$2
    shift 2
    on_store "$img" "$@" --serial "$work/serial.log" "$fault/capos/txn" -- --mode "$mode" --seed "$name" --until 42 --tries 4 /data/t.db >"$work/out"
}

# asked WHAT: requests of that kind in the last run, by the kernel's own count.
asked() { sed -n "s,.*store unmounted.* $1=\([0-9]*\).*,\1,p" "$work/serial.log"; }

# ended STATUS: why the run did not end as it must; sets `outcome`.
ended() {
    outcome=clean
    if grep -q 'PANIC' "$work/serial.log"; then
        echo "the kernel panicked"
    elif [ "$1" = 0 ]; then
        if grep -q '^error ' "$work/out"; then outcome=recovered; fi
        grep -q '^done 42$' "$work/out" || echo "it says it is done and is not"
    elif [ "$1" = 3 ]; then
        outcome=reported
        [ "$(grep -c '^error ' "$work/out")" = 4 ] || echo "it gave up without a report of SQLite"
    elif [ "$1" = 125 ] && grep -qiE 'store|disk' "$work/out" && ! grep -q '^ack ' "$work/out"; then
        outcome=unmounted
    else
        echo "exit code $1: $(tail -n 2 "$work/out" | tr '\n' ' ')"
    fi
}

# unreported: what is wrong when the disk fails for good: no error was reported, or something was acknowledged after the first. (A transaction
# whose COMMIT failed may be found by the program later on: it is in memory, and nobody promised to keep it.)
unreported() {
    awk '/^error / { errors++ } /^ack / && errors { print "acknowledged after an error: " $0; exit }
        END { if (!errors) print "the program was told nothing" }' "$work/out"
}

# inject OP N ERR [sticky]: one fault, in the mode under test.
inject() {
    local fault_text=$1:$2:$3${4:+:$4} code why acked outcome
    cp --sparse=always "$all/$mode.img" "$work/case.img"
    run "$mode" "$work/case.img" --disk-fault "$fault_text"
    code=$?
    fault_injected=1 fault_replays=1
    ended "$code" >"$work/why"
    why=$(cat "$work/why")
    note=$outcome
    acked=$(sed -n 's/^ack //p' "$work/out" | tail -n 1)
    acked=${acked:-30}
    recovered_guest "$work/case.img" "$name" >"$work/state"
    if [ -z "$why" ] && [ "$outcome" != unmounted ] && [ "${4:-}" = sticky ] && [ "$1" != read ] && [ $(($2 * 4)) -le $((limit[$1] * 3)) ]; then
        why=$(unreported)
    fi
    [ -n "$why" ] || why=$(judge "$work/state" "$acked" 42)
    [ -n "$why" ] || why=$(sound "$work/case.img")
    [ -z "$why" ] && return
    bad=1 fault_losses=1
    echo "# $mode, --disk-fault $fault_text ($outcome): $why; repeat with tests/fault/sql_faults.sh --only $mode $fault_text"
}

# numbers OP LIMIT KIND: the n to try.
numbers() {
    local i
    [ "$2" -gt 0 ] || return
    if [ "$most" -gt 0 ]; then
        seq 1 $(($2 < most ? $2 : most))
    else
        for ((i = 0; i < sample; i++)); do
            echo $(($(cksum <<<"$seed $3 $i" | cut -d ' ' -f 1) % $2 + 1))
        done
    fi
}

so_far() { echo "$mode, $op: $fault_injected faults, $fault_losses losses"; }

# prepared: an image with thirty transactions, and how many requests twelve more take ($limit).
prepared() {
    name=faults-$mode
    "$build/capstore" mkfs --size 6M "$work/$mode.img" >/dev/null &&
        on_store "$work/$mode.img" "$fault/capos/txn" -- --mode "$mode" --seed "$name" --until 30 /data/t.db >"$work/out" &&
        cp --sparse=always "$work/$mode.img" "$work/case.img" && run "$mode" "$work/case.img" && grep -q '^done 42$' "$work/out"
    check $? "$mode: without faults the transactions are done"
    limit=([read]=$(asked reads) [write]=$(asked writes) [flush]=$(asked flushes))
    echo "# $mode: ${limit[read]:-0} reads, ${limit[write]:-0} writes, ${limit[flush]:-0} flushes without faults"
}

# injected: what is in the list, and none of it broke anything.
injected() {
    local before=$fault_injected
    bad=0
    spread "$work/faults" so_far inject && [ $bad = 0 ] && [ "$fault_injected" -gt "$before" ]
    check $? "$mode: after each of $((fault_injected - before)) errors on $op the database is whole"
}

declare -A limit=()
if [ ${#only[@]} -gt 0 ]; then
    mode=${only[0]} op=${only[1]%%:*}
    prepared
    echo "${only[1]}" | tr : ' ' >"$work/faults"
    injected
    finish
fi
echo "# seed $seed (FAULT_SEED)"
for mode in delete wal; do
    prepared
    notes=()
    for op in read write flush; do
        kind=0
        for err in EIO ENOSPC; do
            for how in '' sticky; do
                kind=$((kind + 1))
                for n in $(numbers $op "${limit[$op]:-0}" $kind$op); do echo "$op $n $err $how"; done
            done
        done >"$work/faults"
        injected
    done
    echo "# $mode:$(for o in clean recovered reported unmounted; do printf ' %s %s' $o "${notes[$o]:-0}"; done)"
done
finish
