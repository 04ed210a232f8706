/* SPDX-License-Identifier: MIT */
/*
 * Receiver of exported files: FILE_BEGIN, FILE_DATA and FILE_END frames become files below one folder of the
 * host. Invariant: nothing outside that folder is touched, whatever the guest sends: every step of a path is
 * opened without following links, and a name that exists already is an error. A file appears under its name
 * only when it is whole.
 */
#ifndef ENGINE_CHANNEL_FILES_H
#define ENGINE_CHANNEL_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/bench.h"

#define CHANNEL_FILES_MAX 65536u /* files and folders in one run */

struct channel_files {
    int top;        /* the folder; -1: exports are refused */
    int fd;         /* the file under way; -1: none */
    bool folder;    /* a folder was announced and its end is still to come */
    uint64_t left;  /* its bytes still to come */
    uint64_t limit; /* bytes that may still be exported */
    uint64_t bytes; /* bytes received */
    unsigned count;
    char path[BENCH_PATH_MAX + 1]; /* of the file under way, and the last one named in `why` */
    char why[192];
};

/* Opens (and makes, if need be) the folder `dir`; NULL refuses every export. 0 or a negative errno. */
int channel_files_open(struct channel_files *f, const char *dir, uint64_t limit_bytes);

/*
 * Takes one checked frame of the three types. 0; -EPROTO out of order, more or fewer bytes than announced, a
 * name taken, exports refused; -EFBIG over the limits (both the guest's doing); any other negative errno is
 * the host's. `why` is set.
 */
int channel_files_frame(struct channel_files *f, const struct bench_frame *head, const uint8_t *payload);

/* Removes an unfinished file and closes everything. -EPROTO when there was one. */
int channel_files_close(struct channel_files *f);

#endif
