/* SPDX-License-Identifier: MIT */
/*
 * The virtual disk of a guest: a raw image on the host, attached alike to either guest; the one I/O error
 * that a test may ask of it, and the record it may keep. Invariant: a name that the emulator's own syntax
 * could misread is refused, so no image but the one named is ever opened.
 */
#ifndef ENGINE_DISK_H
#define ENGINE_DISK_H

#include <stdbool.h>
#include <stddef.h>

/* How the emulator caches the image: in the host's page cache, where a guest's flush becomes the host's
 * fdatasync. */
#define DISK_CACHE "writeback"

enum disk_op { DISK_READ, DISK_WRITE, DISK_FLUSH };

struct disk {
    char *image; /* absolute; NULL: no disk */
    bool read_only;
    bool fault;
    enum disk_op fault_op;
    unsigned fault_at; /* counted from 1 */
    int fault_errno;   /* EIO or ENOSPC */
    bool fault_sticky; /* this and every later one; else this one alone */
    char *log;         /* absolute: where every write and flush is recorded; NULL: nowhere */
};

/*
 * Takes IMG[:ro]: an existing regular file, a positive multiple of 512 bytes long, readable and (without :ro)
 * writable. 0, or -EINVAL with *why (malloc'd line, caller frees).
 */
int disk_set(struct disk *d, const char *text, char **why);
/* Takes read|write|flush:N:EIO|ENOSPC[:sticky]. 0, or -EINVAL with *why. */
int disk_fault_set(struct disk *d, const char *text, char **why);
/*
 * Takes the name of a file to be made, or an empty one: everything the disk is told goes into it, in the
 * dm-log-writes format. 0, or -EINVAL with *why.
 */
int disk_log_set(struct disk *d, const char *text, char **why);
/* The rules of that fault in the form the emulator reads; NULL without one. Caller frees. */
char *disk_fault_rules(const struct disk *d);
/* The image's name for the emulator; rules: the absolute path of the file with disk_fault_rules' text, NULL
 * without a fault. Caller frees. */
char *disk_file(const struct disk *d, const char *rules);
void disk_free(struct disk *d);

#endif
