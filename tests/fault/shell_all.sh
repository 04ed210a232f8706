#!/bin/bash
# SPDX-License-Identifier: MIT
# The long form of the shell workloads and stories: every case of busybox's hush tests on both guests, and larger counts. TAP. With
# FAULT_SCALE below 1, that share of the workloads, picked by FAULT_SEED.
# Invariant: it is tests/guest/test_shell_workloads.sh, at size long.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/fault/scale.sh
. tests/fault/scale.sh
mapfile -t workloads < <(printf '%s\n' workloads/shell/*.json workloads/stories/*.json | sed 's,^workloads/,,; s,\.json$,,' | sampled)
make -s corpus-mixed-long >&2 || exit 1
exec tests/guest/test_shell_workloads.sh long "${workloads[@]}"
