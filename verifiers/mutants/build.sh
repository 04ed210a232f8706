# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034 # shared with the script that sources this
# Mutants of a good artifact of build/tcc-selfhost, for tests/unit/verifiers_build.sh, which sources this file. Each line of
# `build_mutants` is: name, the reason code of its rejection. The function mutant_<name> DIR changes the artifact in DIR.
# Invariant: every mutant changes exactly one thing.
build_mutants='
nonce_stale nonce_stale
nonce_missing file_missing
nonce_malformed nonce_malformed
object_flipped file_differs
executable_flipped file_differs
last_byte_flipped file_differs
truncated file_short
longer file_long
grown_a_lot file_long
empty file_empty
swapped file_differs
older_generation file_differs
object_missing file_missing
executable_missing file_missing
folder_missing file_missing
folder_empty file_missing
extra_object file_unexpected
extra_folder file_unexpected
extra_at_top file_unexpected
odd_name file_unexpected
symlink file_symlink
symlink_folder file_kind
hard_link file_hardlink
fifo file_kind
folder_for_file file_kind
file_for_folder file_kind
'

mutant_object_flipped() { byte_flip "$1/gen2/tcc.o" 100000; }
mutant_executable_flipped() { byte_flip "$1/bin/tcc3-capos" 70000; }
mutant_last_byte_flipped() { byte_flip "$1/gen1/va_list.o" $(($(stat -c %s "$1/gen1/va_list.o") - 1)); }
mutant_truncated() { truncate -s -1 "$1/gen3/tcc.o"; }
mutant_longer() { printf 'x' >>"$1/bin/tcc1-linux"; }
mutant_grown_a_lot() { truncate -s 200M "$1/bin/tcc1-linux"; }
mutant_empty() { : >"$1/gen1/libtcc1.o"; }
mutant_swapped() { cp "$1/bin/tcc1-linux" "$1/bin/tcc1-capos"; }
mutant_older_generation() { cp "$1/gen1/va_list.o" "$1/gen1/libtcc1.o"; }
mutant_object_missing() { rm "$1/gen1/tcc.o"; }
mutant_executable_missing() { rm "$1/bin/tcc2-capos"; }
mutant_folder_missing() { rm -r "$1/gen2"; }
mutant_folder_empty() { rm "$1/gen2"/*; }
mutant_extra_object() { cp "$1/gen1/tcc.o" "$1/gen1/zz.o"; }
mutant_extra_folder() { mkdir "$1/gen1/sub"; }
mutant_odd_name() {
	: >"$1/bin/$(printf 'a\n\033[2J"\\\377')"
}
mutant_symlink() {
	mv "$1/gen1/tcc.o" "$1/../target"
	ln -s ../../target "$1/gen1/tcc.o"
}
mutant_symlink_folder() {
	mv "$1/gen3" "$1/../target"
	ln -s ../target "$1/gen3"
}
mutant_hard_link() { ln "$1/gen1/tcc.o" "$1/../target"; }
mutant_fifo() {
	rm "$1/gen1/tcc.o"
	mkfifo "$1/gen1/tcc.o"
}
mutant_folder_for_file() {
	rm "$1/gen1/tcc.o"
	mkdir "$1/gen1/tcc.o"
}
mutant_file_for_folder() {
	rm -r "$1/gen1"
	: >"$1/gen1"
}
