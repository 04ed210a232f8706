/* SPDX-License-Identifier: MIT */
/* Ends in the way its argument says. Invariant: never returns normally for a known word; 99 for an unknown
 * one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int recurse(volatile char *p)
{
    volatile char pad[8192];
    pad[0] = *p;
    return *p == 0 ? recurse(pad) + pad[0] : 0; /* it always is 0, but no compiler knows */
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    char c = 0;
    if (strcmp(how, "exit") == 0)
        _exit(atoi(argv[2]));
    if (strcmp(how, "return") == 0)
        return atoi(argv[2]);
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "null") == 0)
        *(volatile int *)(uintptr_t)(argc - 2) = 1;
    if (strcmp(how, "stack") == 0)
        return recurse(&c);
    if (strcmp(how, "halt") == 0)
        __asm__ volatile("hlt");
    if (strcmp(how, "undefined") == 0)
        __asm__ volatile("ud2");
    return 99;
}
