#!/bin/bash
# SPDX-License-Identifier: MIT
# Seeds one defect at a time in a copy of the tree and sees that the named test turns red; prints TAP.
#   tests/mutants/run.sh            every mutant (build first: the copy starts from build/)
#   tests/mutants/run.sh --check    only that each still applies to its file and names a test: quick, for `make test`
#   tests/mutants/run.sh NAME…      those whose file name contains NAME
# Without a NAME, FAULT_SCALE below 1 takes that share of them, picked by FAULT_SEED.
# Invariant: the tree itself is never touched; a mutant that does not apply, whose test is not green without it, or whose build breaks
# counts as a failure, not as caught.
set -u
cd "$(dirname "$0")/../.." || exit 1
check=
if [ "${1:-}" = --check ]; then
    check=1
    shift
fi
mutants=()
for f in tests/mutants/*.sed; do
    [ $# = 0 ] && mutants+=("$f")
    for name in "$@"; do case $f in *"$name"*) mutants+=("$f") ;; esac done
done
if [ ${#mutants[@]} = 0 ]; then
    echo "run.sh: no mutant is called like that" >&2
    exit 2
fi
if [ -z "$check" ] && [ $# = 0 ]; then
    # shellcheck source=tests/fault/scale.sh
    . tests/fault/scale.sh
    mapfile -t mutants < <(printf '%s\n' "${mutants[@]}" | sampled)
fi
head_of() { sed -n "s/^# $2: //p" "$1" | head -n 1; }

echo "1..${#mutants[@]}"
n=0
caught=0
if [ -n "$check" ]; then
    for m in "${mutants[@]}"; do
        n=$((n + 1))
        file=$(head_of "$m" file)
        t=$(head_of "$m" test)
        source=${t#build/}
        [ "$source" = "$t" ] || source=$source.c
        if ! sed -f "$m" "$file" 2>/dev/null | cmp -s - "$file" && [ -f "$source" ]; then
            echo "ok $n - $(basename "$m" .sed) applies"
        else
            echo "not ok $n - $(basename "$m" .sed) changes nothing in $file, or $source is gone"
        fi
    done
    exit 0
fi

work=build/mutants
rm -rf "$work"
mkdir -p "$work/tree/build"
trap 'rm -rf "$work/tree"' EXIT
trap 'exit 130' INT TERM
git ls-files -co --exclude-standard | while read -r f; do [ -f "$f" ] && echo "$f"; done |
    tar -cf - -T - | tar -xf - -C "$work/tree"
for d in build/*; do
    case $d in build/mutants | build/conformance) ;; *) cp -a "$d" "$work/tree/build/" ;; esac
done
log=$PWD/$work/log
: >"$log"

# 0 green, 1 red, 2 did not build
verdict() {
    local t=$1
    (
        cd "$work/tree" || exit 2
        make -j2 build-all "$( case $t in build/*) echo "$t" ;; *) echo test-deps ;; esac )" >>"$log" 2>&1 || exit 2
        tests/run.sh "$t" >>"$log" 2>&1 || exit 1
    )
}

declare -A green
for m in "${mutants[@]}"; do
    n=$((n + 1))
    name=$(basename "$m" .sed)
    file=$(head_of "$m" file)
    t=$(head_of "$m" test)
    echo "== $name" >>"$log"
    if [ -z "${green[$t]:-}" ]; then
        verdict "$t"
        green[$t]=$?
    fi
    if [ "${green[$t]}" != 0 ]; then
        echo "not ok $n - $name: $t is not green without it (see $work/log)"
        continue
    fi
    sed -f "$m" "$file" >"$work/mutated"
    if cmp -s "$work/mutated" "$file"; then
        echo "not ok $n - $name changes nothing in $file"
        continue
    fi
    cp "$work/mutated" "$work/tree/$file"
    verdict "$t"
    rc=$?
    caught=$((caught + (rc == 1)))
    echo "# progress $n of ${#mutants[@]} seeded defects, $caught caught"
    case $rc in
    1) echo "ok $n - $name: $(head_of "$m" defect): caught by $t" ;;
    0) echo "not ok $n - $name: $(head_of "$m" defect): NOT caught by $t" ;;
    *) echo "not ok $n - $name: did not build (see $work/log)" ;;
    esac
    cp "$file" "$work/tree/$file"
    touch "$work/tree/$file"
done
echo "# fault-count defects=${#mutants[@]} caught=$caught"
