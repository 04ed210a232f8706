#!/bin/bash
# SPDX-License-Identifier: MIT
# The verifier of shell workloads against a good artifact and every mutant of it; the sanitized build judges. Also rules, and
# goldens and cases that are themselves wrong. TAP.
# Invariant: a mutant passes only when it is rejected with its own reason code and exit status 1.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
verifier=build/verifiers/san/verify_shell
good=$work/good
# shellcheck source=tests/unit/verifier.sh
. tests/unit/verifier.sh
# shellcheck source=verifiers/mutants/shell.sh
. verifiers/mutants/shell.sh

mkdir -p "$work/corpus/hush/a" "$good/out"
rules='[["pid [0-9]+","pid N"],["\\\\x0d$",""],["(: bad option .*)'"'"'(.)'"'"'","\\1\\2"]]'
printf '{"name":"shell/test","verifier":{"kind":"shell","golden":"x","normalise":%s}}' "$rules" >"$work/definition.json"
printf 'right\nsh: bad option -- x\n' >"$work/corpus/hush/a/good.right"
printf 'expected\n' >"$work/corpus/hush/a/bad.right"
printf 'no end' >"$work/corpus/hush/a/open.right"
echo 0123456789abcdef >"$good/NONCE"
printf '$ echo hello\r\nhello\r\npid 17 and pid 18\nlast\n' >"$good/out/session"
head -c 10000 /dev/zero >"$good/out/blob"
printf "== a/bad exit 1\n| other\n== a/good exit 0\n| right\n| sh: bad option -- 'x'\n== a/open exit 0\n\\\\ no end\n" >"$good/out/hush.cases"
build/verifiers/golden_shell "$work/golden.json" "$work/definition.json" tool command smoke "$good/out" "$work/corpus" >"$work/out" 2>"$work/err"
check $? "a golden is made"
grep -q '"a/bad":	"fail"' "$work/golden.json" && grep -q '"a/good":	"pass"' "$work/golden.json" && grep -q '"a/open":	"pass"' "$work/golden.json" &&
	grep -q '"pid N and pid N"' "$work/golden.json" && grep -q '"kind":	"digest"' "$work/golden.json"
check $? "verdicts, normalised lines and a digest are in it"
case_text='{"schema":1,"kind":"shell","workload":"shell/test","size":"smoke","nonce":"0123456789abcdef","golden":"'$work'/golden.json","corpus_dir":"'$work'/corpus","normalise":'$rules'}'
printf '%s' "$case_text" >"$work/case.json"
accepted "$work/case.json" "$good"
check $? "the good artifact is accepted"
build/verifiers/verify_shell "$work/case.json" "$good" >"$work/fast" 2>"$work/err" && cmp -s "$work/fast" "$work/out"
check $? "the plain build prints the same verdict"
cp -a "$good" "$work/try" && sed -i 's/pid 17/pid 99/' "$work/try/out/session" && verdict 0 "$work/case.json" "$work/try"
check $? "what a rule covers may differ"
sed -i '4s/last/lost/' "$work/try/out/session"
rejected transcript_differs "$work/case.json" "$work/try" && grep -q 'line 4: lost; the golden: last' "$work/out"
check $? "the line that differs is named, with both texts"

each_rejected "$shell_mutants" '' "$work/case.json"

bad_case "not JSON" "{"
bad_case "another kind" "${case_text/\"kind\":\"shell\"/\"kind\":\"sqlite\"}"
bad_case "a short nonce" "${case_text/0123456789abcdef/0123}"
bad_case "an unknown size" "${case_text/smoke/huge}"
bad_case "another workload's golden" "${case_text/shell\/test/shell\/other}"
bad_case "no golden" "${case_text/golden.json/none.json}"
bad_case "other rules than the golden's" "${case_text/pid N/pid M}"
sed 's/"kind":	"digest"/"kind":	"guess"/' "$work/golden.json" >"$work/odd.json"
bad_case "a golden that describes nothing" "${case_text/golden.json/odd.json}"
verdict 2 "$work/case.json" "$work/none"
check $? "bad case: no artifact directory"
finish
