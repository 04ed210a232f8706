/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a kernel's serial output.
 * Invariant: feeding at once and in two parts gives the same processes, and every name is a terminated
 * printable text.
 */
#include <string.h>

#include "fuzz.h"
#include "mem.h"
#include "serial.h"

static const char seed_boot[] =
    "capos: init ns=40\ncapos: spawn pid=1 parent=0 name=agent caps=a:Pipe,b:Directory\n"
    "capos: spawn pid=2 parent=1 name=z caps=startup:File\ncapos: exit pid=2 name=z code=-3 why=fault "
    "peak_frames=1 "
    "calls=2 refused=3 caps=startup:File:7\ncapos: refused pid=2 name=z cap=a method=Directory.open "
    "why=read-only\ncapos: spawn pid=3 parent=2 name=y caps=w:Directory:ro,p:ProcessSpawner:any\ncapos: "
    "fault pid=2 name=z vector=14\ncapos: frames free=3 when=end\ncapos: "
    "PANIC: x\n";

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static const struct fuzz_seed all[] = {{seed_boot, sizeof seed_boot - 1}};

    *seeds = all;
    return 1;
}

static void check_caps(const struct serial_cap *c, size_t n)
{
    fuzz_check(n <= SERIAL_CAPS_MAX);
    for (size_t i = 0; i < n; i++) {
        fuzz_check(c[i].name[0] && memchr(c[i].name, '\0', sizeof c[i].name));
        fuzz_check(memchr(c[i].interface, '\0', sizeof c[i].interface));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct serial_log *a = mem_zalloc(sizeof *a), *b = mem_zalloc(sizeof *b);

    serial_feed(a, data, len);
    serial_feed(b, data, len / 3);
    serial_feed(b, data + len / 3, len - len / 3);
    fuzz_check(a->nproc == b->nproc && a->panic == b->panic && a->dropped == b->dropped && a->len == b->len);
    for (size_t i = 0; i < a->nproc; i++) {
        check_caps(a->proc[i].granted, a->proc[i].ngranted);
        check_caps(a->proc[i].used, a->proc[i].nused);
        for (const char *p = a->proc[i].name; *p; p++)
            fuzz_check(*p >= 0x20 && *p <= 0x7e);
    }
    serial_free(a);
    serial_free(b);
    free(a);
    free(b);
    return 0;
}
