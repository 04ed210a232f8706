/* SPDX-License-Identifier: MIT */
/*
 * Starting a program with exactly the authority it is given. One header, one implementation per guest:
 * launch_linux.c here, capos-runtime/posix/launch.c over ProcessSpawner. Invariant: a program gets the
 * descriptors and grants named in its spec and nothing else (on Linux, grants cannot be withheld: its
 * authority is ambient, and results say so).
 */
#ifndef AGENT_LAUNCH_H
#define AGENT_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct launch_grant {
    const char *name; /* in the child's CapSet */
    const char *kind; /* upstream's manifest source name: "timer", "directory", … */
    const char
        *path; /* for a directory: where it is, in the parent and in the child; NULL: a fresh one at /NAME */
    bool read_only;
    const char
        *only; /* for a process_spawner: the programs of /bin it may start, comma-separated; NULL: all */
};

struct launch_spec {
    const char *path;  /* of the executable: /bin/zstd */
    const char *name;  /* for people and logs; at most 63 bytes */
    char *const *argv; /* NULL-terminated, argv[0] included */
    char *const *envp; /* NULL-terminated */
    const char *cwd;   /* absolute */
    int stdio[3];      /* the caller's descriptors for 0, 1, 2; -1: reads end at once, writes vanish */
    bool bare;         /* no startup block and no stdio grants: exactly the named grants */
    bool terminal;     /* the three streams are the program console, of that size; stdio is not looked at */
    bool fixed_size;   /* nobody will change that size: launch_resize is not to be expected */
    uint32_t rows, columns;
    const struct launch_grant *grants;
    size_t ngrants;
};

struct launch_status {
    int kind;     /* enum bench_exit_kind of abi/bench.h */
    int64_t code; /* exit code; signal (Linux) or vector (capOS) of a fault; negative errno: spawn failed */
    uint64_t max_rss_kib;        /* largest resident size; 0: not known here */
    uint64_t user_us, system_us; /* processor time; 0: not known here */
};

/*
 * Starts the program. 0 and *handle (ended by launch_wait), or a negative errno: -ENOENT no such file,
 * -ENOEXEC not an executable, -EINVAL a grant of unknown kind, -ENOMEM, -EAGAIN limits. The caller closes its
 * own copies of the stdio descriptors.
 */
int launch_spawn(const struct launch_spec *spec, int64_t *handle);
/* What the system said when the last launch_spawn failed, beyond the errno; "" if it said nothing. */
const char *launch_why(void);

/*
 * Waits until the program has ended, at most timeout_ns nanoseconds (UINT64_MAX: for ever). 0 with *status
 * and the handle gone; -ETIMEDOUT, the handle still good; -ECHILD no such handle.
 */
int launch_wait(int64_t handle, uint64_t timeout_ns, struct launch_status *status);

/*
 * The same, and -EAGAIN, the handle still good, as soon as descriptor fd (-1: none) is readable or at its
 * end.
 */
int launch_wait_or(int64_t handle, int fd, uint64_t timeout_ns, struct launch_status *status);

/* The terminal of the program that has one has this size now. 0 or a negative errno. */
int launch_resize(uint32_t rows, uint32_t columns);

/* Ends the program now; launch_wait then reports BENCH_KILLED. 0, or -ECHILD. */
int launch_terminate(int64_t handle);

/* Before the plan: Linux mounts, loads modules and finds its consoles when it runs as the first process. 0 or
 * a negative errno. */
int guest_prepare(void);

/*
 * In a native run: makes `root` the root directory of this process and its children, with the host's devices
 * and libraries in it. 0, or a negative errno (then nothing is left of it but empty folders in `root`).
 */
int guest_confine(const char *root);

/*
 * Before the first step: /work is there, in RAM or (`store`) on the disk. 0, or a negative errno with a line
 * in `why`.
 */
int guest_work_begin(bool store, char *why, size_t n);

/* After the last step: what is in /work on the disk is there to stay, and the disk is left clean. 0, or a
 * negative errno with a line in `why`. */
int guest_work_end(bool store, char *why, size_t n);

/* Opens the bench channel for reading and writing: a descriptor, or a negative errno. */
int guest_bench_channel(void);

/* "capos" or "linux". */
const char *guest_name(void);

/* Ends the guest (as the first process), 0 = the plan was carried out; elsewhere ends the process with that
 * status. */
void guest_shutdown(int status) __attribute__((noreturn));

#endif
