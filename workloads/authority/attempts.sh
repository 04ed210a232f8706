# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Tries what its profile does not grant, as any script would, and says what became of it: sh attempts.sh NAME[:OPERAND]...
#   outside:PATH   read a file outside its directories    create:PATH    make a file there
#   write:DIR      make a file in a read-only directory   console        open the console
#   program:PATH   start a program that is not allowed    process:PID    signal another process (with CONT: harmless)
#   clock, network, forge: what no applet of this shell can ask for; /bin/authority-attempt (attempt.c) does
# One line each on stdout, as authority-attempt: `attempt NAME refused ERRNO` or `attempt NAME granted`. A refusal has the name of an
# error only when the command's exit code and all of its message are those that go with that error; else it is `exit-CODE` or
# `other-text`, and stderr has what was said. Ends with 0 whatever came of them: the engine judges.
# Invariant: an attempt that succeeds leaves nothing behind.

# judge NAME CODE WANTED HEAD SAID: CODE and SAID are what the command ended with, HEAD what its message must begin with.
judge() {
    if [ "$2" = 0 ]; then
        echo "attempt $1 granted"
        return
    fi
    case $5 in
    "$4No such file or directory") error=ENOENT ;;
    "$4Read-only file system") error=EROFS ;;
    "$4Permission denied") error=EACCES ;;
    "$4Operation not permitted") error=EPERM ;;
    "$4No such process") error=ESRCH ;;
    *) error=other-text ;;
    esac
    [ "$2" = "$3" ] || error=exit-$2
    case $error in
    exit-* | other-*) echo "attempts.sh: $1: exit code $2: $5" >&2 ;;
    esac
    echo "attempt $1 refused $error"
}

# make NAME PATH: makes a file, and removes it again.
make() {
    said=$({ echo attempt >"$2"; } 2>&1)
    code=$?
    [ $code != 0 ] || rm -f "$2"
    judge "$1" $code 1 "sh: can't open '$2': " "$said"
}

for attempt; do
    operand=${attempt#*:}
    case $attempt in
    outside:*)
        said=$(cat "$operand" 2>&1 >/dev/null)
        judge outside $? 1 "cat: can't open '$operand': " "$said"
        ;;
    create:*) make create "$operand" ;;
    write:*) make write "$operand/.attempt" ;;
    console)
        said=$({ : >/dev/console; } 2>&1)
        judge console $? 1 "sh: can't open '/dev/console': " "$said"
        ;;
    program:*)
        said=$("$operand" 2>&1 </dev/null)
        code=$?
        case $code in
        126 | 127) ;;
        *) code=0 ;; # it was started, whatever it made of that
        esac
        judge program $code 126 "sh: can't execute '$operand': " "$said"
        ;;
    process:*)
        said=$(kill -CONT "$operand" 2>&1)
        judge process $? 1 "sh: can't kill pid $operand: " "$said"
        ;;
    *) /bin/authority-attempt "$attempt" ;;
    esac
done
exit 0
