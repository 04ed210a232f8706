/* SPDX-License-Identifier: MIT */
/*
 * From a call number to its handler. Invariant: the table is calls.def and nothing else; no handler is
 * reached by a number that is not in it.
 */
#include "posix/mail.h"
#include "posix/signal.h"

static const struct {
    posix_call *call;
    int err; /* of a refused call */
} table[] = {
#define POSIX_SERVED(nr, name, status, note) [nr] = {posix_##name, 0},
#define POSIX_REFUSED(nr, name, e, note)     [nr] = {NULL, e},
#include "posix/calls.def"
#undef POSIX_SERVED
#undef POSIX_REFUSED
};

long __capos_syscall(long n, long a1, long a2, long a3, long a4, long a5, long a6)
{
    if (n < 0 || (unsigned long)n >= sizeof table / sizeof table[0])
        return -ENOSYS;
    if (!table[n].call)
        return table[n].err ? -table[n].err : -ENOSYS;
    const long args[6] = {a1, a2, a3, a4, a5, a6};
    long result = table[n].call(args);
    if (__builtin_expect(mail_there(), 0))
        signal_collect();
    return result;
}
