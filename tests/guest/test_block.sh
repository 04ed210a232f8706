#!/bin/sh
# SPDX-License-Identifier: MIT
# The disk: written by a capOS guest, read by another that may not write it, seen by the Linux guest; what is on it
# afterwards is looked at here. Invariant: a program that ends early or says nothing is a failure.
set -u
dir=build/tests/guest
image=$dir/block.img
count=0
failed=0

# report OK NAME [DETAIL]
report() {
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        failed=1
        [ $# -lt 3 ] || printf '%s\n' "$3" | sed 's/^/# /'
    fi
}

# passes NAME CHECKS OPTION... ELF: the program's own TAP must be whole and good.
passes() {
    name=$1
    checks=$2
    shift 2
    out=$(timeout 120 build/capbench exec --timeout 60 "$@" 2>&1 </dev/null)
    code=$?
    good=$(printf '%s\n' "$out" | grep -c '^ok ')
    [ "$code" -eq 0 ] && [ "$good" -eq "$checks" ] && printf '%s\n' "$out" | tr -d '\r' | grep -qx "1..$checks"
    report $? "$name" "exit code $code
$out"
}

# refused NAME OPTION...: a usage error that boots nothing.
refused() {
    name=$1
    shift
    out=$(build/capbench exec "$@" "$dir/block" 2>&1 </dev/null)
    [ $? -eq 2 ]
    report $? "$name" "$out"
}

hash() {
    sha256sum "$image" | cut -d ' ' -f 1
}

rm -f "$image"
truncate -s 1M "$image"
passes 'a disk that can be written' 13 --disk "$image" --grant console --grant disk=block_device "$dir/block"
written=$(od -A d -v -t x1 "$image" | awk '$2 != "" { for (i = 2; i <= 17; i++) if ($i != "00") used[int($1 / 512)] = 1 }
    END { n = 0; for (b in used) n++; print n, used[0], used[5], used[8], used[134], used[2047] }')
[ "$written" = '130 1 1 1 1 1' ]
report $? 'exactly the blocks that were written hold something' "$written"
before=$(hash)
passes 'a disk that is read-only' 8 --disk "$image:ro" --grant console --grant disk=block_device "$dir/block"
[ "$before" = "$(hash)" ]
report $? 'a read-only disk is unchanged'
passes 'repeatable counting of instructions' 8 --accel icount --disk "$image:ro" --grant console --grant disk=block_device "$dir/block"
passes 'the same disk under Linux' 3 --guest linux --disk "$image" "$dir/disk_linux"
[ "$before" != "$(hash)" ]
report $? 'what Linux wrote is on it'
refused 'the grant without a disk' --grant disk=block_device
refused 'a disk that is not there' --disk "$dir/none.img"
head -c 1000 /dev/zero >"$dir/odd.img"
refused 'a size that is no number of blocks' --disk "$dir/odd.img"
refused 'a folder' --disk "$dir"
truncate -s 1M "$dir/a,b.img"
refused 'a name that would be read as options' --disk "$dir/a,b.img"
refused 'two disks' --disk "$image" --disk "$image"
refused 'a fault without a disk' --disk-fault read:1:EIO
refused 'a fault of no kind' --disk "$image" --disk-fault read:0:EIO
refused 'a disk for the host itself' --guest native --disk "$image"
rm -f "$image" "$dir/odd.img" "$dir/a,b.img"
echo "1..$count"
exit "$failed"
