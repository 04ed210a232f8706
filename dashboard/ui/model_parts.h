/* SPDX-License-Identifier: MIT */
/*
 * Pieces of the fold: taking texts out of events, finding workloads, freeing. Used by model.c alone.
 * Invariant: every text kept is at most MODEL_TEXT bytes unless the caller says otherwise.
 */
#ifndef UI_MODEL_PARTS_H
#define UI_MODEL_PARTS_H

#include "model.h"

/* Replaces *slot by the string member, cut; leaves it when there is no such string. */
void part_text(char **slot, const cJSON *e, const char *key);
/* A copy of at most MODEL_TEXT, or `max`, bytes. */
char *part_cut(const char *s);
char *part_cut_to(const char *s, size_t max);
/* Appends a cut copy to a list of strings; frees such a list. */
void part_push(char ***list, size_t *n, const char *s);
void part_free_list(char ***list, size_t *n);
/* enum guest_kind of a name, or -1; and back. */
int part_guest(const char *name);
const char *part_guest_name(int guest);
/* Status of a word, MS_NONE when it is none. */
enum model_status part_status(const char *word);
/*
 * The workload that an event names (member `key`) with the backing that it says (none: the run's only one),
 * made when it is new and there is room; NULL otherwise.
 */
struct model_work *part_work(struct model *m, const cJSON *e, const char *key);
/* The same, or NULL when it is not there. */
struct model_work *part_find(const struct model *m, const cJSON *e, const char *key);

#endif
