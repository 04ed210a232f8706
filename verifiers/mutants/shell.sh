# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154 # shared with the script that sources this
# Mutants of a good artifact of kind shell, for tests/unit/verifiers_shell.sh, which sources this file and makes the artifact: a
# transcript `session`, bytes `blob`, results of a shell's tests `hush.cases`. Each line of `shell_mutants` is: name, the reason code of
# its rejection. The function mutant_<name> DIR changes the artifact in DIR. Invariant: every mutant changes exactly one thing.
shell_mutants='
nonce_stale nonce_stale
nonce_missing file_missing
line_changed transcript_differs
line_missing transcript_differs
line_added transcript_differs
lines_swapped transcript_differs
blank_added transcript_differs
newline_missing transcript_differs
byte_high transcript_differs
session_empty transcript_differs
session_missing file_missing
session_huge file_long
session_symlink file_symlink
blob_flipped bytes_differ
blob_truncated bytes_differ
blob_empty bytes_differ
case_output case_differs
case_timeout case_differs
case_skipped case_differs
case_passes_too case_differs
case_missing case_unexpected
case_last_missing case_missing
case_added case_unexpected
case_renamed case_unexpected
case_malformed cases_malformed
case_escapes cases_malformed
cases_empty case_missing
extra_file file_unexpected
extra_at_top file_unexpected
no_directory file_missing
hard_link file_hardlink
'

mutant_line_changed() { sed -i 's/hello/hallo/' "$1/out/session"; }
mutant_line_missing() { sed -i 2d "$1/out/session"; }
mutant_line_added() { echo 'one more' >>"$1/out/session"; }
mutant_lines_swapped() { sed -i -n '2{h;d};3{p;x};p' "$1/out/session"; }
mutant_blank_added() { sed -i '2s/$/ /' "$1/out/session"; }
mutant_newline_missing() { truncate -s -1 "$1/out/session"; }
mutant_byte_high() { printf 'x\377\n' >>"$1/out/session"; }
mutant_session_empty() { : >"$1/out/session"; }
mutant_session_missing() { rm "$1/out/session"; }
mutant_session_huge() { truncate -s 9M "$1/out/session"; }
mutant_session_symlink() {
	mv "$1/out/session" "$1/../target"
	ln -s ../../target "$1/out/session"
}
mutant_blob_flipped() { printf '\377' | dd of="$1/out/blob" bs=1 seek=7000 conv=notrunc status=none; }
mutant_blob_truncated() { truncate -s -1 "$1/out/blob"; }
mutant_blob_empty() { : >"$1/out/blob"; }
mutant_case_output() { sed -i 's/^| right$/| wrong/' "$1/out/hush.cases"; }
mutant_case_timeout() { sed -i 's/^== a\/good exit 0$/== a\/good timeout/' "$1/out/hush.cases"; }
mutant_case_skipped() { sed -i 's/^== a\/good exit 0$/== a\/good exit 77/' "$1/out/hush.cases"; }
mutant_case_passes_too() { sed -i 's/^| other$/| expected/' "$1/out/hush.cases"; }
mutant_case_missing() { sed -i '/^== a\/bad/,/^| other$/d' "$1/out/hush.cases"; }
mutant_case_last_missing() { sed -i '/^== a\/open/,$d' "$1/out/hush.cases"; }
mutant_case_added() { printf '== a/zoo exit 0\n' >>"$1/out/hush.cases"; }
mutant_case_renamed() { sed -i 's/^== a\/good /== a\/goot /' "$1/out/hush.cases"; }
mutant_case_malformed() { sed -i 's/^| right$/right/' "$1/out/hush.cases"; }
mutant_case_escapes() { sed -i 's/^== a\/good /== ..\/good /' "$1/out/hush.cases"; }
mutant_cases_empty() { : >"$1/out/hush.cases"; }
mutant_extra_file() { : >"$1/out/more"; }
mutant_no_directory() { rm -r "$1/out"; }
mutant_hard_link() { ln "$1/out/session" "$1/../target"; }
