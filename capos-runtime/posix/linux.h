/* SPDX-License-Identifier: MIT */
/*
 * The Linux x86-64 numbers and structs that a C library passes through its system-call macros.
 * Invariant: facts of that ABI only; every name begins with LX_ or lx_, so host headers may be included
 * beside it. Source: the Linux user-space ABI.
 */
#ifndef POSIX_LINUX_H
#define POSIX_LINUX_H

#include <stdint.h>

#define LX_O_ACCMODE   03
#define LX_O_RDONLY    00
#define LX_O_WRONLY    01
#define LX_O_RDWR      02
#define LX_O_CREAT     0100
#define LX_O_EXCL      0200
#define LX_O_TRUNC     01000
#define LX_O_APPEND    02000
#define LX_O_NONBLOCK  04000
#define LX_O_DIRECTORY 0200000
#define LX_O_NOFOLLOW  0400000
#define LX_O_CLOEXEC   02000000
#define LX_O_PATH      010000000
#define LX_O_TMPFILE   020200000

#define LX_AT_FDCWD            (-100)
#define LX_AT_SYMLINK_NOFOLLOW 0x100
#define LX_AT_REMOVEDIR        0x200
#define LX_AT_EMPTY_PATH       0x1000

#define LX_S_IFIFO 0010000
#define LX_S_IFCHR 0020000
#define LX_S_IFDIR 0040000
#define LX_S_IFREG 0100000

#define LX_R_OK 4
#define LX_W_OK 2
#define LX_X_OK 1

#define LX_SEEK_SET 0
#define LX_SEEK_CUR 1
#define LX_SEEK_END 2

#define LX_F_DUPFD         0
#define LX_F_GETFD         1
#define LX_F_SETFD         2
#define LX_F_GETFL         3
#define LX_F_SETFL         4
#define LX_F_GETLK         5
#define LX_F_SETLK         6
#define LX_F_SETLKW        7
#define LX_F_DUPFD_CLOEXEC 1030
#define LX_F_UNLCK         2

#define LX_TIOCGWINSZ 0x5413
#define LX_TCGETS     0x5401
#define LX_TCSETSF    0x5404 /* from LX_TCGETS + 1 on */
#define LX_TCGETS     0x5401
#define LX_FIONREAD   0x541b
#define LX_FIONBIO    0x5421

#define LX_POLLIN   0x001
#define LX_POLLOUT  0x004
#define LX_POLLERR  0x008
#define LX_POLLHUP  0x010
#define LX_POLLNVAL 0x020

#define LX_PROT_NONE  0
#define LX_PROT_READ  1
#define LX_PROT_WRITE 2
#define LX_PROT_EXEC  4

#define LX_MAP_SHARED          0x01
#define LX_MAP_PRIVATE         0x02
#define LX_MAP_SHARED_VALIDATE 0x03
#define LX_MAP_TYPE            0x0f
#define LX_MAP_FIXED           0x10
#define LX_MAP_ANONYMOUS       0x20
#define LX_MAP_FIXED_NOREPLACE 0x100000

#define LX_MREMAP_MAYMOVE 1
#define LX_MREMAP_FIXED   2

#define LX_MADV_NORMAL     0
#define LX_MADV_DONTNEED   4
#define LX_MADV_FREE       8
#define LX_MADV_REMOVE     9
#define LX_MADV_POPULATE_W 23

#define LX_CLOCK_REALTIME         0
#define LX_CLOCK_MONOTONIC        1
#define LX_CLOCK_PROCESS_CPUTIME  2
#define LX_CLOCK_THREAD_CPUTIME   3
#define LX_CLOCK_MONOTONIC_RAW    4
#define LX_CLOCK_REALTIME_COARSE  5
#define LX_CLOCK_MONOTONIC_COARSE 6
#define LX_CLOCK_BOOTTIME         7
#define LX_TIMER_ABSTIME          1

#define LX_ARCH_SET_FS 0x1002
#define LX_ARCH_GET_FS 0x1003

#define LX_FUTEX_WAIT     0
#define LX_FUTEX_WAKE     1
#define LX_FUTEX_REQUEUE  3
#define LX_FUTEX_PRIVATE  128
#define LX_FUTEX_REALTIME 256

