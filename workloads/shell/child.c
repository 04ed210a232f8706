/* SPDX-License-Identifier: MIT */
/*
 * The trivial program that others start: shell-child [CODE [TEXT]]
 * Writes TEXT and a newline when there is one, and ends with CODE. Invariant: nothing else.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc > 2) {
        size_t n = strlen(argv[2]);

        argv[2][n] = '\n'; /* its terminator's place */
        if (write(1, argv[2], n + 1) != (ssize_t)n + 1)
            return 126;
    }
    return argc > 1 ? atoi(argv[1]) : 0;
}
