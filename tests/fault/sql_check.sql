-- SPDX-License-Identifier: MIT
-- What a database of tests/fault/prog/txn.c must look like after a cut: sound; and if it holds anything, one line "state|n|bad":
-- transactions 1 to n are committed and bad (wrong rows, missing rows, rows of transactions that are not) is 0.
PRAGMA locking_mode=EXCLUSIVE;
PRAGMA integrity_check;
SELECT 'tables', count(*) FROM sqlite_schema WHERE name = 'meta';
SELECT 'state', n,
  (SELECT count(*) FROM t WHERE body <> printf('cb-%s-txn-%06d-%d-', '@SEED@', txn, i) || replace(hex(zeroblob(len)), '00', char(97 + txn % 26)))
  + (SELECT count(*) FROM (SELECT 1 FROM t GROUP BY txn HAVING count(*) <> min(k) OR min(k) <> max(k) OR max(i) <> max(k) - 1))
  + (SELECT count(*) FROM t WHERE txn > n OR txn <= n - 40)
  + (SELECT count(DISTINCT txn) <> min(n, 40) FROM t)
  + (SELECT count(*) FROM t WHERE touched <> CASE WHEN n >= 2 * txn THEN min(2 * txn + 1, n) ELSE 0 END)
  FROM meta;
