/* SPDX-License-Identifier: MIT */
/*
 * One start of a guest for a boot: its image and plan, what is heard of it, its artifacts and their verdict.
 * A store-backed boot has two, the second on the disk that the first one left. Invariant: new, prepare, run,
 * verify, free come in this order; raw files are in `raw`, exports in `artifacts`.
 */
#ifndef ENGINE_BOOT_GUEST_H
#define ENGINE_BOOT_GUEST_H

#include <stdio.h>

#include "collect.h"
#include "judge.h"
#include "serial.h"
#include "session.h"
#include "typing.h"

struct boot_guest {
    struct session *s;
    struct boot *b;
    const struct cell *cell;
    const struct corpus *corpus;
    bool reopen; /* the second one */
    char *raw, *artifacts;
    char *plan;
    struct guest_file *files;
    size_t nfiles;
    uint64_t nonce;
    char tree_hash[DIGEST_HEX];
    int started; /* 0, or why it could not be */
    struct guest_outcome outcome;
    struct collect collected;
    struct serial_log serial;
    FILE *output; /* what the programs wrote */
    int *planned; /* program of the k-th start */
    size_t nplanned;
    struct typing typing;  /* at its terminal, where it has one */
    struct buf kept, line; /* of the output that becomes a part of the artifact, and its unfinished line */
    const char *verdict;   /* "passed", "rejected", "broken"; NULL: the verifier was not asked */
    char *why;             /* the verifier's */
};

/* Never NULL. */
struct boot_guest *boot_guest_new(struct session *s, struct boot *b, const struct cell *cell,
                                  const struct corpus *corpus, bool reopen);
/* Folder, plan, nonce, image's files and their hash. 0, or the negative errno that is in w->started too. */
int boot_guest_prepare(struct boot_guest *w);
/* Runs the guest (unless it could not be prepared) with that disk (NULL: none). */
void boot_guest_run(struct boot_guest *w, const struct disk *disk);
/* What is to be judged of it, but for the verifier's part. */
void boot_guest_case(struct boot_guest *w, struct judge_case *j);
/* Asks the verifier; keeps case and verdict beside the raw data. */
void boot_guest_verify(struct boot_guest *w, struct judge_case *j);
void boot_guest_free(struct boot_guest *w);

/* A new event of this boot, for events_add. */
cJSON *boot_guest_event(struct boot_guest *w, const char *name);
/* Logs and shows a step. */
void boot_guest_step(struct boot_guest *w, const char *text);

#endif
