#!/bin/bash
# SPDX-License-Identifier: MIT
# TAP, for `make fault`: an error on every read, write and flush of the run, of each kind; with FAULT_SCALE below 1 that share of 60
# of each kind.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/fault/scale.sh
. tests/fault/scale.sh
if whole; then set -- --most 1000; else set -- --sample "$(scaled 60)"; fi
exec tests/fault/sql_faults.sh "$@"
