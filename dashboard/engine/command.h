/* SPDX-License-Identifier: MIT */
/*
 * The subcommands of capbench and what they share.
 * Invariant: a subcommand returns an exit code of the table below and leaves no guest running.
 */
#ifndef ENGINE_COMMAND_H
#define ENGINE_COMMAND_H

#include "guest.h"

#define CAPBENCH_VERSION "0.1"

enum exit_code {
    EXIT_FINE = 0,
    EXIT_CHECK = 1,         /* a verifier failed, or figures do not reproduce */
    EXIT_USAGE = 2,         /* usage, bad definition, or not built yet */
    EXIT_HARNESS = 3,       /* the harness or a guest failed */
    EXIT_EXEC_FAILED = 125, /* exec: harness or guest failed */
    EXIT_NOT_RUNNABLE = 126,
    EXIT_NOT_FOUND = 127,
    EXIT_INTERRUPTED = 130
};

/* Each takes the arguments after the program's name, argv[0] being the subcommand. */
int command_run(int argc, char **argv);
int command_exec(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_list(int argc, char **argv);
int command_reference(int argc, char **argv);
/* The shells; in dashboard/ui too, since two of them make a screen. */
int command_shell(int argc, char **argv);
/* The dashboard; its code is in dashboard/ui, which the engine knows by this line alone. */
int command_dash(int argc, char **argv);

/* "auto", "kvm", "tcg", "icount"; 0, or -EINVAL. */
int command_accel(const char *text, enum guest_accel *out);

/* Prints "capbench COMMAND: …" and a hint at --help on standard error; returns EXIT_USAGE. */
int command_usage_error(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A decimal number within [low, high]; 0, or -EINVAL. */
int command_number(const char *text, unsigned long long low, unsigned long long high,
                   unsigned long long *out);

#endif
