/* SPDX-License-Identifier: MIT */
/*
 * The Linux guest around the agent: as the first process it mounts, loads the modules of the run image and
 * finds its consoles; at the end it leaves through the debug-exit port. On the host (`--native`) all of it is
 * skipped.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "abi/bench.h"
#include "confine.h"
#include "launch.h"
#include "tty.h"

#define BENCH_TTY  "/dev/hvc0"
#define NATIVE_FD  3
#define CONSOLE_MS 10000

#define DISK_DEVICE "/dev/vda"
#define DISK_MS     10000

static bool is_guest(void)
{
    return getpid() == 1 && !confined();
}

const char *guest_name(void)
{
    return "linux";
}

/* Messages before the bench channel is open go to the kernel's log, which the serial port shows. */
static void kernel_log(const char *what, const char *on)
{
    int saved = errno;
    int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)dprintf(fd, "<3>agent: %s %s: %s\n", what, on, strerror(saved));
        (void)close(fd);
    }
    errno = saved;
}

static int mount_from(const char *source, const char *type, const char *dir)
{
    if (mkdir(dir, 0755) != 0 && errno != EEXIST)
        return -errno;
    if (mount(source, dir, type, 0, NULL) != 0 && errno != EBUSY) {
        kernel_log("mount", dir);
        return -errno;
    }
    return 0;
}

static int mount_at(const char *type, const char *dir)
{
    return mount_from(type, type, dir);
}

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int module_load(const char *name)
{
    char path[300];
    if (snprintf(path, sizeof path, "/modules/%s", name) >= (int)sizeof path)
        return -ENAMETOOLONG;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : (int)syscall(SYS_finit_module, fd, "", 0);
    if (rc != 0) {
        rc = -errno;
        kernel_log("load", path);
    }
    if (fd >= 0)
        (void)close(fd);
    return rc == -EEXIST ? 0 : rc;
}

static int modules_load(void)
{
    char *names[64];
    size_t n = 0;
    int rc = 0;
    DIR *d = opendir("/modules");
    if (d == NULL)
        return errno == ENOENT ? 0 : -errno;
    for (struct dirent *e; n < 64 && (e = readdir(d)) != NULL;)
        if (strstr(e->d_name, ".ko") != NULL && (names[n] = strdup(e->d_name)) != NULL)
            n++;
    (void)closedir(d);
    qsort(names, n, sizeof *names, name_compare);
    for (size_t i = 0; i < n; i++) {
        if (rc == 0)
            rc = module_load(names[i]);
        free(names[i]);
    }
    return rc;
}

int tty_open(const char *path)
{
    int fd = -1;
    for (int ms = 0; ms < CONSOLE_MS && (fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0; ms++)
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    if (fd < 0) {
        int err = errno;
        kernel_log("open", path);
        return -err;
    }
    return fd;
}

static int tty_open_raw(const char *path)
{
    struct termios t;
    int fd = tty_open(path);
    if (fd < 0)
        return fd;
    if (tcgetattr(fd, &t) != 0)
        return -errno;
    cfmakeraw(&t);
    return tcsetattr(fd, TCSANOW, &t) == 0 ? fd : -errno;
}

int guest_prepare(void)
{
    if (!is_guest())
        return 0;
    int rc = mount_at("devtmpfs", "/dev");
    if (rc == 0)
        rc = mount_at("proc", "/proc");
    if (rc == 0)
        rc = mount_at("sysfs", "/sys");
    if (rc == 0)
        rc = modules_load();
    return rc;
}

/* The disk is there a moment after its driver. */
static int disk_wait(void)
{
    struct stat st;
    for (int ms = 0; ms < DISK_MS; ms++) {
        if (stat(DISK_DEVICE, &st) == 0)
            return 0;
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return -ENODEV;
}

static int work_fail(char *why, size_t n, const char *what, int err)
{
    (void)snprintf(why, n, "%s: %s", what, strerror(-err));
    return err;
}

int guest_work_begin(bool store, char *why, size_t n)
{
    int rc;
    if (!is_guest())
        return store ? work_fail(why, n, "a store on the host itself", -ENOTSUP) : 0;
    if (!store) {
        rc = mount_at("tmpfs", "/work");
        return rc == 0 ? 0 : work_fail(why, n, "a tmpfs at /work", rc);
    }
    rc = disk_wait();
    if (rc == 0)
        rc = mount_from(DISK_DEVICE, "ext4", "/work");
    if (rc != 0)
        return work_fail(why, n, "the disk's ext4 at /work", rc);
    if (rmdir("/work/lost+found") != 0 && errno != ENOENT)
        return work_fail(why, n, "/work/lost+found", -errno);
    return 0;
}

int guest_work_end(bool store, char *why, size_t n)
{
    if (!is_guest() || !store)
        return 0;
    if (chdir("/") != 0 || umount("/work") != 0)
        return work_fail(why, n, "the disk cannot be unmounted", -errno);
    return 0;
}

int guest_bench_channel(void)
{
    if (is_guest())
        return tty_open_raw(BENCH_TTY);
    (void)fcntl(NATIVE_FD, F_SETFD, FD_CLOEXEC); /* no program's business */
    return NATIVE_FD;
}

void guest_shutdown(int status)
{
    if (!is_guest())
        _exit(status);
    sync();
    if (ioperm(BENCH_DEBUG_EXIT_PORT, 4, 1) == 0)
        outb(status == 0 ? BENCH_QEMU_SUCCESS : BENCH_QEMU_INIT_FAILED, BENCH_DEBUG_EXIT_PORT);
    (void)reboot(RB_POWER_OFF); /* not reached under QEMU with the debug-exit device */
    for (;;)
        (void)pause();
}
