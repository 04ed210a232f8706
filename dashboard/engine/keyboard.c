/* SPDX-License-Identifier: MIT */
/*
 * Terminal modes; see keyboard.h.
 * Invariant: what a signal handler does here is async-signal-safe.
 */
#include "keyboard.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <termios.h>

#define SIZE_MAX_SANE 1000

static struct {
    volatile sig_atomic_t open;
    int fd;
    struct termios before;
} keyboard;

/* Signals that end us at once; the others set a flag, and we close in order. */
static const int deadly[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
#define NDEADLY (sizeof deadly / sizeof deadly[0])
static struct sigaction deadly_before[NDEADLY];

static volatile sig_atomic_t resized;
static struct sigaction resize_before;

static void keyboard_resize(int sig)
{
    (void)sig;
    resized = 1;
}

static void keyboard_rescue(int sig)
{
    if (keyboard.open)
        (void)tcsetattr(keyboard.fd, TCSANOW, &keyboard.before);
    keyboard.open = 0;
    (void)signal(sig, SIG_DFL);
    (void)raise(sig);
}

int keyboard_open(int fd)
{
    struct sigaction rescue = {.sa_handler = keyboard_rescue, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)},
                     resize = {.sa_handler = keyboard_resize};
    struct termios raw;

    if (tcgetattr(fd, &keyboard.before) != 0)
        return -errno;
    keyboard.fd = fd;
    raw = keyboard.before;
    cfmakeraw(&raw);
    raw.c_oflag = keyboard.before.c_oflag;
    sigemptyset(&rescue.sa_mask);
    sigemptyset(&resize.sa_mask);
    for (size_t i = 0; i < NDEADLY; i++)
        (void)sigaction(deadly[i], &rescue, &deadly_before[i]);
    (void)sigaction(SIGWINCH, &resize, &resize_before);
    resized = 1; /* it may have been so before we listened */
    keyboard.open = 1;
    if (tcsetattr(fd, TCSAFLUSH, &raw) != 0) {
        int err = -errno;
        keyboard_close();
        return err;
    }
    return 0;
}

void keyboard_close(void)
{
    if (!keyboard.open)
        return;
    (void)tcsetattr(keyboard.fd, TCSANOW, &keyboard.before);
    keyboard.open = 0;
    for (size_t i = 0; i < NDEADLY; i++)
        (void)sigaction(deadly[i], &deadly_before[i], NULL);
    (void)sigaction(SIGWINCH, &resize_before, NULL);
}

bool keyboard_resized(void)
{
    bool yes = resized != 0;

    resized = 0;
    return yes;
}

void keyboard_size(int fd, unsigned *rows, unsigned *columns)
{
    struct winsize w = {0};

    if (ioctl(fd, TIOCGWINSZ, &w) != 0)
        w = (struct winsize){0};
    *rows = w.ws_row > 0 && w.ws_row <= SIZE_MAX_SANE ? w.ws_row : 24;
    *columns = w.ws_col > 0 && w.ws_col <= SIZE_MAX_SANE ? w.ws_col : 80;
}
