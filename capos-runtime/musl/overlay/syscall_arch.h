/* SPDX-License-Identifier: MIT */
/*
 * Takes the place of the C library's own syscall_arch.h: each system-call macro becomes a call of the seam.
 * Invariant: no `syscall` instruction comes from here, and no VDSO is looked for. Found first because its
 * folder is the first -I.
 */
#define __SYSCALL_LL_E(x) (x)
#define __SYSCALL_LL_O(x) (x)

__attribute__((__visibility__("default"))) long __capos_syscall(long n, long a1, long a2, long a3, long a4,
                                                                long a5, long a6);

static inline long __syscall0(long n)
{
    return __capos_syscall(n, 0, 0, 0, 0, 0, 0);
}

static inline long __syscall1(long n, long a)
{
    return __capos_syscall(n, a, 0, 0, 0, 0, 0);
}

static inline long __syscall2(long n, long a, long b)
{
    return __capos_syscall(n, a, b, 0, 0, 0, 0);
}

static inline long __syscall3(long n, long a, long b, long c)
{
    return __capos_syscall(n, a, b, c, 0, 0, 0);
}

static inline long __syscall4(long n, long a, long b, long c, long d)
{
    return __capos_syscall(n, a, b, c, d, 0, 0);
}

static inline long __syscall5(long n, long a, long b, long c, long d, long e)
{
    return __capos_syscall(n, a, b, c, d, e, 0);
}

static inline long __syscall6(long n, long a, long b, long c, long d, long e, long f)
{
    return __capos_syscall(n, a, b, c, d, e, f);
}

#define IPC_64 0
