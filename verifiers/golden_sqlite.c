/* SPDX-License-Identifier: MIT */
/*
 * Writes one size of a database golden: golden_sqlite GOLDEN.json WORKLOAD TOOL COMMAND SIZE DIR, where TOOL
 * describes the build that left its files in DIR by COMMAND. A file that ends in .db is described row by row,
 * any other by its bytes. Invariant: as golden_write.h says.
 */
#include <stdio.h>
#include <string.h>

#include "digest.h"
#include "golden_write.h"
#include "sqlite_dump.h"

#define FILE_LIMIT (UINT64_C(1) << 32)

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "golden_sqlite: %s: %s\n", what, why);
    return 1;
}

static cJSON *database_describe(int fd)
{
    struct sqlite_dump d;
    cJSON *o = NULL;

    if (sqlite_dump_read(fd, FILE_LIMIT, &d) == 0) {
        o = cJSON_CreateObject();
        cJSON_AddStringToObject(o, "kind", "database");
        cJSON_AddNumberToObject(o, "bytes", (double)d.bytes);
        cJSON_AddBoolToObject(o, "wal", d.wal);
        cJSON_AddItemToObject(o, "tables", d.tables);
        d.tables = NULL;
    } else {
        fail("database", d.error);
    }
    sqlite_dump_free(&d);
    return o;
}

static cJSON *bytes_describe(int fd)
{
    struct digest d = {0};
    cJSON *o;

    if (digest_file(fd, FILE_LIMIT, &d) != 0)
        return NULL;
    o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "kind", "bytes");
    cJSON_AddNumberToObject(o, "bytes", (double)d.bytes);
    golden_upto(o, &d);
    digest_free(&d);
    return o;
}

static cJSON *file_describe(int fd, const char *name, void *context)
{
    size_t n = strlen(name);

    (void)context;
    return n > 3 && strcmp(name + n - 3, ".db") == 0 ? database_describe(fd) : bytes_describe(fd);
}

int main(int argc, char **argv)
{
    struct golden_new g;

    if (argc != 7)
        return fail("usage", "GOLDEN WORKLOAD TOOL COMMAND SIZE DIR") + 1;
    g = (struct golden_new){.workload = argv[2], .tool = argv[3], .command = argv[4], .size = argv[5]};
    g.files = golden_describe(argv[6], file_describe, NULL);
    if (!g.files)
        return fail(argv[6], "no golden made");
    g.head = cJSON_CreateObject();
    cJSON_AddNumberToObject(g.head, "block_bytes", DIGEST_BLOCK);
    cJSON_AddNumberToObject(g.head, "block_rows", SQLITE_DUMP_ROWS);
    return golden_write(argv[1], &g);
}
