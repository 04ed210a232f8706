/* SPDX-License-Identifier: MIT */
/*
 * A native run's own root directory and processes: programs that a plan starts by absolute paths (a shell
 * starts itself so) find the run image and nothing of the host but its devices and the libraries that host
 * builds are linked with. Invariant: mounts and processes are in namespaces that end with the agent, however
 * it ends, so nothing of them is left on the host.
 */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch.h"

static bool inside;
static const char *const shown[] = {"/dev", "/lib", "/lib64", "/usr"};

static int file_put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n = (ssize_t)strlen(text);

    if (fd < 0)
        return -errno;
    if (write(fd, text, (size_t)n) != n)
        n = -1;
    (void)close(fd);
    return n < 0 ? -EIO : 0;
}

/* Namespaces of our own; without the superuser a user namespace in which we are it. */
static int namespaces_leave(void)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    char map[64];
    int rc;

    if (unshare(CLONE_NEWNS | CLONE_NEWPID | (uid == 0 ? 0 : CLONE_NEWUSER)) != 0)
        return -errno;
    if (uid != 0) {
        rc = file_put("/proc/self/setgroups", "deny");
        (void)snprintf(map, sizeof map, "0 %u 1", (unsigned)uid);
        if (rc == 0)
            rc = file_put("/proc/self/uid_map", map);
        (void)snprintf(map, sizeof map, "0 %u 1", (unsigned)gid);
        if (rc == 0)
            rc = file_put("/proc/self/gid_map", map);
        if (rc != 0)
            return rc;
    }
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 ? 0 : -errno;
}

static int host_show(const char *root, const char *dir)
{
    char path[4096];
    struct stat st;

    if (stat(dir, &st) != 0)
        return 0;
    if (snprintf(path, sizeof path, "%s%s", root, dir) >= (int)sizeof path)
        return -ENAMETOOLONG;
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return -errno;
    return mount(dir, path, NULL, MS_BIND | MS_REC, NULL) == 0 ? 0 : -errno;
}

bool confined(void)
{
    return inside;
}

/* Goes on in the first process of the new namespace, whose end is the end of all in it; this one only waits.
 */
static int first_process(void)
{
    int raw, hold[2];
    pid_t pid;
    char c;

    if (pipe2(hold, O_CLOEXEC) != 0)
        return -errno;
    pid = fork();
    if (pid < 0)
        return -errno;
    if (pid > 0) {
        (void)close(hold[0]);
        while (waitpid(pid, &raw, 0) < 0 && errno == EINTR)
            ;
        _exit(WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw));
    }
    (void)close(hold[1]);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return -errno;
    /* The parent may have died before that; then its end of the pipe is closed. */
    if (fcntl(hold[0], F_SETFL, O_NONBLOCK) != 0 || read(hold[0], &c, 1) == 0)
        _exit(1);
    (void)close(hold[0]);
    inside = true;
    return 0;
}

int guest_confine(const char *root)
{
    int rc = namespaces_leave();

    if (rc == 0)
        rc = first_process();
    for (size_t i = 0; i < sizeof shown / sizeof shown[0] && rc == 0; i++)
        rc = host_show(root, shown[i]);
    if (rc == 0 && (chroot(root) != 0 || chdir("/") != 0))
        rc = -errno;
    return rc;
}
