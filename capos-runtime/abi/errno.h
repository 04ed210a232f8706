/* SPDX-License-Identifier: MIT */
/*
 * errno numbers for code that has no libc. Functions give them back negated (-EINVAL).
 * Invariant: names and spellings equal those of <errno.h> on Linux (musl and glibc), so a file may include
 * both, in any order: C allows a macro to be defined twice with the same text. Only numbers are here; the
 * variable errno is not. Source: the generic Linux numbering.
 */
#ifndef ABI_ERRNO_H
#define ABI_ERRNO_H

#define EPERM        1
#define ENOENT       2
#define ESRCH        3
#define EINTR        4
#define EIO          5
#define ENXIO        6
#define E2BIG        7
#define ENOEXEC      8
#define EBADF        9
#define ECHILD       10
#define EAGAIN       11
#define ENOMEM       12
#define EACCES       13
#define EFAULT       14
#define EBUSY        16
#define EEXIST       17
#define EXDEV        18
#define ENODEV       19
#define ENOTDIR      20
#define EISDIR       21
#define EINVAL       22
#define ENFILE       23
#define EMFILE       24
#define ENOTTY       25
#define EFBIG        27
#define ENOSPC       28
#define ESPIPE       29
#define EROFS        30
#define EMLINK       31
#define EPIPE        32
#define EDOM         33
#define ERANGE       34
#define EDEADLK      35
#define ENAMETOOLONG 36
#define ENOLCK       37
#define ENOSYS       38
#define ENOTEMPTY    39
#define ELOOP        40
#define EPROTO       71
#define EBADMSG      74
#define EOVERFLOW    75
#define EILSEQ       84
#define EMSGSIZE     90
#define EOPNOTSUPP   95
#define ENOBUFS      105
#define ETIMEDOUT    110
#define EALREADY     114
#define ESTALE       116
#define EUCLEAN      117
#define EDQUOT       122
#define ECANCELED    125

#endif
