/* SPDX-License-Identifier: MIT */
/*
 * The canonical content of an SQLite database file, read by the host's own build of SQLite from a copy in
 * memory: the schema and, table by table, every row in key order, as prefix digests. Page layout, free pages
 * and the order of creation do not show. Invariant: a file from outside gets no file access, runs no
 * extension, and is read within a bound of steps and bytes.
 */
#ifndef VERIFIERS_SQLITE_DUMP_H
#define VERIFIERS_SQLITE_DUMP_H

#include <stdint.h>

#include <cjson/cJSON.h>

#include "digest.h"

enum { SQLITE_DUMP_ROWS = 1024 }; /* rows between two prefix digests */

struct sqlite_dump {
    uint64_t bytes;      /* of the file */
    int wal;             /* 1: the file's header says write-ahead log, 0: rollback journal */
    char integrity[200]; /* first line of PRAGMA integrity_check, printable; "ok" when all is well */
    char error[600];     /* why the reading stopped, or "" */
    cJSON *tables;       /* object: name -> {"rows", "sha256_upto"}; the schema itself is "sqlite_schema" */
};

/*
 * Reads the database in `fd`, of at most `limit` bytes. Returns 0 with *out filled (sqlite_dump_free gives it
 * back); -EFBIG; -EILSEQ when SQLite refuses it or integrity_check is not "ok" (error and integrity say why);
 * or another negative errno value.
 */
int sqlite_dump_read(int fd, uint64_t limit, struct sqlite_dump *out);
void sqlite_dump_free(struct sqlite_dump *d);

#endif
