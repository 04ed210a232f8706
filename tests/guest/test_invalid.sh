#!/bin/bash
# SPDX-License-Identifier: MIT
# Every condition that voids a measurement, brought about for real under `capbench run`: the emulator is started through a
# small wrapper that does one misdeed to an otherwise sound guest. (A killed emulator is in test_engine.sh.)
# Invariant: the tree is not touched; each case starts from the same run, which passes without the misdeed.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
bin=$PWD/build/capbench

# The wrapper; the engine clears the environment, so its two settings come first in each case's own copy.
cat >"$work/misdeed" <<'WRAPPER'
case " $* " in *" -initrd "*) ;; *) exec qemu-system-x86_64 "$@" ;; esac # its version, say
args=("$@")
lossy=
for i in "${!args[@]}"; do
    case $MISDEED:${args[i]} in
    capos-panic:-append) args[i + 1]+=" panic-test" ;;
    linux-panic:-append) args[i + 1]+=" rdinit=/nowhere" ;;
    authority:-initrd) LC_ALL=C sed -i 's/^grant timer timer$/grant tim_r timer/' "${args[i + 1]}" ;;
    one-more:-initrd) LC_ALL=C sed -i 's/^env HOME=.work.out$/grant w wall_clock/' "${args[i + 1]}" ;;
    writable:-initrd) LC_ALL=C sed -i 's/^grant programs directory .bin ro$/grant programs directory \/bin rw/' "${args[i + 1]}" ;;
    clocks:-accel) args+=(-icount "shift=0,sleep=off,align=off") ;;
    frames:stdio,id=bench0,*)
        lossy=1
        ;;
    esac
done
case $MISDEED in
input) echo >>"$TREE/corpora/mixed/smoke/words.txt" ;;
command) sed -i 's/^-smp 1$/-smp 1 -name other/' "$TREE/qemu.flags" ;;
esac
[ -n "$lossy" ] || exec qemu-system-x86_64 "${args[@]}"
qemu-system-x86_64 "${args[@]}" >"$TREE/bench"
rc=$?
head -c 5000 "$TREE/bench"
tail -c +5101 "$TREE/bench"
exit $rc
WRAPPER

# tree CASE: a build folder of links, with flags and corpus of its own.
tree() {
    local t=$work/$1.tree f
    mkdir -p "$t/build/corpora/mixed"
    for f in build/*; do
        case $f in build/corpora | build/qemu.flags) ;; *) ln -s "$PWD/$f" "$t/build/" ;; esac
    done
    for f in workloads corpora ports verifiers; do ln -s "$PWD/$f" "$t/"; done
    cp build/qemu.flags "$t/build/"
    cp -r build/corpora/mixed/smoke "$t/build/corpora/mixed/"
    echo "$t/build"
}

# voided CASE GUEST REASON [WORKLOAD]: the run ends with 3, `invalid`, that reason, and no figure.
voided() {
    local name=$1 guest=$2 reason=$3 workload=${4:-compression/zstd-3} out=$work/$1 build
    build=$(tree "$name")
    {
        printf '#!/bin/bash\nMISDEED=%s\nTREE=%s\n' "$name" "$build"
        cat "$work/misdeed"
    } >"$work/$name.emulator"
    chmod +x "$work/$name.emulator"
    CAPBENCH_BUILD=$build CAPBENCH_QEMU=$work/$name.emulator within 300 "$bin" run "$workload" --guest "$guest" \
        --pairs 1 --seed 1 --accel tcg --out "$out" --quiet >"$work/out" 2>&1
    [ $? = 3 ]
    check "$name: exit 3"
    grep -q '"status":	"invalid"' "$out/results.json"
    check "$name: status invalid"
    ! grep -q '"measurement"' "$out/results.json" && ! grep -Eq '"ratio":	[0-9]' "$out/comparisons.json"
    check "$name: no measurement and no ratio"
    grep -Eq -- "$reason" "$out/results.json"
    check "$name: the reason is given"
}

(voided none capos .) >"$work/none.tap"
[ "$(grep -c '^not ok' "$work/none.tap")" = 3 ] && grep -q '"measurement"' "$work/none/results.json"
check "without a misdeed the same run passes"

voided capos-panic capos 'panic'
"$bin" verify "$work/capos-panic" >"$work/out" 2>&1
check "capos-panic: a voided run reproduces too"
voided linux-panic linux 'panic'
voided frames capos 'channel'
voided authority capos 'broader authority than declared: compress was granted tim_r'
"$bin" verify "$work/authority" >"$work/out" 2>&1
check "authority: a voided run reproduces too"
voided one-more capos 'broader authority than declared: attempts was granted w .WallClock' shell/launch
grep -q '"name":	"clock",' "$work/one-more/results.json" && grep -q '"outcome":	"granted"' "$work/one-more/results.json"
check "one-more: the attempt that the extra grant lets through is in the record"
voided writable capos 'broader authority than declared: programs of attempts was granted as rw' shell/launch
grep -A 2 '"name":	"write",' "$work/writable/results.json" | grep -q '"outcome":	"granted"'
check "writable: so is the shell's own, in a directory that should have been read-only"
voided clocks capos 'clocks disagree'
voided input capos 'input changed'
voided command both 'command lines differ beyond the allow-list'

# A backing that is not where its label says, on either guest and either way round: the disk's own counters tell.
# mislabelled BACKING GUEST REASON
mislabelled() {
    local out=$work/label-$1-$2
    CAPBENCH_TEST_MISLABEL=1 within 300 "$bin" run storage/kv --backing "$1" --guest "$2" --pairs 1 --seed 1 --accel tcg \
        --out "$out" --quiet >"$work/out" 2>&1
    [ $? = 3 ] && grep -q '"status":	"invalid"' "$out/results.json" && ! grep -q '"measurement"' "$out/results.json"
    check "labelled $1 on $2, but elsewhere: exit 3, invalid, no measurement"
    grep -q "$3" "$out/results.json"
    check "labelled $1 on $2: the reason is given"
    "$bin" verify "$out" >"$work/out" 2>&1
    check "labelled $1 on $2: the voided run reproduces"
}
for guest in capos linux; do
    mislabelled ram $guest 'labelled ram but the disk was written to'
    mislabelled store $guest 'labelled store but nothing was written to the disk'
done

finish
