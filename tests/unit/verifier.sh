# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For the tests of the verifiers: sourced after tap.sh and before the list of mutants. Before that the test sets $verifier, the
# sanitized build that judges, and $good, the directory of an artifact that is accepted.
# Invariant: a rejection counts only with exit status 1, the reason code that was asked for, and one line of printable JSON.
# shellcheck source=verifiers/mutants/common.sh
. verifiers/mutants/common.sh
verifier=${verifier:?the program that judges} good=${good:?a directory}
# shellcheck disable=SC2034 # tap.sh shows them
evidence=("$work/out" "$work/err")

# verdict EXPECTED_STATUS CASE DIR: its output is in out and err.
verdict() {
	within 60 "$verifier" "$2" "$3" >"$work/out" 2>"$work/err"
	[ $? = "$1" ]
}

# accepted CASE DIR
accepted() {
	verdict 0 "$1" "$2" && grep -q '^{"verdict":"passed",' "$work/out"
}

# rejected CODE CASE DIR
rejected() {
	verdict 1 "$2" "$3" && grep -q "^{\"verdict\":\"failed\",\"reason\":\"$1: " "$work/out" &&
		[ "$(wc -l <"$work/out")" = 1 ] && ! LC_ALL=C grep -q '[^ -~]' "$work/out"
}

# changed FUNCTION [ARG...]: a fresh copy of $good at $work/try, with which the function has been called.
changed() {
	local change=$1
	shift
	rm -rf "$work/try" "$work/target" && cp -a "$good" "$work/try" && "$change" "$work/try" "$@"
}

# each_rejected LIST PREFIX CASE [ARG...]: the mutants of the list, each for its own reason code.
each_rejected() {
	local list=$1 prefix=$2 case=$3 name code
	shift 3
	while read -r name code; do
		[ -n "$name" ] || continue
		changed "mutant_$name" "$@" && rejected "$code" "$case" "$work/try"
		check "$prefix$name is rejected as $code"
	done <<<"$list"
}

# bad_case NAME TEXT: exit 2, nothing on stdout, one line on stderr.
bad_case() {
	printf '%s' "$2" >"$work/bad.json"
	verdict 2 "$work/bad.json" "$good" && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" = 1 ]
	check "bad case: $1"
}

# digit_changed KEY GOLDEN: $work/golden.json is that golden with one digit of the first value of KEY changed.
digit_changed() {
	awk -v key="\"$1\"" '!done && index($0, key) && match($0, /[0-9]"?[],]*$/) {
			digit = substr($0, RSTART, 1)
			$0 = substr($0, 1, RSTART - 1) (digit + 1) % 10 substr($0, RSTART + 1)
			done = 1
		}
		{ print }' "$2" >"$work/golden.json"
	! cmp -s "$2" "$work/golden.json"
}
