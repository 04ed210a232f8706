#!/bin/bash
# SPDX-License-Identifier: MIT
# TAP, for `make fault`: 10,000 boots after power cuts (and as many looked at on the host) over 40 recordings, by FAULT_SCALE.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/fault/scale.sh
. tests/fault/scale.sh
exec tests/fault/sql_cuts.sh --host "$(scaled 10000 4)" --boots "$(scaled 10000 4)" --traces "$(scaled 40 4)"
