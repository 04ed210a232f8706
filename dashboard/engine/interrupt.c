/* SPDX-License-Identifier: MIT */
/*
 * The interrupt flag; see interrupt.h.
 * Invariant: set once, never cleared.
 */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t seen;

static void interrupt_handler(int sig)
{
    (void)sig;
    seen = 1;
}

void interrupt_install(void)
{
    struct sigaction sa = {.sa_handler = interrupt_handler}, ignore = {.sa_handler = SIG_IGN};

    sigemptyset(&sa.sa_mask);
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGHUP, &sa, NULL);
    sigaction(SIGQUIT, &sa, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

bool interrupt_seen(void)
{
    return seen != 0;
}
