#!/bin/bash
# SPDX-License-Identifier: MIT
# TAP. The positive controls of the power cuts end to end: sql_cuts.sh must catch a kernel whose store does not flush, within 200
# cuts; and the judge must see each way in which a database can be wrong. Otherwise neither proves anything about ours.
# Invariant: passing needs a failure of the other test that names a lost transaction or an unsound database.
set -u
# shellcheck source=tests/fault/sql.sh
. "$(dirname "$0")/sql.sh"

CAPBENCH_BUILD=$fault/noflush FAULT_KEEP=$work/kept tests/fault/sql_cuts.sh --host 200 --boots 0 --traces 1 >"$work/cuts"
caught=$?
broken=$(grep -cE '^# case .*(LOST|fsck|integrity_check|cannot be read|wrong in the rows)' "$work/cuts")
[ $caught = 1 ] && [ "$broken" -gt 0 ] && grep -q '^ok 1 ' "$work/cuts" && grep -q 'flushes 0$' "$work/cuts"
check $? "a kernel whose sync does not flush is caught ($broken broken promises in $(sed -n 's/^# fault-count cuts=\([0-9]*\).*/\1/p' "$work/cuts") cuts)"
grep '^# case' "$work/cuts" | head -n 2 | sed 's/; repeat .*//'

# seen CHANGE WORDS: the judge objects to that change of a good database, in those words.
seen() {
    cp "$work/good.db" "$work/t.db"
    "$host_sqlite" "$work/t.db" "$1"
    sql_of c | "$host_sqlite" "$work/t.db" >"$work/out" 2>&1
    judge "$work/out" 50 51 | grep -q "$2"
    check $? "the judge sees: $1"
}

"$fault/host/txn" --seed c --until 50 "$work/good.db" >"$work/log" && cp "$work/good.db" "$work/t.db" &&
    sql_of c | "$host_sqlite" "$work/t.db" >"$work/out" && [ -z "$(judge "$work/out" 50 51)" ] && [ -n "$(judge "$work/out" 51 51)" ] &&
    [ -n "$(judge "$work/out" 40 49)" ]
check $? "the judge finds a good database good, and counts its transactions"
seen "DELETE FROM t WHERE txn = 50 AND i = 0" "wrong in the rows"
seen "DELETE FROM t WHERE txn = 30" "wrong in the rows"
seen "UPDATE t SET body = replace(body, 'cb', 'bc') WHERE txn = 20 AND i = 0" "wrong in the rows"
seen "UPDATE t SET touched = 0 WHERE txn = 25" "wrong in the rows"
seen "INSERT INTO t SELECT 51, i, k, 0, len, body FROM t WHERE txn = 50" "wrong in the rows"
seen "UPDATE meta SET n = 49" "wrong in the rows"
seen "DROP TABLE meta; DROP TABLE t" "LOST: 0"
cp "$work/good.db" "$work/t.db"
dd if=/dev/urandom of="$work/t.db" bs=4096 seek=5 count=1 conv=notrunc 2>/dev/null
sql_of c | "$host_sqlite" "$work/t.db" >"$work/out" 2>&1
judge "$work/out" 50 51 | grep -q "integrity_check"
check $? "the judge sees a page of noise"
finish
