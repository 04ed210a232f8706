#!/bin/sh
# SPDX-License-Identifier: MIT
# TAP, for `make fault`: 10,000 boots after power cuts (and as many looked at on the host) over 40 recordings; FAULT_SCALE shortens it.
count() { awk -v n="$1" -v s="${FAULT_SCALE:-1}" 'BEGIN { v = int(n * s + 0.999); print v < 4 ? 4 : v }'; }
traces=$(count 40)
exec "$(dirname "$0")/sql_cuts.sh" --host "$(count 10000)" --boots "$(count 10000)" --traces "$traces"
