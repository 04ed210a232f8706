/* SPDX-License-Identifier: MIT */
/*
 * The kinds of capability that a definition or --grant may name.
 * Invariant: names are upstream's manifest source names (CapSource), and ours from workloads/PROTOCOL.md.
 */
#ifndef ENGINE_KINDS_H
#define ENGINE_KINDS_H

#include <stdbool.h>
#include <stdbool.h>
#include <stddef.h>

struct kind {
    const char *name;      /* "entropy_source" */
    const char *interface; /* "EntropySource", as the kernel's spawn line shows it */
};

/* The kind of that name, or NULL. */
const struct kind *kind_find(const char *name);
/* Does a capability of this kind stand for something on the guest's disk? */
bool kind_on_disk(const char *name);
/* The i-th kind, or NULL past the end. */
const struct kind *kind_at(size_t i);
/* "console, terminal_session, …" in fresh memory; the caller frees. */
char *kind_list(void);

#endif
