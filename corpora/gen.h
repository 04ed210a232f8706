/* SPDX-License-Identifier: MIT */
/*
 * Seeded generators of corpus files.
 * Invariant: the bytes depend on the arguments only, never on the machine, the time or the order of calls.
 */
#ifndef CORPORA_GEN_H
#define CORPORA_GEN_H

#include <stdint.h>

/* The next number of the splitmix64 sequence whose state is *state. Never fails. */
uint64_t gen_next(uint64_t *state);

/*
 * Writes `bytes` incompressible bytes of the sequence `seed` to the new file `path` (replaced when it
 * exists). Returns 0 or a negative errno value of open, write or close; then the file may be incomplete.
 */
int gen_noise(const char *path, uint64_t seed, uint64_t bytes);

/* The same for `bytes` copies of `value`. */
int gen_fill(const char *path, unsigned char value, uint64_t bytes);

/*
 * Makes an SQLite database with `rows` orders, their customers and two indexes at `path` (replaced when it
 * exists). The bytes also depend on the SQLite release linked in. Returns 0 or a negative errno value
 * (-EIO for any error SQLite itself reports, after a line on stderr).
 */
int gen_sqlite(const char *path, uint64_t seed, uint64_t rows);

#endif
