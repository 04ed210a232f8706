# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For tests in bash that print TAP: `. "$(dirname "$0")/../tap.sh"` goes to the root of the tree and gives the test
#   $work      a folder of its own, also for the temporary files of what it starts; it goes away on every way out
#   evidence   the files whose ends are shown after a check that failed: log, out and err of $work
# Invariant: a check passes only on a status of 0; `finish` prints the plan, and exits with 1 if a check failed.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
work=$(mktemp -d)
export TMPDIR=$work
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
evidence=("$work/log" "$work/out" "$work/err")
tests=0 tests_failed=0

# check [STATUS] NAME: one TAP line, from the status of the command before if none is given.
check() {
    local rc=$? file
    [ $# = 1 ] || { rc=$1 && shift; }
    tests=$((tests + 1))
    if [ "$rc" = 0 ]; then
        echo "ok $tests - $1"
        return
    fi
    tests_failed=1
    echo "not ok $tests - $1"
    for file in "${evidence[@]}"; do
        [ ! -s "$file" ] || tail -n 8 "$file" | cut -c 1-1000 | cat -v | sed "s|^|# ${file##*/}: |"
    done
}

# equal NAME GOT WANTED: a check that shows both.
equal() {
    [ "$2" = "$3" ] || printf '%s\n' "wanted: $3" "got:    $2" | sed 's/^/# /'
    [ "$2" = "$3" ]
    check "$1"
}

# skipped NAME REASON
skipped() {
    tests=$((tests + 1))
    echo "ok $tests - $1 # SKIP $2"
}

# within SECONDS COMMAND...: ended after that. It stays in the group of the test, so that Ctrl-C reaches it too.
within() { timeout --foreground -k 10 "$@"; }

# told COMMAND...: its exit code; what it says is in $work/log, and a line of that every ten seconds is shown as progress.
told() {
    "$@" 2>&1 </dev/null | tee "$work/log" |
        awk '{ srand(); now = srand() } now >= due { print "# progress " substr($0, 1, 200); fflush(); due = now + 10 }' # srand gives the time it was given before
    return "${PIPESTATUS[0]}"
}

# gives CODE PATTERN COMMAND...: is that its exit code, and does an extended regular expression (empty: any) match its output?
gives() {
    local code=$1 pattern=$2 got
    shift 2
    within 120 "$@" >"$work/out" 2>&1 </dev/null
    got=$?
    [ "$got" = "$code" ] || echo "exit code $got, not $code" >>"$work/out"
    [ "$got" = "$code" ] && { [ -z "$pattern" ] || grep -Eq -- "$pattern" "$work/out"; }
}

# all_ok NUMBER: does $work/log hold the TAP of a program with so many checks, each of them good?
all_ok() {
    [ "$(grep -c '^ok ' "$work/log")" = "$1" ] && tr -d '\r' <"$work/log" | grep -qx "1..$1"
}

# passed_on PREFIX COMMAND...: a check for each TAP line of the command, PREFIX before its name, and one more: that it ran to its end.
passed_on() {
    local prefix=$1 line rc plan='' evidence=()
    shift
    "$@" >"$work/tap" 2>&1 </dev/null
    rc=$?
    while IFS= read -r line; do
        line=${line%$'\r'}
        case $line in
        "ok "*) check 0 "$prefix${line#ok * - }" ;;
        "not ok "*) check 1 "$prefix${line#not ok * - }" ;;
        1..*) plan=${line#1..} ;;
        *) echo "# $line" ;;
        esac
    done <"$work/tap"
    [ $rc = 0 ] || echo "# exit code $rc"
    [ $rc = 0 ] && [ -n "$plan" ]
    check "${prefix}ran to its end"
}

finish() {
    echo "1..$tests"
    exit $tests_failed
}
