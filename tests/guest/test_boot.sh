#!/bin/bash
# SPDX-License-Identifier: MIT
# The kernel's machine half in QEMU: boots on several CPU models, its self-test, clock rate under icount, how a panic ends,
# consoles. Invariant: TAP; each QEMU runs under a limit and alone.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
kernel=build/capos/kernel.elf
boottest=build/capos/boottest.elf

evidence=("$work/log" "$work/qemu")

machine=(-M microvm -smp 1 -m 256 -global virtio-mmio.force-legacy=false)
run() { # run KERNEL CPU WORDS [QEMU ARGS...]: status in $rc, the serial log in $work/log
    local k=$1 cpu=$2 words=$3
    shift 3
    within 60 qemu-system-x86_64 "${machine[@]}" -cpu "$cpu" -nodefaults -no-user-config -display none -no-reboot \
        -device isa-debug-exit,iobase=0xf4,iosize=4 -serial "file:$work/log" -kernel "$k" -append "$words" \
        "$@" </dev/null 2>"$work/qemu"
    rc=$?
}
log_has() { grep -qE -- "$1" "$work/log"; }
rc_is() { [ "$rc" = "$1" ]; }
passed() { rc_is 33 && log_has '^capos: selftest done failed=0$' && [ "$(grep -c ' ok$' "$work/log")" -ge "$1" ]; }

for cpu in max,-erms qemu64 Haswell-v4 EPYC; do
    run $kernel "$cpu" selftest
    passed 25
    check "self-test on microvm, -cpu $cpu"
done
run $kernel max,-erms selftest -m 64
passed 25
check "self-test with 64 MiB"
machine=(-M q35 -smp 1 -m 256)
run $kernel max,-erms selftest
passed 25
check "self-test on q35"
machine=(-M microvm -smp 1 -m 256 -global virtio-mmio.force-legacy=false)

run $kernel max,-erms probe
rc_is 33
check "probe: one ring-3 system call and back"

icount=(-accel "tcg,thread=single" -icount "shift=0,sleep=off,align=off" -rtc clock=vm -seed 1)
rate_is_1ghz() { # within 50 ppm of 1000000 kHz
    awk '/^capos: kernel / { for (i = 1; i <= NF; i++) if (sub(/^tsc_khz=/, "", $i)) found = ($i + 0 >= 999950 && $i + 0 <= 1000050) }
         END { exit !found }' "$work/log"
}
pit_agrees() { awk '/pit_khz=/ { sub(/.*ppm=/, ""); found = ($0 + 0 <= 100) } END { exit !found }' "$work/log"; }
run $kernel max,-erms selftest "${icount[@]}"
cp "$work/log" "$work/first"
rate_is_1ghz
check "icount: the TSC is found to run at 1 GHz within 50 ppm"
pit_agrees
check "icount: the PIT agrees within 100 ppm"
run $kernel max,-erms selftest "${icount[@]}"
cmp -s "$work/first" "$work/log"
check "icount: the second boot prints the same, figures and all"

run $kernel max,-erms panic-test
rc_is 37
check "a panic ends with its own status"
log_has '^capos: PANIC: .*\\x1b\[31m\\x5c$'
check "its message is escaped"
log_has '^capos:   at 0xffffffff8[0-9a-f]+ [a-z_]+\+0x'
check "its back-trace has names"
run $kernel max,-erms exception-test
rc_is 39
check "an exception in the kernel ends with its own status"
log_has 'exception 14 error=0x0 cr2=0xdead0000'
check "and tells where"

run $boottest max,-erms "wall=1234567890 a  b"
log_has 'wall=12345678(89|90) '
check "wall clock from the command line"
run $boottest max,-erms "" -rtc base=2031-03-01T12:00:00
log_has "wall=(1930132799|1930132800|1930132801) "
check "wall clock from the CMOS clock"
run $boottest max,-erms ""
log_has 'consoles=00'
check "no consoles: says so and goes on"

head -c 300000 $kernel | tr -d '\004' >"$work/sent"
printf '\004' | cat "$work/sent" - >"$work/input"
mkfifo "$work/pipe.in" "$work/pipe.out"
cat "$work/input" >"$work/pipe.in" &
feeder=$!
cat "$work/pipe.out" >/dev/null &
sink=$!
run $boottest max,-erms consoles -chardev "file,id=bench,path=$work/out" -chardev "pipe,id=prog,path=$work/pipe" \
    -device virtio-serial-device,id=vs0,max_ports=1 -device virtconsole,bus=vs0.0,chardev=bench \
    -device virtio-serial-device,id=vs1,max_ports=1 -device virtconsole,bus=vs1.0,chardev=prog
kill $feeder $sink 2>/dev/null
wait $feeder $sink 2>/dev/null
awk 'BEGIN { for (i = 0; i < 1000003; i++) printf "%c", 97 + i % 23 }' | cat "$work/sent" - >"$work/expected"
cmp "$work/expected" "$work/out"
check "consoles: 300 kB in and 1.3 MB out, nothing lost"
finish
