#!/bin/bash
# SPDX-License-Identifier: MIT
# `capbench shell` without a terminal, and the standard input of `capbench exec`, on both guests. (At a terminal:
# tests/screens/test_shell_tty.c.)
# shellcheck disable=SC2016 # scripts in quotes are for the guest's shell to expand
# Invariant: whatever happens to the host's side, no emulator of ours is left: each is looked for by its temporary folder.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
emulators() { pgrep -fc "qemu.* $work/"; }
shell() { within 300 build/capbench shell "$@" 2>"$work/err"; }

head -c 3000000 /dev/urandom >"$work/big"
sum=$(sha256sum <"$work/big")
for guest in capos linux; do
    # shellcheck disable=SC2016 # the guest's shell expands it
    out=$(printf 'echo hi | tr a-z A-Z; echo err >&2; x=$(echo sub; false) || echo "$x $?"\nexit 7\n' | shell --guest $guest)
    equal "$guest: commands from a pipe, no prompt, both streams apart" \
        "$(tr '\n' ' ' <<<"$out"),$(cat "$work/err")" "HI sub 1 ,err"
    equal "$guest: exec passes 3 MB of standard input on, and takes as much back at the same time" \
        "$(within 300 build/capbench exec --guest $guest build/ports/$guest/busybox -- cat <"$work/big" | sha256sum)" "$sum"
done
printf 'echo hi | tr a-z A-Z\nexit 7\n' | shell >"$work/out"
equal "the exit code is the shell's" "$?,$(cat "$work/out")" "7,HI"
equal "arguments for the shell, and an environment" "$(shell -- -c 'echo "$1 $PATH $HOME $TERM"' sh one </dev/null)" "one /bin /scratch dumb"
equal "exec --stdin" "$(within 300 build/capbench exec --stdin "$work/big" build/ports/capos/busybox -- sha256sum </dev/null)" "$sum"
out=$(yes | within 300 build/capbench exec build/ports/capos/busybox -- head -n 1)
equal "a program that stops reading ends as it does" "$out,$?" "y,0"
equal "native: exec passes standard input on" "$(printf 'a\nb\n' | within 100 build/capbench exec --guest native build/ports/linux/busybox -- wc -l)" 2
# A reader without output, and one that gets nothing.
# shellcheck disable=SC2016 # likewise
out=$(printf 'late\n' | within 300 build/capbench exec build/ports/capos/busybox -- sh -c 'exec >&- 2>&-; read a; [ "$a" = late ] && exit 5')
equal "a program that has closed its outputs still reads" "$out,$?" ",5"
out=$(within 300 build/capbench exec build/ports/capos/busybox -- cat <&-)
equal "without a standard input reads end at once" "$out,$?" ",0"

# Names in /bin, and scripts: as the other guest has them. (What is refused says which number it is.)
cat >"$work/script" <<'END'
echo same; ls /bin | head -n 5; ls /bin | wc -l; /bin/echo by path; which ls sed; type cat
printf '#!/bin/sh -e\necho "$0 $# $*"; false; echo not here\n' >s; chmod +x s; ./s a "b c"; echo $?
printf '#! ./s  x y \necho\n' >t; chmod +x t; PATH=. t z; echo $?
printf '#!/bin/nothing\n' >u; chmod +x u; ./u; echo $?
printf '#!./v\n' >v; chmod +x v; ./v || echo refused
find /bin -name sh -exec {} -c 'echo found $0' {} \;
exit 3
END
shell --guest both <"$work/script" >"$work/out"
equal "both: alike, the exit code is that of capOS; programs by their names in /bin, and scripts" "$?,$(grep -c '^== ' "$work/out"),$(tail -n 1 "$work/out")" "3,3,none"
out=$(printf 'echo one; [ -e /proc/self ] && echo two; echo three; exit 3\n' | shell --guest both)
equal "both: a line that one alone prints is told, and the exit code is 1" "$?,$(sed -n '/^== differences/,$p' <<<"$out" | tail -n +2)" \
    "1,standard output, line 2, only Linux: two"

# Ctrl-C while it runs.
mkfifo "$work/in"
build/capbench shell <"$work/in" >"$work/out" 2>&1 &
pid=$!
exec 8>"$work/in"
echo 'echo started; sleep 100' >&8
for _ in $(seq 600); do
    if grep -q started "$work/out"; then break; fi
    sleep 0.1
done
kill -INT $pid
wait $pid
equal "an interrupt ends it with 130" "$?,$(head -n 1 "$work/out")" "130,started"
exec 8>&-
equal "no emulator is left" "$(emulators)" 0

refused() {
    local what=$1 want=$2
    shift 2
    shell "$@" </dev/null >"$work/out"
    equal "refused: $what" "$?,$(grep -c "$want" "$work/err")" "2,1"
}
refused "an unknown guest" "capos, linux or both" --guest native
refused "an unknown kind" "unknown kind" --grant x=teleport
refused "an argument without --" "stands after --" ls
refused "--out with both" "for one guest" --guest both --out "$work/o"
refused "a number out of range" "from 32 to 65536" --memory 1
equal "--help tells the exit codes" "$(shell --help | grep -c '^Exit:')" 1
out=$(printf 'ls /data; echo text >/data/new\n' | shell --grant shell --grant "data=directory:$work/gift" --out "$work/back")
equal "a folder that is not there is refused" "$?" 2
mkdir "$work/gift" && : >"$work/gift/present"
out=$(printf 'ls /data; echo text >/data/new\n' | shell --grant shell --grant "data=directory:$work/gift" --out "$work/back")
equal "a granted folder, and what was left in it" "$out,$(cat "$work/back/data/new")" "present,text"
finish
