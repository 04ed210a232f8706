#!/bin/bash
# SPDX-License-Identifier: MIT
# The disk: written by a capOS guest, read by another that may not write it, seen by the Linux guest; what is on it
# afterwards is looked at here. Invariant: a program that ends early or says nothing is a failure.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
dir=build/tests/guest
image=$work/block.img

# passes NAME CHECKS OPTION... ELF: the program's own TAP must be whole and good.
passes() {
    local name=$1 checks=$2
    shift 2
    within 120 build/capbench exec --timeout 60 "$@" >"$work/log" 2>&1 </dev/null && all_ok "$checks"
    check "$name"
}

# refused NAME OPTION...: a usage error that boots nothing.
refused() {
    local name=$1
    shift
    gives 2 '' build/capbench exec "$@" "$dir/block"
    check "$name"
}

hash() {
    sha256sum "$image" | cut -d ' ' -f 1
}

truncate -s 1M "$image"
passes 'a disk that can be written' 13 --disk "$image" --grant console --grant disk=block_device "$dir/block"
written=$(od -A d -v -t x1 "$image" | awk '$2 != "" { for (i = 2; i <= 17; i++) if ($i != "00") used[int($1 / 512)] = 1 }
    END { n = 0; for (b in used) n++; print n, used[0], used[5], used[8], used[134], used[2047] }')
[ "$written" = '130 1 1 1 1 1' ]
check 'exactly the blocks that were written hold something'
before=$(hash)
passes 'a disk that is read-only' 8 --disk "$image:ro" --grant console --grant disk=block_device "$dir/block"
[ "$before" = "$(hash)" ]
check 'a read-only disk is unchanged'
passes 'repeatable counting of instructions' 8 --accel icount --disk "$image:ro" --grant console --grant disk=block_device "$dir/block"
passes 'the same disk under Linux' 3 --guest linux --disk "$image" "$dir/disk_linux"
[ "$before" != "$(hash)" ]
check 'what Linux wrote is on it'
refused 'the grant without a disk' --grant disk=block_device
refused 'a disk that is not there' --disk "$work/none.img"
head -c 1000 /dev/zero >"$work/odd.img"
refused 'a size that is no number of blocks' --disk "$work/odd.img"
refused 'a folder' --disk "$work"
truncate -s 1M "$work/a,b.img"
refused 'a name that would be read as options' --disk "$work/a,b.img"
refused 'two disks' --disk "$image" --disk "$image"
refused 'a fault without a disk' --disk-fault read:1:EIO
refused 'a fault of no kind' --disk "$image" --disk-fault read:0:EIO
refused 'a disk for the host itself' --guest native --disk "$image"
finish
