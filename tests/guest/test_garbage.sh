#!/bin/sh
# SPDX-License-Identifier: MIT
# Misbehaving programs in the guest: runs prog/garbage.c, which spawns one child for each misdeed, and passes its TAP on.
# Invariant: a guest that says nothing, or ends otherwise than the program, is a failure here too.
set -u
log=build/tests/guest/garbage.log
build/capbench exec --guest capos --timeout 120 --grant console --grant process_spawner --grant directory \
    build/tests/guest/garbage </dev/null >"$log" 2>"$log.err"
code=$?
sed 's/\r$//' "$log"
if [ "$code" -ne 0 ]; then
    echo "# exit code $code"
    sed 's/^/# /' "$log.err"
    grep -q '^1\.\.[0-9]' "$log" || echo "1..1
not ok 1 - the program ran to its end"
    exit 1
fi
