#!/bin/bash
# SPDX-License-Identifier: MIT
# The build verifier against a good artifact (the reference itself, with a nonce) and against every mutant of it; the sanitized
# build judges. Also goldens, references and cases that are themselves wrong. TAP.
# Invariant: a mutant passes only when it is rejected with its own reason code and exit status 1.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=verifiers/mutants/build.sh
. verifiers/mutants/build.sh

verifier=build/verifiers/san/verify_build
reference=build/reference/build/tcc-selfhost/smoke
golden=verifiers/golden/build-tcc-selfhost.json
nonce=0123456789abcdef
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

# check STATUS NAME: one TAP line; what the verifier printed follows a failure.
check() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		head -c 1000 "$work/out" "$work/err" 2>/dev/null | sed 's/^/# /'
	fi
}

# field NAME: that text of the reference's own description.
field() {
	sed -n "s/.*\"$1\":[^\"]*\"\\([^\"]*\\)\".*/\\1/p" "$reference.json"
}

# case_text GOLDEN REFERENCE
case_text() {
	printf '{"schema":1,"kind":"build","workload":"build/tcc-selfhost","size":"smoke","nonce":"%s","golden":"%s",' "$nonce" "$1"
	printf '"reference":"%s","corpus_sha256":"%s","definition_sha256":"%s"}\n' "$2" "$(field corpus_sha256)" "$(field definition_sha256)"
}

# verdict EXPECTED_STATUS CASE DIR: runs the sanitized verifier; its output is in out and err.
verdict() {
	timeout 60 "$verifier" "$2" "$3" >"$work/out" 2>"$work/err"
	[ $? = "$1" ]
}

# rejected CODE CASE DIR: rejected with that reason code, in one line of printable JSON.
rejected() {
	verdict 1 "$2" "$3" && grep -q "^{\"verdict\":\"failed\",\"reason\":\"$1: " "$work/out" &&
		[ "$(wc -l <"$work/out")" = 1 ] && ! LC_ALL=C grep -q '[^ -~]' "$work/out"
}

# bad_case NAME TEXT: exit 2, nothing on stdout, one line on stderr.
bad_case() {
	printf '%s' "$2" >"$work/bad.json"
	verdict 2 "$work/bad.json" "$work/good" && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" = 1 ]
	check $? "bad case: $1"
}

case=$work/case.json
case_text "$golden" "$reference" >"$case"
cp -r "$reference" "$work/good"
echo "$nonce" >"$work/good/NONCE"
verdict 0 "$case" "$work/good" && grep -q '^{"verdict":"passed",' "$work/out"
check $? "a good artifact is accepted"

while read -r name code; do
	[ -n "$name" ] || continue
	rm -rf "$work/try" "$work/target"
	cp -a "$work/good" "$work/try"
	"mutant_$name" "$work/try" && rejected "$code" "$case" "$work/try"
	check $? "$name is rejected as $code"
done <<<"$build_mutants"

# again FUNCTION...: a fresh copy, changed.
again() {
	rm -rf "$work/try" "$work/target" && cp -a "$work/good" "$work/try" && "$@" "$work/try"
}
again mutant_object_flipped && rejected file_differs "$case" "$work/try" &&
	grep -q '"file":"gen2/tcc.o","offset":100000,"block":24,"block_bytes":4096' "$work/out"
check $? "the artifact and the offset of the first differing byte are named"
again mutant_truncated && rejected file_short "$case" "$work/try" && grep -q '"got":"end of file"' "$work/out"
check $? "a file that ends early differs at its end"

# Two generations that are not the same, though each is what the reference has.
cp -r "$reference" "$work/reference"
cp "$reference.json" "$work/reference.json"
byte_flip "$work/reference/bin/tcc3-linux" 5000
rm -rf "$work/try" && cp -r "$work/reference" "$work/try" && echo "$nonce" >"$work/try/NONCE"
case_text "$golden" "$work/reference" >"$work/own.json"
verdict 1 "$work/own.json" "$work/try" && grep -q '"reason":"not_identical: bin/tcc3-linux differs from bin/tcc2-linux at offset 5000' "$work/out"
check $? "a third generation that is not the second is rejected"

# A reference that is not what the golden states.
byte_flip "$work/reference/gen1/tcc.o" 5000
bad_case "a reference whose object is not the golden's" "$(cat "$work/own.json")"
good_case=$(cat "$case")
bad_case "not JSON" "{"
bad_case "an array" "[]"
bad_case "another schema" "${good_case/\"schema\":1/\"schema\":2}"
bad_case "another kind" "${good_case/\"kind\":\"build\"/\"kind\":\"sqlite\"}"
bad_case "a short nonce" "${good_case/$nonce/0123}"
bad_case "an unknown size" "${good_case/\"size\":\"smoke\"/\"size\":\"huge\"}"
bad_case "another workload's golden" "${good_case/build-tcc-selfhost.json/build-zstd.json}"
bad_case "no golden" "${good_case/build-tcc-selfhost.json/none.json}"
bad_case "no reference" "${good_case/$reference/$work/none}"
bad_case "a reference of other inputs" "${good_case/$(field corpus_sha256)/$(field definition_sha256)}"
verdict 2 "$case" "$work/none"
check $? "bad case: no artifact directory"
echo "1..$n"
