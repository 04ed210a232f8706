/* SPDX-License-Identifier: MIT */
/*
 * The emulator's command line, made from the flags file (qemu.flags).
 * Invariant: every word comes from the file; code only picks sections and fills in the placeholders.
 */
#ifndef ENGINE_QEMU_H
#define ENGINE_QEMU_H

#include <stddef.h>
#include <stdint.h>
#include "guest.h"

/*
 * Descriptors of the emulator process; everything else is closed there. The bench channel is its standard
 * input (a pipe, to the guest) and output (a regular file, from the guest): its one character device that
 * takes two different descriptors.
 */
enum qemu_fd {
    QEMU_FD_INPUT,
    QEMU_FD_BENCH,
    QEMU_FD_TERMINAL = 3, /* from here on the flags file names them; there only for a guest with a keyboard */
    QEMU_FD_CONSOLE,
    QEMU_FD_SERIAL,
    QEMU_FD_QMP,
    QEMU_FD_END
};

/* A placeholder without its @ signs, and its value. */
struct qemu_var {
    const char *name, *value;
};

/*
 * Reads the flags text and makes a NULL-terminated argv (qemu_argv_free) with argv[0] = `program`, from the
 * named sections in the order given (NULL-terminated list). 0; -EINVAL with a line in `why` for a section
 * that is missing, a word before the first section, an unknown or unfinished placeholder.
 */
int qemu_argv_make(const char *flags, const char *program, const char *const *sections,
                   const struct qemu_var *vars, size_t nvars, char ***argv, char *why, size_t whylen);
void qemu_argv_free(char **argv);

/* The command line of a job for the image at `image`. 0, or a negative errno with a line in `why`. */
int qemu_argv_job(const struct guest_job *job, const char *image, char ***argv, char *why, size_t whylen);
/* The command line of the KVM probe. */
int qemu_argv_probe(char ***argv, char *why, size_t whylen);

/* The emulator: $CAPBENCH_QEMU, else qemu-system-x86_64 (looked for in PATH). */
const char *qemu_program(void);

/* argv as one shell-quoted line with a newline; caller frees. */
char *qemu_argv_text(char *const *argv);

/* The host's TSC rate in kHz, measured once against CLOCK_MONOTONIC_RAW (a tenth of a second, a few ppm). */
uint64_t qemu_tsc_khz(void);

#endif
