#!/bin/sh
# SPDX-License-Identifier: MIT
# TAP, for `make fault`: STORE_CUTS (1,000,000) power cuts with a seed of its own, printed so that it can be given again.
seed=${CUTS_SEED:-$(date +%s)}
echo "# seed $seed (repeat with CUTS_SEED=$seed)"
CUTS_SEED=$seed CUTS_CASES=${STORE_CUTS:-1000000} exec "${BUILD:-build}/tests/fault/store_cuts"
