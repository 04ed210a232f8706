#!/bin/bash
# SPDX-License-Identifier: MIT
# Capability objects in the guest: runs prog/objects.c with exactly the grants it asks for and passes its TAP on.
# Invariant: a guest that says nothing, or ends otherwise than the program, is a failure here too.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
passed_on '' build/capbench exec --guest capos --timeout 120 --grant console --grant frame_allocator --grant store --grant namespace \
    --grant ro=directory:tests/guest/prog:ro --grant directory --grant process_spawner --grant boot_package build/tests/guest/objects
finish
