#!/bin/bash
# SPDX-License-Identifier: MIT
# All of SQLite's fuzzcheck cases on both guests; tests/guest/test_fuzzcheck.sh runs a sample. TAP. With FAULT_SCALE below 1 it is a
# sample here too, of that share, picked by FAULT_SEED.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/fault/scale.sh
. tests/fault/scale.sh
cases=all
whole || cases=$(scaled $((46217 / 8)))
FUZZCHECK_SEED=${FUZZCHECK_SEED:-${FAULT_SEED:-1}} exec tests/guest/test_fuzzcheck.sh "$cases"
