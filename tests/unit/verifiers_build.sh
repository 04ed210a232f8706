#!/bin/bash
# SPDX-License-Identifier: MIT
# The build verifier against a good artifact (the reference itself, with a nonce) and against every mutant of it; the sanitized
# build judges. Also goldens, references and cases that are themselves wrong. TAP.
# Invariant: a mutant passes only when it is rejected with its own reason code and exit status 1.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
verifier=build/verifiers/san/verify_build
good=$work/good
# shellcheck source=tests/unit/verifier.sh
. tests/unit/verifier.sh
# shellcheck source=verifiers/mutants/build.sh
. verifiers/mutants/build.sh

reference=build/reference/build/tcc-selfhost/smoke
golden=verifiers/golden/build-tcc-selfhost.json
nonce=0123456789abcdef

# field NAME: that text of the reference's own description.
field() {
	sed -n "s/.*\"$1\":[^\"]*\"\\([^\"]*\\)\".*/\\1/p" "$reference.json"
}

# case_text GOLDEN REFERENCE
case_text() {
	printf '{"schema":1,"kind":"build","workload":"build/tcc-selfhost","size":"smoke","nonce":"%s","golden":"%s",' "$nonce" "$1"
	printf '"reference":"%s","corpus_sha256":"%s","definition_sha256":"%s"}\n' "$2" "$(field corpus_sha256)" "$(field definition_sha256)"
}

case=$work/case.json
case_text "$golden" "$reference" >"$case"
cp -r "$reference" "$good"
echo "$nonce" >"$good/NONCE"
accepted "$case" "$good"
check $? "a good artifact is accepted"

each_rejected "$build_mutants" '' "$case"

changed mutant_object_flipped && rejected file_differs "$case" "$work/try" &&
	grep -q '"file":"gen2/tcc.o","offset":100000,"block":24,"block_bytes":4096' "$work/out"
check $? "the artifact and the offset of the first differing byte are named"
changed mutant_truncated && rejected file_short "$case" "$work/try" && grep -q '"got":"end of file"' "$work/out"
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
finish
