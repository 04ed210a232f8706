#!/bin/bash
# SPDX-License-Identifier: MIT
# How long a mount takes after a power cut, against the size of the database on the store; TAP, with a table in its comments. The
# database is padded to its size, a guest goes on with its transactions and is cut; the kernel says how long the mount of what is left
# took (the median of CUTS cuts, reads of the disk included) and how many log transactions it replayed.
#   tests/fault/mount_times.sh [MB...]     default 1 4 16 64; of these, and of the cuts, the share FAULT_SCALE, picked by FAULT_SEED
# Invariant: a time counts only if the database that was mounted passes sql_check.sql.
set -u
# shellcheck source=tests/fault/sql.sh
. "$(dirname "$0")/sql.sh"
# shellcheck source=tests/fault/scale.sh
. tests/fault/scale.sh
# shellcheck disable=SC2046 # one word a size
[ $# -gt 0 ] || set -- $(printf '%s\n' 1 4 16 64 | sampled)
cuts=${CUTS:-$(scaled 5)} seed=${FAULT_SEED:-1} name=mount

# prepared MB: $work/base.img with a database of that size, and the log of 30 transactions more.
prepared() {
    rm -f "$work"/*.img "$work"/log "$work"/t.db*
    "$fault/host/txn" --seed $name --until 10 "$work/t.db" >"$work/out" &&
        "$host_sqlite" "$work/t.db" "CREATE TABLE pad(b); WITH c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < $1 * 250)
            INSERT INTO pad SELECT randomblob(4000) FROM c" &&
        "$build/capstore" mkfs --size $(($1 * 2 + 6))M "$work/base.img" >"$work/out" &&
        "$build/capstore" put "$work/base.img" "$work/t.db" t.db && cp --sparse=always "$work/base.img" "$work/disk.img" &&
        on_store "$work/disk.img" --disk-log "$work/log" "$fault/capos/txn" -- --seed $name --until 40 --ack /data/ack /data/t.db >"$work/out"
}

echo "# database MB | mount after a cut, ms | clean mount, ms | log transactions replayed | reads of the disk, blocks"
for mb; do
    prepared "$mb"
    check $? "$mb MB: a database and its transactions"
    : >"$work/times"
    bad=0
    while read -r id acked begun; do
        fault_cuts=$((fault_cuts + 1)) fault_replays=$((fault_replays + 1))
        "$fault/blkcuts" image "$work/base.img" "$work/log" "$id" "$work/case.img"
        recovered_guest "$work/case.img" $name --serial "$work/serial" >"$work/out"
        why=$(judge "$work/out" "$((acked < 10 ? 10 : acked))" "$((begun < 10 ? 10 : begun))")
        [ -z "$why" ] || { bad=$((bad + 1)); echo "# $id: $why"; }
        sed -n 's/.*store mounted ns=\([0-9]*\) replayed=\([0-9]*\).*/\1 \2/p' "$work/serial" >"$work/line"
        [ -s "$work/line" ] || bad=$((bad + 1))
        echo "$(cat "$work/line") $(sed -n 's,.*store unmounted reads=[0-9]*/\([0-9]*\).*,\1,p' "$work/serial")" >>"$work/times"
    done < <("$fault/blkcuts" sample "$work/base.img" "$work/log" "$seed" 0 "$cuts" $name)
    # case.img was unmounted by the boot above: once more, clean
    recovered_guest "$work/case.img" $name --serial "$work/serial" >"$work/out"
    clean=$(sed -n 's/.*store mounted ns=\([0-9]*\).*/\1/p' "$work/serial")
    sort -n "$work/times" | awk -v mb="$mb" -v clean="${clean:-0}" '{ ns[NR] = $1; if ($2 > most) most = $2; if ($3 > blocks) blocks = $3 }
        END { printf "# %d | %.2f | %.2f | up to %d | up to %d\n", mb, ns[int((NR + 1) / 2)] / 1e6, clean / 1e6, most, blocks }'
    [ $bad = 0 ] && [ -n "$clean" ]
    check $? "$mb MB: mounted after each of $cuts cuts"
    echo "# progress $mb MB done"
    fault_losses=$((fault_losses + bad))
done
finish
