# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034 # compression_mutants is for the script that sources this
# Mutants of a good compression artifact, for tests/unit/verifiers_compression.sh, which sources this file.
# Each line of `compression_mutants` is: name, the reason code of its rejection. The function mutant_<name> DIR SUFFIX
# changes the artifact in DIR and fails when it cannot; cantarell.otf has streams of more than one 64 KiB block.
# Invariant: every mutant changes exactly one thing.
compression_mutants='
byte_flipped stream_differs
byte_flipped_in_last_block stream_differs
checksum_flipped stream_differs
truncated stream_short
empty stream_empty
nonce_stale nonce_stale
nonce_missing file_missing
nonce_malformed nonce_malformed
other_file stream_of_other_file
swapped_at_same_name stream_of_other_file
trailing_bytes stream_differs
grown_a_lot stream_long
extra_file file_unexpected
extra_restored file_unexpected
extra_at_top file_unexpected
odd_name file_unexpected
missing_stream file_missing
missing_restored file_missing
missing_directory file_missing
symlink file_symlink
symlink_restored file_symlink
symlink_directory file_kind
hard_link file_hardlink
fifo file_kind
directory_for_file file_kind
restored_flipped restored_differs
restored_truncated restored_differs
restored_longer restored_differs
restored_empty_grown restored_differs
'

mutant_byte_flipped() { byte_flip "$1/compressed/source-code.c$2" 100; }
mutant_byte_flipped_in_last_block() { byte_flip "$1/compressed/cantarell.otf$2" 66000; }
mutant_checksum_flipped() {
	local file=$1/compressed/regions.json$2
	byte_flip "$file" $(($(stat -c %s "$file") - 1))
}
mutant_truncated() { truncate -s -1 "$1/compressed/words.txt$2"; }
mutant_empty() { : >"$1/compressed/photo.ppm$2"; }
mutant_other_file() { cp "$1/compressed/manual.txt$2" "$1/compressed/words.txt$2"; }
mutant_swapped_at_same_name() {
	mv "$1/compressed/zeros.bin$2" "$1/swap"
	mv "$1/compressed/empty$2" "$1/compressed/zeros.bin$2"
	mv "$1/swap" "$1/compressed/empty$2"
}
mutant_trailing_bytes() { printf 'x' >>"$1/compressed/one-byte$2"; }
mutant_grown_a_lot() { truncate -s 200M "$1/compressed/one-byte$2"; }
mutant_extra_file() { cp "$1/compressed/empty$2" "$1/compressed/zz$2"; }
mutant_extra_restored() { : >"$1/restored/.hidden"; }
mutant_odd_name() {
	: >"$1/compressed/$(printf 'a\n\033[2J"\\\377')"
}
mutant_missing_stream() { rm "$1/compressed/photo.jpg$2"; }
mutant_missing_restored() { rm "$1/restored/photo.jpg"; }
mutant_missing_directory() { rm -r "$1/restored"; }
mutant_symlink() {
	mv "$1/compressed/words.txt$2" "$1/../target"
	ln -s ../../target "$1/compressed/words.txt$2"
}
mutant_symlink_restored() {
	rm "$1/restored/words.txt"
	ln -s "$PWD/build/corpora/mixed/smoke/words.txt" "$1/restored/words.txt"
}
mutant_symlink_directory() {
	mv "$1/restored" "$1/../target"
	ln -s ../target "$1/restored"
}
mutant_hard_link() { ln "$1/compressed/words.txt$2" "$1/../target"; }
mutant_fifo() {
	rm "$1/compressed/words.txt$2"
	mkfifo "$1/compressed/words.txt$2"
}
mutant_directory_for_file() {
	rm "$1/restored/empty"
	mkdir "$1/restored/empty"
}
mutant_restored_flipped() { byte_flip "$1/restored/source-code.c" 200000; }
mutant_restored_truncated() { truncate -s -1 "$1/restored/orders.sqlite"; }
mutant_restored_longer() { printf 'x' >>"$1/restored/noise.bin"; }
mutant_restored_empty_grown() { printf 'x' >>"$1/restored/empty"; }
