#!/bin/bash
# SPDX-License-Identifier: MIT
# Lint as TAP: layout (clang-format), defects (cppcheck), shell (shellcheck), and the house rules that no tool knows. Reads the files that git
# tracks, and new ones it does not ignore. A tool that is missing is a failure: `make setup` installs them.
set -u
shopt -s lastpipe # check counts in this shell
cd "$(dirname "$0")/../.." || exit 1
mapfile -t c_files < <(git ls-files -co --exclude-standard '*.c' '*.h' '*.S' | sort -u | while read -r f; do [ -f "$f" ] && echo "$f"; done)
mapfile -t cc_files < <(printf '%s\n' "${c_files[@]}" | grep -E '\.[ch]$')
mapfile -t sources < <(printf '%s\n' "${c_files[@]}" | grep '\.c$')
mapfile -t sh_files < <(git ls-files -co --exclude-standard | while read -r f; do
    [ -f "$f" ] || continue
    case $f in *.sh | .ci/run) echo "$f" ;; esac
done | sort -u)
mapfile -t text_files < <(git ls-files -co --exclude-standard | while read -r f; do [ -f "$f" ] && echo "$f"; done | sort -u)

n=0
check() { # check NAME: the complaints are on standard input; none is a pass
    n=$((n + 1))
    local out
    out=$(cat)
    if [ -z "$out" ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        printf '%s\n' "$out" | head -n 60 | sed 's/^/# /'
    fi
}
echo "1..7"

if command -v clang-format >/dev/null; then
    clang-format --dry-run "${cc_files[@]}" 2>&1 | grep 'warning:' | cut -d: -f1 | sort | uniq -c
else
    echo "clang-format is not installed"
fi | check "clang-format finds nothing to change"

if command -v cppcheck >/dev/null; then
    cppcheck -q --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=0 -j 2 \
        --suppressions-list=tests/lint/cppcheck.suppress -Icapos-runtime -Iworkloads/shell \
        "${sources[@]}" 2>&1
else
    echo "cppcheck is not installed"
fi | check "cppcheck finds no defect"

if command -v shellcheck >/dev/null; then
    shellcheck "${sh_files[@]}" 2>&1
else
    echo "shellcheck is not installed"
fi | check "shellcheck finds nothing"

for f in "${c_files[@]}" "${sh_files[@]}"; do
    head -n 2 "$f" | grep -q 'SPDX-License-Identifier: MIT' || echo "$f: no SPDX line"
done | check "every source file opens with its licence"

wc -l "${c_files[@]}" | awk '$2 != "total" && $1 > 700 { print $2 ": " $1 " lines" }' | check "no source file over 700 lines"

git ls-files -co --exclude-standard | cut -d/ -f1 | sort -u |
    grep -vxE 'Makefile|ports|capos-runtime|workloads|dashboard|corpora|verifiers|tests|README\.md|\..*' |
    check "nothing at the top level but what is agreed"

# Split so that this file does not find itself.
words='crates''\.io|static\.crates|deb\.deb''ian|regist''ry\.npmjs|pypi\.o''rg|/work/ma''in|/work/sha''red|/work/\.'
grep -nIE "$words" "${text_files[@]}" | cut -c1-160 | check "no host name of a registry, no path of a machine"
