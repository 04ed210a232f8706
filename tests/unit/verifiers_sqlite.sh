#!/bin/bash
# SPDX-License-Identifier: MIT
# The database verifier against good artifacts (made by the host's build) and against every mutant of them; the
# sanitized build judges all of them. Also goldens and cases that are themselves wrong. TAP.
# Invariant: a mutant passes only when it is rejected with its own reason code and exit status 1.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
verifier=build/verifiers/san/verify_sqlite
good=$work/file
# shellcheck source=tests/unit/verifier.sh
. tests/unit/verifier.sh
# shellcheck source=verifiers/mutants/sqlite.sh
. verifiers/mutants/sqlite.sh

sqlite=$PWD/build/host/sqlite3
speedtest1=$PWD/build/host/speedtest1
nonce=0123456789abcdef
other=$work/other

# case_write FILE VARIANT GOLDEN
case_write() {
	printf '{"schema":1,"kind":"sqlite","workload":"sqlite/speedtest1-%s","size":"smoke","nonce":"%s","golden":"%s"}\n' \
		"$2" "$nonce" "$3" >"$1"
}

# good_make VARIANT ARGUMENTS: what an honest guest exports.
good_make() {
	mkdir -p "$work/$1/verify"
	echo "$nonce" >"$work/$1/NONCE"
	# shellcheck disable=SC2086 # the arguments are words
	(cd "$work/$1/verify" && "$speedtest1" --size 5 --verify --output results $2 >"$work/log")
	case_write "$work/$1.json" "$1" "verifiers/golden/sqlite-speedtest1-$1.json"
}

good_make mem --memdb
good_make file "--vfs unix-none --exclusive verify.db"
good_make wal "--vfs unix-none --exclusive --journal wal verify.db"
mkdir "$other"
(cd "$other" && "$speedtest1" --size 4 other.db >"$work/log" && mv other.db verify.db)

for variant in mem file wal; do
	accepted "$work/$variant.json" "$work/$variant"
	check $? "a good artifact of speedtest1-$variant is accepted"
done
build/verifiers/verify_sqlite "$work/wal.json" "$work/wal" >"$work/fast" 2>"$work/err" && cmp -s "$work/fast" "$work/out"
check $? "the plain build prints the same verdict"
changed true
"$sqlite" "$work/try/verify/verify.db" VACUUM && ! cmp -s "$work/try/verify/verify.db" "$work/file/verify/verify.db" &&
	verdict 0 "$work/file.json" "$work/try"
check $? "another layout of the same rows is accepted"
rejected journal_mode "$work/file.json" "$work/wal"
check $? "the artifact of speedtest1-wal is rejected for speedtest1-file"
rejected journal_mode "$work/wal.json" "$work/file"
check $? "the artifact of speedtest1-file is rejected for speedtest1-wal"

each_rejected "$sqlite_mutants" '' "$work/file.json"

changed mutant_results_flipped && rejected results_differ "$work/file.json" "$work/try" &&
	grep -q '"file":"verify/results","offset":196608,"block":3,"block_bytes":65536' "$work/out"
check $? "the differing 64 KiB block of the results is named"
changed true
"$sqlite" "$work/try/verify/verify.db" "UPDATE z1 SET c = 'x' WHERE rowid = (SELECT rowid FROM z1 ORDER BY rowid LIMIT 1 OFFSET 1500)"
rejected rows_differ "$work/file.json" "$work/try" &&
	grep -q '"file":"verify/verify.db:z1","offset":1024,"block":1,"block_bytes":1024' "$work/out"
check $? "the table and the block of rows that differ are named"

# One digit of the golden changed: of the results, of a table, of a row count. Never accepted, never without a verdict.
for key in sha256_upto rows; do
	digit_changed $key verifiers/golden/sqlite-speedtest1-file.json && case_write "$work/own.json" file "$work/golden.json" && verdict 1 "$work/own.json" "$work/file" &&
		grep -q '^{"verdict":"failed",.*"first_difference":{"file":"verify/.*"block":[0-9]' "$work/out"
	check $? "a changed digit in the golden's $key fails the run and names the block"
done

good_case=$(cat "$work/file.json")
bad_case "not JSON" "{"
bad_case "empty file" ""
bad_case "another kind" "${good_case/\"kind\":\"sqlite\"/\"kind\":\"compression\"}"
bad_case "a short nonce" "${good_case/$nonce/0123}"
bad_case "an unknown size" "${good_case/smoke/huge}"
bad_case "another workload's golden" "${good_case/speedtest1-file.json/speedtest1-wal.json}"
bad_case "no golden" "${good_case/speedtest1-file.json/none.json}"
printf '{"schema":1,"workload":"sqlite/speedtest1-file","sizes":{"smoke":{"files":{"../x":{"kind":"bytes","bytes":1}}}}}' >"$work/golden.json"
bad_case "a golden that describes nothing" "${good_case/verifiers\/golden\/sqlite-speedtest1-file.json/$work/golden.json}"
verdict 2 "$work/file.json" "$work/none"
check $? "bad case: no artifact directory"
finish
