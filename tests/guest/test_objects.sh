#!/bin/sh
# SPDX-License-Identifier: MIT
# Capability objects in the guest: runs prog/objects.c with exactly the grants it asks for and passes its TAP on.
# Invariant: a guest that says nothing, or ends otherwise than the program, is a failure here too.
set -u
log=build/tests/guest/objects.log
build/capbench exec --guest capos --timeout 120 --grant console --grant frame_allocator --grant store --grant namespace \
    --grant ro=directory:tests/guest/prog:ro --grant directory --grant process_spawner --grant boot_package \
    build/tests/guest/objects </dev/null >"$log" 2>"$log.err"
code=$?
sed 's/\r$//' "$log"
if [ "$code" -ne 0 ] || ! grep -q '^1\.\.[0-9]' "$log"; then
    echo "# exit code $code"
    sed 's/^/# /' "$log.err"
    grep -q '^1\.\.[0-9]' "$log" || echo "1..1
not ok 1 - the program ran to its end"
    exit 1
fi
