#!/bin/bash
# SPDX-License-Identifier: MIT
# TAP, for `make fault`: STORE_CUTS (1,000,000 by FAULT_SCALE) power cuts of the store on the emulated disk, seed FAULT_SEED.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/fault/scale.sh
. tests/fault/scale.sh
seed=${CUTS_SEED:-${FAULT_SEED:-$(date +%s)}}
echo "# seed $seed (repeat with CUTS_SEED=$seed)"
CUTS_SEED=$seed CUTS_CASES=${STORE_CUTS:-$(scaled 1000000 1000)} exec "${BUILD:-build}/tests/fault/store_cuts"
