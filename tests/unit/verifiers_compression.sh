#!/bin/bash
# SPDX-License-Identifier: MIT
# The compression verifier against good artifacts (made by the host's builds) and against every mutant of them, for
# both codecs; the sanitized build judges all of them. Also goldens and cases that are themselves wrong. TAP.
# Invariant: a mutant passes only when it is rejected with its own reason code and exit status 1.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
verifier=build/verifiers/san/verify_compression
good=$work/zstd/good
# shellcheck source=tests/unit/verifier.sh
. tests/unit/verifier.sh
# shellcheck source=verifiers/mutants/compression.sh
. verifiers/mutants/compression.sh

fast=build/verifiers/verify_compression
corpus=build/corpora/mixed/smoke
nonce=0123456789abcdef

# case_write FILE WORKLOAD CODEC SUFFIX GOLDEN [SIZE]
case_write() {
	printf '{"schema":1,"kind":"compression","workload":"compression/%s","size":"%s","nonce":"%s","codec":"%s",' \
		"$2" "${6:-smoke}" "$nonce" "$3" >"$1"
	printf '"corpus_dir":"%s","corpus_manifest":"corpora/mixed/manifest.json","golden":"%s","suffix":"%s"}\n' \
		"$corpus" "$5" "$4" >>"$1"
}

# good_make DIR CODEC SUFFIX FLAGS: what an honest guest exports.
good_make() {
	mkdir -p "$1/compressed" "$1/restored"
	echo "$nonce" >"$1/NONCE"
	for file in "$corpus"/*; do
		name=${file##*/}
		# shellcheck disable=SC2086 # the flags are words
		"build/host/$2" $4 -c -- "$file" >"$1/compressed/$name$3"
		"build/host/$2" -q -dc -- "$1/compressed/$name$3" >"$1/restored/$name"
	done
}

# Both the golden and the streams come from a wrong stream: only the decoder can tell.
golden_of_artifact() {
	build/verifiers/golden_make "$work/golden.json" "compression/$2" "$3" "$4" tool command smoke "$corpus" \
		"$1/compressed" && case_write "$work/own.json" "$2" "$3" "$4" "$work/golden.json"
}

codec_test() {
	local workload=$1 codec=$2 suffix=$3 flags=$4 golden=verifiers/golden/compression-$1.json
	local good=$work/$2/good try=$work/try case=$work/$2.json
	mkdir -p "$work/$codec"
	good_make "$good" "$codec" "$suffix" "$flags"
	case_write "$case" "$workload" "$codec" "$suffix" "$golden"

	accepted "$case" "$good"
	check $? "$codec: a good artifact is accepted"
	"$fast" "$case" "$good" >"$work/fast" 2>"$work/err" && cmp -s "$work/fast" "$work/out"
	check $? "$codec: the plain build prints the same verdict"

	each_rejected "$compression_mutants" "$codec: " "$case" "$suffix"

	changed mutant_byte_flipped_in_last_block "$suffix" && rejected stream_differs "$case" "$try" &&
		grep -q "\"file\":\"compressed/cantarell.otf$suffix\",\"offset\":65536,\"block\":1,\"block_bytes\":65536" "$work/out"
	check $? "$codec: the differing 64 KiB block of a stream is named"

	changed mutant_restored_flipped "$suffix" && rejected restored_differs "$case" "$try" &&
		grep -q '"file":"restored/source-code.c","offset":200000,"block":48,"block_bytes":4096' "$work/out"
	check $? "$codec: the differing 4 KiB block of a restored file is named"

	changed mutant_other_file "$suffix"
	golden_of_artifact "$try" "$workload" "$codec" "$suffix"
	rejected decoded_differs "$work/own.json" "$try"
	check $? "$codec: a wrong stream with a golden to match is caught by the host's decoder"

	for mutant in truncated trailing_bytes checksum_flipped; do
		changed "mutant_$mutant" "$suffix"
		golden_of_artifact "$try" "$workload" "$codec" "$suffix"
		rejected decoder_refused "$work/own.json" "$try"
		check $? "$codec: $mutant with a golden to match is refused by the host's decoder"
	done

	# The last digit of the second prefix of cantarell.otf's golden, changed.
	awk '/"cantarell.otf"/ { inside = 1 }
		inside && /sha256_upto/ { inside = 0; n = split($0, p, "\""); d = substr(p[6], 64)
			sub(p[6], substr(p[6], 1, 63) (d == "0" ? "1" : "0")) }
		{ print }' "$golden" >"$work/golden.json"
	case_write "$work/own.json" "$workload" "$codec" "$suffix" "$work/golden.json"
	rejected stream_differs "$work/own.json" "$good" && grep -q '"block":1,"block_bytes":65536' "$work/out"
	check $? "$codec: one changed digit in the golden fails the run and names the block"

	# The same in each other number that belongs to a stream: never accepted, never without a verdict.
	for key in input_sha256 bytes; do
		digit_changed $key "$golden" &&
			case_write "$work/own.json" "$workload" "$codec" "$suffix" "$work/golden.json" && verdict 1 "$work/own.json" "$good" &&
			grep -q '^{"verdict":"failed",.*"first_difference":{"file":"compressed/.*"block":[0-9]' "$work/out"
		check $? "$codec: a changed digit in the golden's $key fails the run and names the block"
	done
}

codec_test zstd-3 zstd .zst "-q -3"
codec_test xz-6 xz .xz "-q -6 --threads=1"

good_case=$(cat "$work/zstd.json")
bad_case "not JSON" "{"
bad_case "empty file" ""
bad_case "an array" "[]"
bad_case "text after the object" "$good_case x"
bad_case "another schema" "${good_case/\"schema\":1/\"schema\":2}"
bad_case "another kind" "${good_case/\"kind\":\"compression\"/\"kind\":\"sqlite\"}"
bad_case "a short nonce" "${good_case/$nonce/0123}"
bad_case "an unknown codec" "${good_case/\"codec\":\"zstd\"/\"codec\":\"gzip\"}"
bad_case "a suffix with a slash" "${good_case/.zst/.\/x}"
bad_case "another codec than the golden's" "${good_case/\"codec\":\"zstd\"/\"codec\":\"xz\"}"
bad_case "an unknown size" "${good_case/\"size\":\"smoke\"/\"size\":\"huge\"}"
bad_case "another workload's golden" "${good_case/compression-zstd-3.json/compression-zstd-19.json}"
bad_case "no golden" "${good_case/compression-zstd-3.json/none.json}"
bad_case "another size's corpus" "${good_case/\"size\":\"smoke\"/\"size\":\"standard\"}"
cp -a "$corpus" "$work/corpus"
byte_flip "$work/corpus/words.txt" 7
bad_case "a changed corpus file" "${good_case/$corpus/$work/corpus}"
verdict 2 "$work/zstd.json" "$work/none"
check $? "bad case: no artifact directory"
finish
