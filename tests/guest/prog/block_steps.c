/* SPDX-License-Identifier: MIT */
/*
 * Six rounds of write, flush, read on a disk; each call's result is a line "OP ROUND RESULT", RESULT 0 or a
 * negative errno. Data that is not what the last good write of its block left there shows as "read ROUND
 * wrong". Invariant: it always goes through all rounds and ends with 0; judging the lines is the script's
 * affair.
 */
#include "capos/block.h"
#include "capos/console.h"
#include "capos/start.h"
#include "disk_pattern.h"

#define ROUNDS 6u
#define BYTES  4096u
#define BLOCKS 8u

static uint32_t console;

static void say(const char *op, unsigned round, int result)
{
    char line[64];
    size_t n = 0;

    while (op[n] != '\0') {
        line[n] = op[n];
        n++;
    }
    line[n++] = ' ';
    line[n++] = (char)('0' + round);
    line[n++] = ' ';
    if (result < 0) {
        line[n++] = '-';
        result = -result;
    }
    if (result >= 100)
        line[n++] = (char)('0' + result / 100);
    if (result >= 10)
        line[n++] = (char)('0' + result / 10 % 10);
    line[n++] = (char)('0' + result % 10);
    capos_console_write_line(console, line, n);
}

int64_t capos_main(void)
{
    static uint8_t out[BYTES], in[BYTES];
    uint32_t disk;

    if (capos_grant_by_interface(CAPOS_IFACE_CONSOLE, &console) < 0 ||
        capos_grant_by_name("disk", CAPOS_IFACE_BLOCK_DEVICE, &disk) < 0)
        return 2;
    for (unsigned round = 1; round <= ROUNDS; round++) {
        const uint64_t lba = round * 64;
        pattern_fill(out, BYTES, lba, round);
        const int wrote = capos_block_write(disk, lba, BLOCKS, out, BYTES);
        say("write", round, wrote);
        say("flush", round, capos_block_flush(disk));
        const int got = capos_block_read(disk, lba, BLOCKS, in, BYTES);
        say("read", round, got);
        if (wrote == 0 && got == 0 && !pattern_holds(in, BYTES, lba, round))
            capos_console_write_line(console, "wrong data", 10);
    }
    capos_console_write_line(console, "end", 3);
    return 0;
}
