#!/bin/bash
# SPDX-License-Identifier: MIT
# TAP: the persistent store in the capOS guest. An image made by capstore is mounted, used by programs, and looked at
# again on the host and by a second boot: files, names, a full and a damaged store, read-only views, SQLite in both journal
# modes. Invariant: what a guest left is judged by capstore and the host's own SQLite; a program that does not reach its
# plan is a failure.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
progs=build/tests/guest/prog
tool=build/capstore
host=build/host/sqlite3
img=$work/disk.img

# guest OPTION... ELF [-- ARG...]: with the image as its disk
guest() {
    within 120 build/capbench exec --timeout 100 --memory 256 --disk "$img" --grant posix "$@" >"$work/log" 2>&1 </dev/null
}

# tap CHECKS NAME OPTION... ELF [-- ARG...]: the program's own TAP is whole and good
tap() {
    local checks=$1 name=$2
    shift 2
    guest "$@" && all_ok "$checks"
    check $? "$name"
}

sound() { # sound NAME
    "$tool" fsck "$img" >"$work/log" 2>&1
    check $? "$1"
}

got() { # got PATH EXPECTED-FILE
    "$tool" get "$img" "$1" "$work/got" >>"$work/log" 2>&1 && cmp "$work/got" "$2" >>"$work/log" 2>&1
}

# refused TEXT NAME GRANT
refused() {
    within 60 build/capbench exec --timeout 50 --memory 64 --disk "$img" --grant posix --grant "data=$3" $progs/store -- again \
        >"$work/log" 2>&1 </dev/null
    [ $? = 125 ] && grep -q "$1" "$work/log"
    check $? "$2"
}

rw='data=writable_fs_root'
"$tool" mkfs --size 48M "$img" >"$work/log" 2>&1 && printf 'hello\n' >"$work/hello" && "$tool" put "$img" "$work/hello" from_host
check $? "an image from the host"
tap 16 "files written by a guest" --grant $rw $progs/store -- write
sound "the image is sound afterwards"
printf other >"$work/other"
got b "$work/other" && [ "$("$tool" ls "$img" | awk '{ print $3 }' | tr '\n' ' ')" = 'b d from_host short ' ]
check $? "the host finds what the guest left"
tap 5 "a second boot sees it, and removes" --grant $rw $progs/store -- again
"$tool" put --blob "$img" "$work/hello" >"$work/log" 2>&1
tap 7 "blobs" --grant blobs=persistent_store $progs/store -- blobs
printf 'from the guest\n' >"$work/blob"
got "sha256:$(sha256sum <"$work/blob" | cut -d ' ' -f 1)" "$work/blob" && [ "$("$tool" ls --blobs "$img" | wc -l)" = 1 ]
check $? "the host finds the guest's blob, and only that"
"$tool" put -p "$img" "$work/hello" w/x >"$work/log" 2>&1 && "$tool" rm "$img" w/x
guest --grant $rw $progs/files -- /data/w && ! grep -q '^not ok' "$work/log" && tr -d '\r' <"$work/log" | grep -q '^1\.\.[0-9]'
check $? "all of the C library's file calls, on the store"
sound "the image is sound after all this"

# SQLite: rollback journal and write-ahead log, without locks and through the default VFS; the host reads the result.
for vfs in unix unix-none; do
    for journal in delete wal; do
        cat >"$work/sql" <<SQL
.open file:/data/$vfs-$journal.db?vfs=$vfs
PRAGMA locking_mode=exclusive;
PRAGMA journal_mode=$journal;
PRAGMA synchronous=full;
CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE);
WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO t SELECT i, hex(i * i) FROM n;
DELETE FROM t WHERE a % 3 = 0;
PRAGMA integrity_check;
SELECT count(*), sum(a) FROM t;
SQL
        mkdir -p "$work/in" && cp "$work/sql" "$work/in/sql"
        guest --grant $rw --grant "sql=directory:$work/in:ro" build/ports/capos/sqlite3 -- -batch -cmd '.read /sql/sql' :memory: '' &&
            tr -d '\r' <"$work/log" | grep -v '^-- ' | tail -n 2 | tr '\n' ' ' | grep -qx 'ok 667|333667 '
        check $? "SQLite, $vfs, $journal"
        [ "$journal" = delete ] || "$tool" get "$img" "$vfs-$journal.db-wal" "$work/db-wal" >/dev/null 2>&1 || true
        "$tool" get "$img" "$vfs-$journal.db" "$work/db" >>"$work/log" 2>&1 &&
            [ "$("$host" "$work/db" 'PRAGMA integrity_check; SELECT count(*), sum(a) FROM t' 2>>"$work/log")" = $'ok\n667|333667' ]
        check $? "and its database is whole on the host"
        rm -f "$work/db" "$work/db-wal"
    done
done
sound "the image is sound after SQLite"

# A small image: full, then looked at without and with leave to write, then damaged.
"$tool" mkfs --force --size 8M "$img" >"$work/log" 2>&1
tap 4 "a full store" --grant $rw $progs/store -- full
sound "a full image is sound"
tap 7 "a read-only view" --grant data=read_only_fs_root $progs/store -- readonly
before=$(sha256sum <"$img")
img=$img:ro tap 7 "a read-only disk" --grant $rw $progs/store -- readonly
[ "$before" = "$(sha256sum <"$img")" ]
check $? "which is unchanged"
"$tool" get "$img" f0 "$work/f0" >"$work/log" 2>&1
bytes=$(od -A n -t x1 -v -j 409600 -N 16 "$work/f0" | sed 's/ /\\x/g')
at=$(LC_ALL=C grep -obUaP "$bytes" "$img" | head -n 1 | cut -d : -f 1)
printf '\x00\xff\x00' | dd of="$img" bs=1 seek="${at:-0}" conv=notrunc status=none
[ -n "$at" ] && ! "$tool" fsck "$img" >"$work/log" 2>&1
check $? "a page damaged on the host"
tap 3 "a damaged page in the guest" --grant $rw $progs/store -- damaged
dd if=/dev/zero of="$img" bs=4096 count=2 conv=notrunc status=none
refused 'no store on the disk: make one with capstore mkfs' "no store on the disk" writable_fs_root
refused 'no store on the disk' "no store to read either" read_only_fs_root
finish
