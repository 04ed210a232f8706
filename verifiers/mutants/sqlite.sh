# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154 # shared with the script that sources this
# Mutants of a good artifact of sqlite/speedtest1-file, for tests/unit/verifiers_sqlite.sh, which sources this file. Each line
# of `sqlite_mutants` is: name, the reason code of its rejection. The function mutant_<name> DIR changes the artifact in DIR
# with the host's own shell ($sqlite) and fails when it cannot.
# Invariant: every mutant changes exactly one thing.
sqlite_mutants='
nonce_stale nonce_stale
nonce_missing file_missing
results_flipped results_differ
results_truncated results_differ
results_longer results_differ
results_grown_a_lot results_long
results_empty results_empty
results_missing file_missing
results_symlink file_symlink
database_missing file_missing
database_empty database_empty
database_no_database database_refused
database_grown_a_lot database_long
database_hard_link file_hardlink
database_directory file_kind
journal_left file_unexpected
extra_at_top file_unexpected
no_directory file_missing
page_damaged integrity_check
value_changed rows_differ
type_changed rows_differ
row_removed rows_differ
row_added rows_differ
rows_swapped rows_differ
schema_changed rows_differ
index_removed rows_differ
table_removed rows_differ
table_added rows_differ
other_size rows_differ
wal_mode journal_mode
'

sql() {
	"$sqlite" "$1/verify/verify.db" "$2" >/dev/null
}

mutant_results_flipped() { printf '\377' | dd of="$1/verify/results" bs=1 seek=200000 conv=notrunc status=none; }
mutant_results_truncated() { truncate -s -1 "$1/verify/results"; }
mutant_results_longer() { printf 'x' >>"$1/verify/results"; }
mutant_results_grown_a_lot() { truncate -s 200M "$1/verify/results"; }
mutant_results_empty() { : >"$1/verify/results"; }
mutant_results_missing() { rm "$1/verify/results"; }
mutant_results_symlink() {
	mv "$1/verify/results" "$1/../target"
	ln -s ../../target "$1/verify/results"
}
mutant_database_missing() { rm "$1/verify/verify.db"; }
mutant_database_empty() { : >"$1/verify/verify.db"; }
mutant_database_no_database() { yes "no database" | head -c 40960 >"$1/verify/verify.db"; }
mutant_database_grown_a_lot() { truncate -s 200M "$1/verify/verify.db"; }
mutant_database_hard_link() { ln "$1/verify/verify.db" "$1/../target"; }
mutant_database_directory() {
	rm "$1/verify/verify.db"
	mkdir "$1/verify/verify.db"
}
mutant_journal_left() { : >"$1/verify/verify.db-journal"; }
mutant_no_directory() { rm -r "$1/verify"; }
# The root page of an index with its last bytes, a cell, overwritten: only a look at the pages can tell.
mutant_page_damaged() {
	local page
	page=$("$sqlite" "$1/verify/verify.db" "SELECT rootpage FROM sqlite_schema WHERE name = 't4b'") && [ "$page" -gt 1 ] &&
		head -c 64 /dev/zero | dd of="$1/verify/verify.db" bs=1 seek=$((page * 4096 - 64)) conv=notrunc status=none
}
mutant_value_changed() { sql "$1" "UPDATE z1 SET c = c || 1 WHERE rowid = (SELECT max(rowid) FROM z1)"; }
mutant_type_changed() { sql "$1" "PRAGMA writable_schema=1; UPDATE t4 SET c = CAST(c AS BLOB) WHERE rowid = (SELECT min(rowid) FROM t4)"; }
mutant_row_removed() { sql "$1" "DELETE FROM t5 WHERE rowid = (SELECT max(rowid) FROM t5)"; }
mutant_row_added() { sql "$1" "INSERT INTO sqlite_stat1 SELECT * FROM sqlite_stat1 LIMIT 1"; }
mutant_rows_swapped() {
	sql "$1" "CREATE TEMP TABLE x AS SELECT (SELECT c FROM z1 ORDER BY rowid LIMIT 1) AS p,
		(SELECT c FROM z1 ORDER BY rowid DESC LIMIT 1) AS q;
		UPDATE z1 SET c = (SELECT q FROM x) WHERE rowid = (SELECT min(rowid) FROM z1);
		UPDATE z1 SET c = (SELECT p FROM x) WHERE rowid = (SELECT max(rowid) FROM z1)"
}
mutant_schema_changed() { sql "$1" "ALTER TABLE z2 RENAME COLUMN c TO cc"; }
mutant_index_removed() { sql "$1" "DROP INDEX t4b"; }
mutant_table_removed() { sql "$1" "DROP TABLE z2"; }
mutant_table_added() { sql "$1" "CREATE TABLE zz(a)"; }
mutant_other_size() { cp "$other/verify.db" "$1/verify/verify.db"; }
mutant_wal_mode() { sql "$1" "PRAGMA journal_mode = wal"; }
