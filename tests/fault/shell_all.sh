#!/bin/bash
# SPDX-License-Identifier: MIT
# The long form of the shell workloads and stories: every case of busybox's hush tests on both guests, and larger counts. TAP.
# Invariant: it is tests/guest/test_shell_workloads.sh, at size long.
exec "$(dirname "$0")/../guest/test_shell_workloads.sh" long
