/* SPDX-License-Identifier: MIT */
/*
 * What --grant asks for: NAME[=KIND[:PATH[:ro]]].
 * Invariant: every entry has a known kind and a name of its own; a host folder is there and readable.
 */
#ifndef ENGINE_GRANTS_H
#define ENGINE_GRANTS_H

#include <stdbool.h>
#include <stddef.h>

#include "definition.h"

struct grant {
    struct def_cap cap;
    char *host; /* folder whose files fill it; NULL: none */
};

struct grants {
    struct grant *g;
    size_t n;
};

/* Adds one --grant text. 0, or -EINVAL with *why (malloc'd line, caller frees). */
int grants_add(struct grants *s, const char *text, char **why);
/* The profile `posix`: virtual_memory, timer, wall_clock, entropy_source, thread_control, scratch (a RAM
 * directory). */
int grants_posix(struct grants *s);
/* A directory of the guest's own, read-only, at its place. 0, or -EINVAL when the name was granted already.
 */
int grants_guest_directory(struct grants *s, const char *name);
/* The capabilities alone, for a plan; caller frees the array, not what is in it. */
struct def_cap *grants_caps(const struct grants *s);
void grants_free(struct grants *s);

#endif
