/* SPDX-License-Identifier: MIT */
/*
 * The engine as a separate process: a run in its own session with its output in a log file, and a
 * verification. Invariant: nothing that happens to this process reaches the run but the signal runner_cancel
 * sends it.
 */
#ifndef UI_RUNNER_H
#define UI_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct runner {
    pid_t pid;  /* 0: none was started, or it has ended */
    int status; /* exit code once it has ended (128 + signal) */
    bool ended;
    char *log_path; /* of a run */
    int out_fd;     /* of a verification: where its output goes; 0: none */
};

/*
 * Starts `capbench run ARGS... --out DIR` (DIR is made) with DIR/runner.log as its output. 0 or a negative
 * errno.
 */
int runner_start(struct runner *r, char *const *args, size_t nargs, const char *dir);
/* Starts `capbench verify DIR`. 0 or a negative errno. */
int runner_verify(struct runner *r, const char *dir);
/* Has it ended? Collects its status; true exactly once for each start. */
bool runner_ended(struct runner *r);
/* Asks a run to stop: it keeps what is finished and ends its guest. */
void runner_cancel(struct runner *r);
/* Waits until it has ended. */
void runner_wait(struct runner *r);
/* Last line of its output (run: of its log); caller frees. "" when there is none. */
char *runner_last_line(struct runner *r);
/* Frees texts; does not touch the process. */
void runner_free(struct runner *r);
/* A fresh name results/<UTC time>-<random> (caller frees). */
char *runner_new_dir(void);

#endif
