#!/bin/bash
# SPDX-License-Identifier: MIT
# SQLite in the guests beyond its workloads, judged on the host: the default `unix` VFS with its locks, in both journal
# modes a RAM-backed directory can have; a database written by the shell; a hot journal played back. TAP.
# Invariant: what a guest left is verified by the host's own build, never by the guest's word.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
host=build/host/sqlite3

# guest GUEST PROGRAM ARGUMENT...: in /db, which begins as $work/in; what is left comes back as $work/out/db.
guest() {
    local g=$1 program=$2
    shift 2
    rm -rf "$work/out"
    build/capbench exec --guest "$g" --timeout 200 --grant posix --grant "db=directory:$work/in" --out "$work/out" \
        "build/ports/$g/$program" -- "$@" </dev/null >"$work/log" 2>&1
}

# accepted VARIANT: the verifier of the workload accepts what is in $work/out/db.
accepted() {
    mkdir -p "$work/art"
    rm -rf "$work/art/verify"
    mv "$work/out/db" "$work/art/verify"
    echo 0123456789abcdef >"$work/art/NONCE"
    printf '{"schema":1,"kind":"sqlite","workload":"sqlite/speedtest1-%s","size":"smoke","nonce":"0123456789abcdef",' "$1" >"$work/case"
    printf '"golden":"verifiers/golden/sqlite-speedtest1-%s.json"}\n' "$1" >>"$work/case"
    build/verifiers/verify_sqlite "$work/case" "$work/art" >>"$work/log"
}

mkdir "$work/in"
for g in capos linux; do
    guest $g speedtest1 --size 5 --verify --output /db/results /db/verify.db && accepted file
    check $? "$g: speedtest1 through the default unix VFS, rollback journal"
done
guest capos speedtest1 --size 5 --verify --output /db/results --exclusive --journal wal /db/verify.db && accepted wal
check $? "capos: the default unix VFS, write-ahead log, one process"
guest capos sqlite3 /db/a.db "PRAGMA journal_mode=truncate; CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE);
    WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, hex(i * i) FROM n;
    BEGIN; DELETE FROM t WHERE a % 2; ROLLBACK; DELETE FROM t WHERE a % 3 = 0; VACUUM" &&
    [ "$("$host" "$work/out/db/a.db" "PRAGMA integrity_check; SELECT count(*), sum(a) FROM t")" = $'ok\n1334|1334667' ]
check $? "capos: a database of the shell is whole on the host"

# A journal left by a writer that never came to its commit: the guest must play it back.
cat >"$work/sql" <<SQL
CREATE TABLE t(a INTEGER PRIMARY KEY, b);
WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT i, printf('%0100d', i) FROM n;
PRAGMA cache_size = 10;
BEGIN;
UPDATE t SET b = 'lost';
.shell cp $work/hot.db $work/in/hot.db; cp $work/hot.db-journal $work/in/hot.db-journal
ROLLBACK;
SQL
"$host" "$work/hot.db" <"$work/sql" >"$work/log" 2>&1
[ -s "$work/in/hot.db-journal" ] && guest capos sqlite3 /db/hot.db "SELECT count(*) FROM t WHERE b = 'lost'; PRAGMA integrity_check" &&
    [ "$(tr -d '\r' <"$work/log" | grep -v '^-- ')" = $'0\nok' ] && [ ! -e "$work/out/db/hot.db-journal" ] &&
    [ "$("$host" "$work/out/db/hot.db" "PRAGMA integrity_check; SELECT count(*), sum(b) FROM t")" = $'ok\n3000|4501500' ]
check $? "capos: a hot journal is played back"
finish
