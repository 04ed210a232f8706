#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the assembly of the symbol tables (symbols.c): symbols.sh NM KERNEL for those of a first link, symbols.sh --empty for
# that first link itself, symbols.sh --check NM A B fails unless both links have every function at the same address.
# Invariant: addresses are offsets from kernel_text_start; the table is sorted by address.
set -eu
functions() { "$1" -n "$2" | awk '$2 ~ /^[tT]$/ && $1 ~ /^ffffffff/ { sub(/\.(lto_priv|constprop|isra|part)\.[0-9.]+.*$/, "", $3); print $1, $3 }'; }
if [ "$1" = --check ]; then
    cmp -s <(functions "$2" "$3") <(functions "$2" "$4") ||
        { echo "symbols.sh: the second link moved functions" >&2; exit 1; }
    exit 0
fi
base=0
[ "$1" = --empty ] || base=$("$1" "$2" | awk '$3 == "kernel_text_start" { print "0x" $1 }')
if [ "$1" = --empty ]; then true; else functions "$1" "$2"; fi | awk -v base="$base" '
    { name[NR] = $2; addr[NR] = $1 }
    END {
        print ".section .symbols, \"a\", @progbits"
        print ".globl symbols_count, symbols_table, symbols_names"
        print ".balign 4\nsymbols_count: .long " NR "\nsymbols_table:"
        for (i = 1; i <= NR; i++) {
            print ".long 0x" addr[i] " - " base ", " off + 0
            off += length(name[i]) + 1
        }
        print "symbols_names:"
        for (i = 1; i <= NR; i++) print ".asciz \"" name[i] "\""
        print ".section .note.GNU-stack, \"\", @progbits"
    }'
