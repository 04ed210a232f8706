#!/bin/bash
# SPDX-License-Identifier: MIT
# The same power cuts of the same transactions on the reference: a Linux guest with ext4 (its default journal) on the same kind of
# disk. What fsync promises must hold on both sides, or a comparison of their times means nothing. The cut images are recovered by
# e2fsck and judged by the host's SQLite. TAP.   tests/fault/sql_ext4.sh [CUTS]
# Invariant: the rules of sql.sh and blkcut.h, nothing weaker.
set -u
# shellcheck source=tests/fault/sql.sh
. "$(dirname "$0")/sql.sh"
export PATH=$PATH:/usr/sbin:/sbin
cuts=${1:-60} seed=${FAULT_SEED:-1}

# recovered IMG SEED
recovered() {
    local f
    e2fsck -fy "$1" >"$work/fsck" 2>&1
    [ $? -le 1 ] || { echo "e2fsck: $(tail -n 2 "$work/fsck" | tr '\n' ' ')"; return; }
    rm -f "$work"/t.db*
    for f in t.db t.db-journal t.db-wal; do
        debugfs -R "dump /$f $work/$f" "$1" >"$work/debugfs" 2>&1
        [ -s "$work/$f" ] || rm -f "$work/$f"
    done
    sql_of "$2" | "$host_sqlite" "$work/t.db" 2>&1
}

n=0
for mode in exclusive wal; do
    name=$mode-$seed-ext4 bad=0
    rm -f "$work/base.img" "$work/log"
    mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$work/base.img" 8188K >"$work/recorded" 2>&1 && truncate -s 8M "$work/base.img" # the last 4 KiB: acknowledgements
    cp --sparse=always "$work/base.img" "$work/disk.img"
    "$build/capbench" exec --guest linux --memory 128 --disk "$work/disk.img" --disk-log "$work/log" "$fault/linux/txn" -- \
        --mount /dev/vda --mode $mode --seed "$name" --until 40 --ack /dev/vda /data/t.db </dev/null >>"$work/recorded" 2>&1 &&
        [ "$(grep -c '^ack ' "$work/recorded")" = 40 ]
    check $? "ext4, $mode: the transactions are acknowledged"
    echo "# $name: $("$fault/blkcuts" info "$work/base.img" "$work/log")"
    while read -r id acked begun; do
        fault_cuts=$((fault_cuts + 1)) n=$((n + 1))
        "$fault/blkcuts" image "$work/base.img" "$work/log" "$id" "$work/case.img"
        recovered "$work/case.img" "$name" >"$work/out"
        why=$(judge "$work/out" "$acked" "$begun")
        [ -z "$why" ] || { bad=$((bad + 1)); echo "# case $id: $why"; }
    done < <("$fault/blkcuts" sample "$work/base.img" "$work/log" "$seed" 0 $((cuts / 2)) "$name")
    fault_losses=$((fault_losses + bad))
    [ $bad = 0 ]
    check $? "ext4, $mode: after each of $((cuts / 2)) cuts what was acknowledged is there"
done
[ $n = $((cuts / 2 * 2)) ]
check $? "every cut was looked at"
finish
