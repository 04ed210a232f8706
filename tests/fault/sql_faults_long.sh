#!/bin/sh
# SPDX-License-Identifier: MIT
# TAP, for `make fault`: an error on every read, write and flush of the run, of each kind; FAULT_SCALE below 1 takes so many of each kind
# instead.
n=$(awk -v s="${FAULT_SCALE:-1}" 'BEGIN { n = int(60 * s); print s >= 1 ? 0 : n < 1 ? 1 : n }')
if [ "$n" = 0 ]; then set -- --most 1000; else set -- --sample "$n"; fi
exec "$(dirname "$0")/sql_faults.sh" "$@"
