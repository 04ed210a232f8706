/* SPDX-License-Identifier: MIT */
/*
 * One program in one guest.
 * Invariant: what the program writes goes to our own standard streams as it comes; the temporary folder is
 * gone at the end unless the harness failed (then its name is printed).
 */
#ifndef ENGINE_EXEC_H
#define ENGINE_EXEC_H

#include "grants.h"

/* A further program in the guest's /bin. */
struct exec_bin {
    char *host, *name; /* owned */
};

struct exec_request {
    const char *who; /* whose messages these are: "exec", "shell" */
    enum guest_kind guest;
    enum guest_accel accel;               /* resolved */
    unsigned memory_mib, timeout_seconds; /* 0 seconds: no limit but the user */
    const char *elf;                      /* on the host, already checked */
    const char *argv0;                    /* the program's own name for itself; NULL: the file's name */
    char *const *env;                     /* NAME=VALUE, NULL-terminated; NULL: none */
    const char *cwd;                      /* NULL: /scratch, or with `bare` none */
    int input; /* descriptor whose bytes it reads: its standard input, or with rows what a user types; -1:
                  none */
    unsigned rows, columns; /* its streams are the guest's terminal, of that size; 0: they are not */
    char *const *args;
    size_t nargs;
    struct exec_bin *bins; /* beside the program itself */
    size_t nbins;
    char **names; /* further names of the program in the guest's /bin */
    size_t nnames;
    bool bare; /* exactly the grants: no startup block, no standard streams */
    const struct grants *grants;
    const struct disk *disk;   /* NULL: none */
    const char *kernel_option; /* a word more for the capOS kernel's command line; NULL: none */
    const char *serial;        /* the kernel's messages are copied to this file at the end; NULL: nowhere */
    const char *out;           /* what is left in granted directories goes below it; NULL: nowhere */
    void (*sink)(void *ctx, int stream, const void *bytes,
                 size_t n); /* where its output goes (1 or 2) as it comes; NULL:
                               to our own standard streams */
    void *sink_ctx;
};

/* Makes the folder `out`, if there is to be one: 0, or the exit code after one line on stderr. What is in it
 * already is never overwritten: it must be new or empty. */
int exec_out_make(const struct exec_request *q);
/* Runs it; returns the exit code `capbench exec` ends with. */
int exec_run(const struct exec_request *q);
/* Exit code for a program that ended so: its own & 255, 128 + signal for faults, 137 killed, 125/126/127 not
 * started. */
int exec_code(enum guest_kind guest, unsigned kind, long long code);
/* POSIX signal number that stands for an x86 exception vector. */
int exec_vector_signal(long long vector);

#endif
