#!/bin/sh
# SPDX-License-Identifier: MIT
# All of SQLite's fuzzcheck cases on both guests; tests/guest/test_fuzzcheck.sh runs a sample. TAP. With FAULT_SCALE below 1 it is a
# sample here too, of that share, picked by FAULT_SEED.
cases=$(awk -v s="${FAULT_SCALE:-1}" 'BEGIN { n = int(46217 / 8 * s); print s >= 1 ? "all" : n < 1 ? 1 : n }')
FUZZCHECK_SEED=${FUZZCHECK_SEED:-${FAULT_SEED:-1}} exec "$(dirname "$0")/../guest/test_fuzzcheck.sh" "$cases"
