/* SPDX-License-Identifier: MIT */
/*
 * A first process for the Linux guest that ends it in the way the plan's third line says ("act WORD").
 * Invariant: it is never part of a run image but in the test of how guests end.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

static int is(const char *plan, const char *act)
{
    char line[64];

    snprintf(line, sizeof line, "\nact %s\n", act);
    return strstr(plan, line) != NULL;
}

static void debug_exit(int value)
{
    if (iopl(3) == 0)
        outb((unsigned char)value, 0xf4);
}

int main(void)
{
    static const char noise[] = "all work and no play makes a dull log\n";
    char plan[4096] = "";
    int fd = open("/plan", O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, plan, sizeof plan - 1);

    plan[n < 0 ? 0 : n] = 0;
    if (is(plan, "reboot"))
        reboot(RB_AUTOBOOT);
    if (is(plan, "crash") && mkdir("/p", 0755) == 0 && mount("p", "/p", "proc", 0, NULL) == 0) {
        fd = open("/p/sysrq-trigger", O_WRONLY);
        if (write(fd, "c", 1) < 0)
            debug_exit(0x30);
    }
    if (is(plan, "success"))
        debug_exit(0x10);
    if (is(plan, "zero"))
        debug_exit(0);
    while (is(plan, "flood") && write(1, noise, sizeof noise - 1) > 0)
        ;
    while (is(plan, "hang"))
        pause();
    return 1; /* the first process must not end: a panic */
}
