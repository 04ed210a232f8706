#!/bin/sh
# SPDX-License-Identifier: MIT
# TAP, for `make fault`: STORE_CUTS (1,000,000 by FAULT_SCALE) power cuts of the store on the emulated disk, seed FAULT_SEED.
cuts=${STORE_CUTS:-$(awk -v s="${FAULT_SCALE:-1}" 'BEGIN { n = int(1000000 * s); print n < 1000 ? 1000 : n }')}
seed=${CUTS_SEED:-${FAULT_SEED:-$(date +%s)}}
echo "# seed $seed (repeat with CUTS_SEED=$seed)"
CUTS_SEED=$seed CUTS_CASES=$cuts exec "${BUILD:-build}/tests/fault/store_cuts"
