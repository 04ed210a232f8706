/* SPDX-License-Identifier: MIT */
/*
 * The plan's file steps: what happens before, between and after the timed regions.
 * Invariant: each returns 0, or a negative errno with one line in `why` that names the path.
 */
#ifndef AGENT_STEPS_H
#define AGENT_STEPS_H

#include <stddef.h>
#include <stdint.h>

/* Every path in a plan is looked up below `root` ("" on a guest; a directory when running natively). */
void steps_set_root(const char *root);

/* root + path in buf; -ENAMETOOLONG when it does not fit. */
int steps_path(const char *path, char *buf, size_t n);

int step_mkdir(const char *path, char *why, size_t n);  /* with parents; existing is fine */
int step_remove(const char *path, char *why, size_t n); /* recursive; absent is fine */
int step_copy(const char *src, const char *dst, char *why, size_t n);
/* Moves the regular files directly in src whose names end (want != 0) or do not end (want == 0) in suffix
 * into dst. */
int step_move(const char *src, const char *suffix, int want, const char *dst, char *why, size_t n);
int step_nonce_file(const char *path, uint64_t nonce, char *why, size_t n);
/* What was written below the folder is on its disk, if it has one. */
int step_settle(const char *path, char *why, size_t n);
/* Sends a file or tree over the bench channel as `dst`; *budget is lowered by the bytes sent, -EFBIG when it
 * is used up. */
int step_export(const char *src, const char *dst, uint64_t *budget, char *why, size_t n);

#endif
