#!/bin/bash
# SPDX-License-Identifier: MIT
# Misbehaving programs in the guest: runs prog/garbage.c, which spawns one child for each misdeed, and passes its TAP on.
# Invariant: a guest that says nothing, or ends otherwise than the program, is a failure here too.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
passed_on '' build/capbench exec --guest capos --timeout 120 --grant console --grant process_spawner --grant directory build/tests/guest/garbage
finish
