/* SPDX-License-Identifier: MIT */
/*
 * Texts under a run's raw/ folder, as the screens show them: the last part of a log, read again only when it
 * changed. Invariant: a name that comes from an event log never leaves raw/, and links are not followed.
 */
#ifndef UI_RAWFILE_H
#define UI_RAWFILE_H

#include <stddef.h>

#define RAWFILE_MAX (48u << 10) /* bytes of one text that are shown: its end */

struct rawfile;

/* A cache; free it with rawfile_free. */
struct rawfile *rawfile_new(void);
void rawfile_free(struct rawfile *r);
/*
 * The last RAWFILE_MAX bytes of DIR/raw/BOOT/FILE; *len their number, *cut set when there is more before
 * them. NULL when there is no such regular file. Belongs to the cache, valid until the next call.
 */
const char *rawfile_get(struct rawfile *r, const char *dir, const char *boot, const char *file, size_t *len,
                        int *cut);

#endif
