#!/bin/bash
# SPDX-License-Identifier: MIT
# The kernel's machine half in QEMU: boots on several CPU models, its self-test, clock rate under icount, how a panic ends,
# consoles. Invariant: TAP; each QEMU runs under a limit and alone.
set -u
kernel=build/capos/kernel.elf
boottest=build/capos/boottest.elf
work=build/tests/guest/boot
rm -rf "$work" && mkdir -p "$work"
n=0

ok() { # ok NAME CONDITION...: one TAP line from the command's status
    local name=$1
    shift
    n=$((n + 1))
    if "$@"; then echo "ok $n - $name"; else
        echo "not ok $n - $name"
        sed 's/^/# /' "$work/log" | tail -n 40
    fi
}

machine=(-M microvm -smp 1 -m 256 -global virtio-mmio.force-legacy=false)
run() { # run KERNEL CPU WORDS [QEMU ARGS...]: status in $rc, the serial log in $work/log
    local k=$1 cpu=$2 words=$3
    shift 3
    timeout -k 2 60 qemu-system-x86_64 "${machine[@]}" -cpu "$cpu" -nodefaults -no-user-config -display none -no-reboot \
        -device isa-debug-exit,iobase=0xf4,iosize=4 -serial "file:$work/log" -kernel "$k" -append "$words" \
        "$@" </dev/null 2>"$work/qemu"
    rc=$?
}
log_has() { grep -qE -- "$1" "$work/log"; }
rc_is() { [ "$rc" = "$1" ]; }
passed() { rc_is 33 && log_has '^capos: selftest done failed=0$' && [ "$(grep -c ' ok$' "$work/log")" -ge "$1" ]; }

for cpu in max,-erms qemu64 Haswell-v4 EPYC; do
    run $kernel "$cpu" selftest
    ok "self-test on microvm, -cpu $cpu" passed 25
done
run $kernel max,-erms selftest -m 64
ok "self-test with 64 MiB" passed 25
machine=(-M q35 -smp 1 -m 256)
run $kernel max,-erms selftest
ok "self-test on q35" passed 25
machine=(-M microvm -smp 1 -m 256 -global virtio-mmio.force-legacy=false)

run $kernel max,-erms probe
ok "probe: one ring-3 system call and back" rc_is 33

icount=(-accel "tcg,thread=single" -icount "shift=0,sleep=off,align=off" -rtc clock=vm -seed 1)
rate_is_1ghz() { # within 50 ppm of 1000000 kHz
    awk '/^capos: kernel / { for (i = 1; i <= NF; i++) if (sub(/^tsc_khz=/, "", $i)) found = ($i + 0 >= 999950 && $i + 0 <= 1000050) }
         END { exit !found }' "$work/log"
}
pit_agrees() { awk '/pit_khz=/ { sub(/.*ppm=/, ""); found = ($0 + 0 <= 100) } END { exit !found }' "$work/log"; }
run $kernel max,-erms selftest "${icount[@]}"
cp "$work/log" "$work/first"
ok "icount: the TSC is found to run at 1 GHz within 50 ppm" rate_is_1ghz
ok "icount: the PIT agrees within 100 ppm" pit_agrees
run $kernel max,-erms selftest "${icount[@]}"
ok "icount: the second boot prints the same, figures and all" cmp -s "$work/first" "$work/log"

run $kernel max,-erms panic-test
ok "a panic ends with its own status" rc_is 37
ok "its message is escaped" log_has '^capos: PANIC: .*\\x1b\[31m\\x5c$'
ok "its back-trace has names" log_has '^capos:   at 0xffffffff8[0-9a-f]+ [a-z_]+\+0x'
run $kernel max,-erms exception-test
ok "an exception in the kernel ends with its own status" rc_is 39
ok "and tells where" log_has 'exception 14 error=0x0 cr2=0xdead0000'

run $boottest max,-erms "wall=1234567890 a  b"
ok "wall clock from the command line" log_has 'wall=12345678(89|90) '
run $boottest max,-erms "" -rtc base=2031-03-01T12:00:00
ok "wall clock from the CMOS clock" log_has "wall=(1930132799|1930132800|1930132801) "
run $boottest max,-erms ""
ok "no consoles: says so and goes on" log_has 'consoles=00'

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
ok "consoles: 300 kB in and 1.3 MB out, nothing lost" cmp "$work/expected" "$work/out"
echo "1..$n"
