/* SPDX-License-Identifier: MIT */
/*
 * Reading the capOS kernel's serial lines (workloads/PROTOCOL.md): who was started with which capabilities
 * and which of them were used. Invariant: safe on any bytes; a line that is not understood is skipped, an
 * overlong one is dropped and counted.
 */
#ifndef ENGINE_SERIAL_H
#define ENGINE_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERIAL_LINE_MAX     16384u
#define SERIAL_CAPS_MAX     256u
#define SERIAL_PROCS_MAX    65536u
#define SERIAL_REFUSALS_MAX 65536u

struct serial_cap {
    char name[64], interface[64];
    char mode[16];  /* from the spawn line: ro, rw, all, any, restricted; "" when the kernel says nothing */
    uint64_t calls; /* from the exit line */
};

struct serial_process {
    unsigned pid, parent;
    char name[64];
    struct serial_cap *granted; /* from the spawn line */
    size_t ngranted;
    bool exited;
    int64_t code;
    char why[32];
    uint64_t peak_frames, calls;
    uint64_t refused;        /* calls the kernel refused for want of authority, from the exit line */
    struct serial_cap *used; /* from the exit line */
    size_t nused;
};

/* A `refused` line: the kernel shows the first of each process. */
struct serial_refusal {
    unsigned pid;
    char cap[64], method[64], why[32]; /* cap "-": none was held */
};

struct serial_log {
    struct serial_process *proc; /* in the order they were spawned */
    size_t nproc;
    struct serial_refusal *refusal;
    size_t nrefusals;
    uint64_t init_ns; /* guest clock at the first process's first instruction; 0: not seen */
    bool panic;       /* a PANIC line was seen */
    char panic_line[256];
    char fault_line[256]; /* the last fault line */
    uint64_t tsc_khz;
    uint64_t frames_start, frames_end; /* free frames; 0: not seen */
    char kernel[128];                  /* what the kernel line says after "kernel " */
    uint64_t dropped;                  /* overlong lines */
    char line[SERIAL_LINE_MAX];        /* the line being read */
    size_t len;
    bool overlong;
};

/* Zero-initialise a struct serial_log, feed it bytes as they come, free it with serial_free. */
void serial_feed(struct serial_log *log, const void *bytes, size_t n);
void serial_free(struct serial_log *log);
/* Process by pid, the latest one of that pid; NULL when there is none. */
const struct serial_process *serial_process(const struct serial_log *log, unsigned pid);

#endif