#define LX_SIGABRT      6
#define LX_SIGKILL      9
#define LX_SIGINT       2
#define LX_SIGPIPE      13
#define LX_SIGCHLD      17
#define LX_SIGCONT      18
#define LX_SIGSTOP      19
#define LX_SIGTSTP      20
#define LX_SIGTTIN      21
#define LX_SIGTTOU      22
#define LX_SIGURG       23
#define LX_SIGWINCH     28
#define LX_NSIG         64
#define LX_SIG_DFL      0
#define LX_SIG_IGN      1
#define LX_SA_RESTART   0x10000000u
#define LX_SA_NODEFER   0x40000000u
#define LX_SA_RESETHAND 0x80000000u
#define LX_SIG_BLOCK    0
#define LX_SIG_UNBLOCK  1
#define LX_SIG_SETMASK  2

#define LX_RLIMIT_STACK  3
#define LX_RLIMIT_NOFILE 7
#define LX_RLIMIT_AS     9
#define LX_RLIMITS       16

#define LX_WNOHANG    1
#define LX_WUNTRACED  2
#define LX_WCONTINUED 8
#define LX_WALL       0x40000000

/* Auxiliary vector. */
#define LX_AT_NULL   0
#define LX_AT_PHDR   3
#define LX_AT_PHENT  4
#define LX_AT_PHNUM  5
#define LX_AT_PAGESZ 6
#define LX_AT_UID    11
#define LX_AT_EUID   12
#define LX_AT_GID    13
#define LX_AT_EGID   14
#define LX_AT_SECURE 23
#define LX_AT_RANDOM 25

#define LX_DT_DIR 4
#define LX_DT_REG 8

struct lx_timespec {
    int64_t sec, nsec;
};
struct lx_timeval {
    int64_t sec, usec;
};
struct lx_iovec {
    void *base;
    uint64_t len;
};
struct lx_stat {
    uint64_t dev, ino, nlink;
    uint32_t mode, uid, gid, pad;
    uint64_t rdev;
    int64_t size, blksize, blocks;
    struct lx_timespec atim, mtim, ctim;
    int64_t unused[3];
};
struct lx_statfs {
    int64_t type, bsize;
    uint64_t blocks, bfree, bavail, files, ffree;
    int32_t fsid[2];
    int64_t namelen, frsize, flags, spare[4];
};
struct lx_dirent {
    uint64_t ino;
    int64_t off;
    uint16_t reclen;
    uint8_t type;
    char name[];
} __attribute__((packed));
struct lx_pollfd {
    int32_t fd;
    int16_t events, revents;
};
struct lx_flock {
    int16_t type, whence;
    int64_t start, len;
    int32_t pid;
};
enum { /* of a termios */
       LX_ICRNL = 0x100,
       LX_OPOST = 1,
       LX_ONLCR = 4,
       LX_CS8 = 0x30,
       LX_CREAD = 0x80,
       LX_B38400 = 15,
       LX_ISIG = 1,
       LX_ICANON = 2,
       LX_ECHO = 8,
       LX_ECHOE = 16,
       LX_ECHOK = 32,
       LX_ECHOCTL = 0x200,
       LX_VINTR = 0,
       LX_VERASE = 2,
       LX_VKILL = 3,
       LX_VEOF = 4,
       LX_VMIN = 6,
       LX_VWERASE = 14,
};
struct lx_termios {
    uint32_t iflag, oflag, cflag, lflag;
    uint8_t line, cc[19];
};
struct lx_winsize {
    uint16_t row, col, xpixel, ypixel;
};
struct lx_utsname {
    char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65];
};
struct lx_sysinfo {
    uint64_t uptime, loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
    uint16_t procs, pad;
    uint64_t totalhigh, freehigh;
    uint32_t mem_unit;
};
struct lx_rlimit {
    uint64_t cur, max;
};
struct lx_ehdr { /* the ELF header, as far as it is needed */
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum;
};
struct lx_sigaction {
    void (*handler)(int);
    uint64_t flags;
    void (*restorer)(void);
    uint64_t mask;
};

_Static_assert(sizeof(struct lx_stat) == 144 && sizeof(struct lx_dirent) == 19, "stat, dirent");
_Static_assert(sizeof(struct lx_statfs) == 120 && sizeof(struct lx_flock) == 32, "statfs, flock");
_Static_assert(sizeof(struct lx_sysinfo) == 112 && sizeof(struct lx_sigaction) == 32, "sysinfo, sigaction");

#endif
