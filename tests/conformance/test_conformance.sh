#!/bin/bash
# SPDX-License-Identifier: MIT
# Conformance: the published SDK's smoke program and our own programs on its clients, each in a capOS guest with exactly
# the capabilities it names; expected are its lines and exit code 0. Prints TAP. Skipped, with the reason, where cargo is missing or too
# old; CAPBENCH_REQUIRE_CONFORMANCE=1 (set by .ci/run) makes that skip a failure.
set -u
bin=build/conformance/bin
tests=(smoke timer entropy vm files spawner manager)
echo "1..${#tests[@]}"
reason=$(tests/conformance/build.sh build/conformance "$bin" 2>build/conformance-build.log)
rc=$?
if [ $rc != 0 ]; then
    n=0
    for t in "${tests[@]}"; do
        n=$((n + 1))
        if [ $rc = 77 ] && [ "${CAPBENCH_REQUIRE_CONFORMANCE:-0}" != 1 ]; then
            echo "ok $n - $t # SKIP $reason"
        else
            echo "not ok $n - $t: not built: ${reason:-see build/conformance-build.log}"
        fi
    done
    [ $rc = 77 ] || tail -n 20 build/conformance-build.log >&2
    exit 0
fi

n=0
run() { # run NAME EXPECTED GRANT…
    local name=$1 expected=$2
    shift 2
    n=$((n + 1))
    local grants=() g
    for g in "$@"; do grants+=(--grant "$g"); done
    local got code
    got=$(build/capbench exec --guest capos "${grants[@]}" "$bin/$name" 2>"build/conformance-$name.err" </dev/null)
    code=$?
    if [ $code = 0 ] && [ "$got" = "$expected" ]; then
        echo "ok $n - $name"
    else
        echo "not ok $n - $name"
        echo "# exit code $code, output:"
        printf '%s\n' "$got" | sed 's/^/# /'
        sed 's/^/# /' "build/conformance-$name.err"
    fi
}
run smoke "[capos-rt-smoke] typed ConsoleClient writeLine + exception decode ok.
[capos-rt-smoke] copy-transfer helper kept Console live.
[capos-rt-smoke] cloned owned Console handle stayed live." console=console
run timer "timer: forward, sleeps long enough, refuses unknown methods" console timer
run entropy "entropy: two fills, both full, different" console entropy_source
run vm "vm: all six methods, writable and executable refused" console virtual_memory
run files "files: every method, every refusal" console directory
run spawner "spawner: child heard, exit code seen, sleeper ended" console process_spawner
run manager "manager: listed, revoked, released, stale id refused" console process_spawner
