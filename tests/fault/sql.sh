#!/bin/bash
# SPDX-License-Identifier: MIT
# For the tests of SQLite on a disk that fails: recording, making what a cut leaves, judging a database. Sourced, in place of tap.sh.
# Invariant: a state counts as good only if integrity_check said ok, every row is as prog/txn.c makes it, and the number of
# transactions lies between what was acknowledged and what had begun.
# shellcheck source=tests/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
# shellcheck disable=SC2034 # what a failure shows is printed with it
evidence=()
# shellcheck source=tests/fault/jobs.sh
. tests/fault/jobs.sh
build=${BUILD:-build}
fault=$build/tests/fault
host_sqlite=$build/host/sqlite3
# The smallest machine and no question to the host about KVM: boots are what these tests cost.
exec_flags=(--accel "${FAULT_ACCEL:-tcg}" --memory 64 --timeout 120)
sql_text=$(grep -v '^--' tests/fault/sql_check.sql)

finish() { # what `make fault` sums up, and the plan
    echo "# fault-count cuts=$fault_cuts replays=$fault_replays injected=$fault_injected losses=$fault_losses"
    echo "1..$tests"
    exit $tests_failed
}

on_store() { # on_store IMG OPTION... PROGRAM -- ARGUMENT...: in a capOS guest, the store at /data
    local img=$1
    shift
    "$build/capbench" exec "${exec_flags[@]}" --disk "$img" --grant posix --grant data=writable_fs_root "$@" </dev/null 2>&1 | tr -d '\r'
    return "${PIPESTATUS[0]}"
}

sql_of() { echo "${sql_text//@SEED@/$1}"; }

# record MODE SEED UNTIL [IMG]: $work/base.img (empty, or a copy of IMG), everything that was told to it in $work/log, and all transactions
# to UNTIL acknowledged.
record() {
    rm -f "$work/base.img" "$work/log"
    if [ $# = 4 ]; then
        cp --sparse=always "$4" "$work/base.img" || return 1
    else
        "$build/capstore" mkfs --size 6M "$work/base.img" >/dev/null || return 1
    fi
    cp --sparse=always "$work/base.img" "$work/disk.img"
    on_store "$work/disk.img" --disk-log "$work/log" --serial "$work/recorded.serial" "$fault/capos/txn" -- --mode "$1" --seed "$2" --until "$3" --ack /data/ack \
        /data/t.db >"$work/recorded" && [ "$(sed -n 's/^ack //p' "$work/recorded" | tail -n 1)" = "$3" ]
}

# judge FILE ACKED BEGUN: why the output of sql_check.sql is not good; nothing when it is.
judge() {
    awk -F'|' -v acked="$2" -v begun="$3" '
        $0 == "ok" { sound = 1 }
        $1 == "tables" && $2 == 0 { n = 0; found = 1 }
        $1 == "state" { n = $2; bad = $3; found = 1 }
        END {
            if (!sound) print "integrity_check did not say ok"
            else if (!found) print "its state cannot be read"
            else if (bad) print bad " things wrong in the rows"
            else if (n < acked) print "LOST: " n " transactions, " acked " were acknowledged"
            else if (n > begun) print n " transactions, only " begun " had begun"
        }' "$1"
}

# recovered_host IMG SEED: the database as a mount on this machine finds it, judged by the host's own SQLite.
recovered_host() {
    local f
    rm -f "$work"/t.db*
    for f in t.db t.db-journal t.db-wal; do
        "$build/capstore" get "$1" $f "$work/$f" 2>"$work/get.err"
        case $? in
        0) ;;
        1) rm -f "$work/$f" ;; # not there
        *)
            cat "$work/get.err"
            return 1
            ;;
        esac
    done
    sql_of "$2" | "$host_sqlite" "$work/t.db" 2>&1
}

# recovered_guest IMG SEED [OPTION...]: the same by a boot.
recovered_guest() {
    local img=$1 seed=$2
    shift 2
    on_store "$img" "$@" "$build/ports/capos/sqlite3" -- -batch /data/t.db "$(sql_of "$seed")"
}

sound() { # sound IMG: fsck finds nothing
    "$build/capstore" fsck "$1" >"$work/fsck" 2>&1 || { echo "fsck: $(head -n 3 "$work/fsck" | tr '\n' ' ')"; return 1; }
}
