/* SPDX-License-Identifier: MIT */
/*
 * The parts of capstore: the command line (capstore.c), the commands on files and blobs (transfer.c), listing
 * (listing.c). Invariant: a command prints its own complaint, with the image's name, and returns the exit
 * status.
 */
#ifndef STORE_HOST_CAPSTORE_H
#define STORE_HOST_CAPSTORE_H

#include <stdbool.h>

#include "store/store.h"

enum { EXIT_FINE = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_IMAGE = 3 };

struct capstore_args {
    const char *image;
    bool force, parents, recursive, blobs, names, as_blob;
    const char *bind;    /* --name */
    uint64_t size;       /* --size, bytes; 0: as it is */
    uint32_t log_blocks; /* --log */
    char **rest;         /* after the image */
    int nrest;
};

/* What an error of the store means, as text. */
const char *capstore_error(int err);
/* Prints "capstore: IMAGE: WHAT: why" and gives the status: EXIT_IMAGE for a damaged or failing image. */
int capstore_complain(const struct capstore_args *a, const char *what, int err);
/* The node at a path ("" and "/": the root); parents: makes missing directories on the way. 0 or a negative
 * error. */
int capstore_walk(struct store *s, const char *path, bool parents, struct store_node **out);
/* The directory a path's last name is in, and that name. */
int capstore_parent(struct store *s, const char *path, bool parents, struct store_node **dir,
                    const char **name);
bool capstore_hash_parse(const char *hex, uint8_t hash[STORE_HASH_SIZE]);
void capstore_hash_print(const uint8_t hash[STORE_HASH_SIZE], char hex[2 * STORE_HASH_SIZE + 1]);

int capstore_ls(struct store *s, const struct capstore_args *a);
int capstore_get(struct store *s, const struct capstore_args *a);
int capstore_put(struct store *s, const struct capstore_args *a);
int capstore_rm(struct store *s, const struct capstore_args *a);

#endif
