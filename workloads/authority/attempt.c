/* SPDX-License-Identifier: MIT */
/*
 * Tries what its profile does not grant and a shell has no words for, and says what became of it:
 * authority-attempt NAME...
 *   clock    read the time of day (an applet shows whatever the C library makes of the refusal)
 *   network  make a socket                     forge    use capabilities by guessed numbers
 * One line each on stdout (say.h); attempts.sh makes the other attempts, and calls this program. Ends with 0
 * whatever came of them: the engine judges. Invariant: an attempt that succeeds leaves nothing behind.
 */
#include "attempt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "say.h"

/* Each: 0 granted, a positive errno refused, -1 no such thing here. */

static int attempt_clock(void)
{
    struct timespec t;

    return clock_gettime(CLOCK_REALTIME, &t) == 0 ? 0 : errno;
}

static int attempt_network(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return errno;
    (void)close(fd);
    return 0;
}

static const struct attempt {
    const char *name;
    int (*try)(void);
} attempts[] = {{"clock", attempt_clock}, {"network", attempt_network}, {"forge", attempt_forge}};

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t k = 0;

        while (k < sizeof attempts / sizeof attempts[0] && strcmp(attempts[k].name, argv[i]) != 0)
            k++;
        if (k == sizeof attempts / sizeof attempts[0]) {
            fprintf(stderr, "authority-attempt: %s is no attempt\n", argv[i]);
            return 2;
        }
        attempt_say(stdout, attempts[k].name, attempts[k].try());
    }
    return 0;
}
