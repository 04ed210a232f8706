# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the lists of mutants share; tests/unit/verifier.sh sources it before one of them. Each function changes the artifact in
# the directory it is given. Invariant: every mutant changes exactly one thing.

# byte_flip FILE OFFSET: inverts all bits of one byte.
byte_flip() {
	local value
	[ "$(stat -c %s "$1")" -gt "$2" ] || return 1
	value=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
	printf '%b' "\\x$(printf '%02x' $((255 - value)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

mutant_nonce_stale() { echo fedcba9876543210 >"$1/NONCE"; }
mutant_nonce_missing() { rm "$1/NONCE"; }
mutant_nonce_malformed() { echo 0123456789ABCDEF >"$1/NONCE"; }
mutant_extra_at_top() { : >"$1/log"; }
