/* SPDX-License-Identifier: MIT */
/*
 * The seam between a C library and capabilities: Linux call numbers come in, capability calls go out, inside
 * the process. Invariant: nothing here uses thread-local storage, errno or a libc (it may run before any of
 * them exists); results are Linux's: >= 0, or a negative errno. calls.def lists every call number and what
 * becomes of it.
 */
#ifndef POSIX_POSIX_H
#define POSIX_POSIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/errno.h"

/* The one function below the C library's system-call macros. */
long __capos_syscall(long n, long a1, long a2, long a3, long a4, long a5, long a6);

/* What the dispatcher calls: the six arguments. One function per served row of calls.def. */
typedef long posix_call(const long *a);
#define POSIX_SERVED(nr, name, status, note) posix_call posix_##name;
#define POSIX_REFUSED(nr, name, err, note)
#include "posix/calls.def"
#undef POSIX_SERVED
#undef POSIX_REFUSED

/* Capabilities this process was given, by interface; 0-initialised, `have_` tells. Filled by start.c. */
struct posix_caps {
    bool have_vm, have_timer, have_wall_clock, have_entropy, have_thread_control, have_spawner, have_ext,
        have_system_info, have_console, have_file_spawner;
    uint32_t vm, timer, wall_clock, entropy, thread_control, spawner, ext, system_info, console, file_spawner;
};
extern struct posix_caps posix_caps;

/* ticks_now: monotonic nanoseconds. 0, -EINVAL when there is no Timer. ticks_ask: the next one is the Timer's
 * own reading (after a sleep, whose end it must not precede). */
int ticks_now(uint64_t *ns);
void ticks_ask(void);
/* ticks_start: notes when the program began. ticks_run: nanoseconds since then; as ticks_now. ticks_raw: the
 * processor's counter, which is no time. */
void ticks_start(void);
int ticks_run(uint64_t *ns);
uint64_t ticks_raw(void);
/* posix_now: the same, 0 when there is no Timer. */
uint64_t posix_now(void);

/* posix_signal_self: delivers `sig` to this process as kill would: 0, or it does not come back. */
long posix_signal_self(int sig);

/* posix_interrupt: delivers SIGINT for a ^C at the terminal; a process that it ends says so to its parent.
 * True: a handler ran. */
bool posix_interrupt(void);

/* posix_end: ends the process as _exit does; the low 8 bits of `code` count. posix_end_signal: as the default
 * action of `sig`; posix_end_interrupt: as that of a ^C. Within vfork all end the child's part only. */
_Noreturn void posix_end(int code);
_Noreturn void posix_end_signal(int sig);
_Noreturn void posix_end_interrupt(void);

/* The numbers this process and its parent go by among POSIX programs; posix_identity sets them at the start.
 * posix_tid: the thread's, which is the process's own even within vfork. posix_new_pid: one for a child. */
long posix_pid(void);
long posix_ppid(void);
long posix_tid(void);
void posix_identity(uint32_t pid, uint32_t ppid);
uint32_t posix_new_pid(void);

/* Small text helpers: a length, and a bounded copy that always ends in NUL (false: it was cut). */
size_t posix_strlen(const char *s);
bool posix_strcpy(char *dst, const char *src, size_t n);
bool posix_memeq(const void *a, const void *b, size_t n);
bool posix_same(const char *a, const char *b);

#endif
