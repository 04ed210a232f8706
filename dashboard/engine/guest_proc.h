/* SPDX-License-Identifier: MIT */
/*
 * The child process that is a guest: the emulator, or the native agent.
 * Invariant: it dies with us (parent-death signal), is its own process group (a terminal's Ctrl-C reaches
 * only us), can gain no privileges, and holds no descriptor but those given.
 */
#ifndef ENGINE_GUEST_PROC_H
#define ENGINE_GUEST_PROC_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define GUEST_PROC_FDS 8

struct guest_proc_spec {
    char *const *argv;      /* argv[0] is looked for in PATH when it has no slash */
    const char *cwd;        /* NULL: ours */
    int fd[GUEST_PROC_FDS]; /* becomes descriptor 3 + index in the child; -1: none there */
    size_t nfds;
    int in_fd;               /* its standard input; -1: reads end at once */
    int out_fd;              /* its standard output; -1: as log_fd */
    int log_fd;              /* its standard error */
    const sigset_t *sigmask; /* the child's signal mask; NULL: ours */
};

struct guest_proc {
    pid_t pid;
    int pidfd; /* readable when it has ended */
};

/*
 * Starts the child and waits until it runs its program. 0, or a negative errno: that of exec (-ENOENT: no
 * such program), or of a fork that failed. The environment is PATH, HOME=/ and LC_ALL=C.
 */
int guest_proc_start(const struct guest_proc_spec *spec, struct guest_proc *p);
/* Kills the whole process group. */
void guest_proc_kill(const struct guest_proc *p);
/* Stops the child where it is, and lets it go on. */
void guest_proc_pause(const struct guest_proc *p, bool on);
/* Waits for its end and closes pidfd: the exit status, or 128 + signal. */
int guest_proc_reap(struct guest_proc *p);

/* Last non-empty line of what the child wrote to log_fd, printable and cut; NULL when there is none. Caller
 * frees. */
char *guest_proc_tail(int log_fd);

#endif
