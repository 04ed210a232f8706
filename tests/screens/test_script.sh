#!/bin/bash
# SPDX-License-Identifier: MIT
# The dashboard without a terminal: plain lines, scripts and their errors, exports, pictures, recordings, verification,
# and a run of its own (the native flavour on the host: no emulator).
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
build=${CAPBENCH_BUILD:-build}
run=tests/screens/recorded/run
export TZ=UTC LC_ALL=C.UTF-8
# Runs a script given on standard input; its exit code must be $1.
script() { # code name
    cat >"$work/script"
    "$build/capbench" dash $run --script "$work/script" --save "$work" >"$work/stdout" 2>"$work/stderr"
    local code=$?
    [ $code = "$1" ] || sed 's/^/# /' "$work/stderr"
    [ $code = "$1" ]
    check "$2"
}
usage() { # name, arguments
    local name=$1
    shift
    "$build/capbench" dash "$@" >/dev/null 2>"$work/stderr" </dev/null
    [ $? = 2 ] && [ "$(wc -l <"$work/stderr")" = 1 ]
    check "$name"
}

"$build/capbench" dash $run >"$work/lines" </dev/null
[ "$(grep -c ': begins$' "$work/lines")" = 20 ] && grep -q '^compression/xz-6: failed' "$work/lines" &&
    ! grep -qP '[^\x20-\x7e]' "$work/lines"
check "a pipe gets lines: every boot, the outcome, ASCII only"
"$build/capbench" dash --help | grep -q 'capbench dash DIR'
check "--help"
usage "an unknown size is one line and exit 2" $run --screen 0x5
usage "a bad speed" $run --speed -1
usage "a bad colour choice" $run --color blue
usage "a bad theme" $run --theme green
usage "--json is for run" --json
usage "--replay needs a directory" --replay
usage "options of a run do not fit a replay" $run --pairs 2

script 0 "expect and wait-for find text" <<<$'expect xz-9e\nkey 0\nwait-for 400 20/20 boots'
script 1 "an expectation that fails is exit 1" <<<'expect no such text'
script 1 "a wait that runs out is exit 1" <<<'wait-for 1 no such text'
script 2 "an unknown command is exit 2" <<<'dance'
script 2 "an unknown key is exit 2" <<<'key f13'
script 2 "a bad size is exit 2" <<<'size 0x0'
script 2 "endcast without cast is exit 2" <<<'endcast'
script 2 "a name that leaves the folder is exit 2" <<<'save ../x'
script 0 "pause, step, back, speed" <<<$'key 0 p\nexpect 10x 0/\nkey . . ,\nexpect 10x 1/\nkey > <\nkey $\nexpect at its end'
script 0 "e exports every screen" <<<$'key e 2 e 3 e 4 e 5 e 6 e\nexpect written'
[ "$(find "$work" -name '*.md' | wc -l)" = 6 ] && grep -q '^| compression/xz-6 | failed |' "$work"/*Results.md
check "as Markdown, with a table of results"
script 0 "the pictures' script" <tests/screens/pictures.script
[ "$(grep -l '^</svg>' "$work"/*.svg | wc -l)" = 7 ] && ! grep -qP '\x1b' "$work"/*.svg
check "pictures are whole"
script 0 "the recording's script" <tests/screens/cast.script
head -1 "$work/capbench.cast" | grep -q '"version": 2' && [ "$(wc -l <"$work/capbench.cast")" -gt 50 ]
check "the recording has frames"

if [ -x "$build/ports/linux/zstd" ] && [ -x "$build/agent/linux/agent" ] && [ -x "$build/verifiers/verify_compression" ]; then
    printf '%s\n' 'wait-for 60 ended, exit 0' 'expect native' 'key v' 'wait-for 30 every figure' 'save native' 'key r' \
        'wait-for 60 ended, exit 0' >"$work/live"
    here=$PWD
    (cd "$work" && "$here/$build/capbench" dash compression/zstd-3 --guest native --pairs 1 --script live --save "$work" --out "$work/native" \
        >"$work/stdout" 2>"$work/stderr")
    code=$?
    [ $code = 0 ] || sed 's/^/# /' "$work/stderr"
    check $code "a native run is shown, verified again, and run again"
    (cd "$work" && "$here/$build/capbench" dash compression/zstd-3 --guest native --pairs 1 --out "$work/native2" </dev/null) >"$work/lines" &&
        grep -q 'compression/zstd-3: passed' "$work/lines"
    check "without a terminal a run is told in lines"
    (cd "$work" && "$here/$build/capbench" dash no-such --guest native --out "$work/none" </dev/null) >/dev/null 2>"$work/stderr"
    code=$?
    [ $code = 2 ] && grep -q 'no-such' "$work/stderr"
    check "a run that does not start says why"
else
    for name in "a native run" "a run in lines" "a run that does not start"; do
        skipped "$name" "the Linux flavour is not built"
    done
fi
finish
