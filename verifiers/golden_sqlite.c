/* SPDX-License-Identifier: MIT */
/*
 * Writes one size of a database golden: golden_sqlite GOLDEN.json WORKLOAD TOOL COMMAND SIZE DIR, where TOOL
 * describes the build that left its files in DIR by COMMAND. A file that ends in .db is described row by row,
 * any other by its bytes. The golden's other sizes are kept when workload and tool are the same, and dropped
 * when not. Invariant: the file is replaced whole, by a rename, and its bytes depend on the arguments and
 * files only.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "sqlite_dump.h"

enum { GOLDEN_MAX = 4 << 20 };
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
    cJSON *o, *upto;

    if (digest_file(fd, FILE_LIMIT, &d) != 0)
        return NULL;
    o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "kind", "bytes");
    cJSON_AddNumberToObject(o, "bytes", (double)d.bytes);
    upto = cJSON_AddArrayToObject(o, "sha256_upto");
    for (size_t i = 0; i < d.count; i++)
        cJSON_AddItemToArray(upto, cJSON_CreateString(d.upto[i]));
    digest_free(&d);
    return o;
}

static cJSON *file_describe(const char *dir, const char *name)
{
    size_t n = strlen(name);
    char path[4096];
    cJSON *o = NULL;
    int fd;

    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
        return NULL;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        o = n > 3 && strcmp(name + n - 3, ".db") == 0 ? database_describe(fd) : bytes_describe(fd);
        close(fd);
    }
    return o;
}

static int entry_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Every file of the directory in name order, or NULL after a line on stderr. */
static cJSON *files_describe(const char *dir)
{
    struct dirent **entries = NULL;
    int count = scandir(dir, &entries, entry_visible, alphasort);
    cJSON *all = count > 0 ? cJSON_CreateObject() : NULL;

    for (int i = 0; i < count; i++) {
        cJSON *one = all ? file_describe(dir, entries[i]->d_name) : NULL;

        if (one) {
            cJSON_AddItemToObject(all, entries[i]->d_name, one);
        } else if (all) {
            fail(entries[i]->d_name, "cannot be described");
            cJSON_Delete(all);
            all = NULL;
        }
        free(entries[i]);
    }
    free(entries);
    return all;
}

/* The "sizes" of an existing golden that was made the same way, detached from it; else a new object. */
static cJSON *sizes_keep(const char *path, const char *workload, const char *tool)
{
    FILE *in = fopen(path, "rb");
    char *text = in ? calloc(1, GOLDEN_MAX) : NULL;
    size_t n = text ? fread(text, 1, GOLDEN_MAX - 1, in) : 0;
    cJSON *old = n > 0 ? cJSON_Parse(text) : NULL, *sizes = NULL;
    const char *w = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(old, "workload"));
    const char *t = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(old, "tool"));

    if (w && t && strcmp(w, workload) == 0 && strcmp(t, tool) == 0)
        sizes = cJSON_DetachItemFromObjectCaseSensitive(old, "sizes");
    cJSON_Delete(old);
    free(text);
    if (in)
        fclose(in);
    return sizes ? sizes : cJSON_CreateObject();
}

static int text_replace(const char *path, const char *text)
{
    char part[4096];
    FILE *out;
    int ok;

    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
        return fail(path, "name too long");
    out = fopen(part, "wb");
    ok = out && fputs(text, out) >= 0 && fputc('\n', out) >= 0;
    if (out && fclose(out) != 0)
        ok = 0;
    if (ok && rename(part, path) == 0)
        return 0;
    return fail(path, strerror(errno));
}

int main(int argc, char **argv)
{
    cJSON *golden, *sizes, *size, *files;
    char *text;
    int status;

    if (argc != 7)
        return fail("usage", "GOLDEN WORKLOAD TOOL COMMAND SIZE DIR") + 1;
    files = files_describe(argv[6]);
    if (!files)
        return fail(argv[6], "no golden made");
    sizes = sizes_keep(argv[1], argv[2], argv[3]);
    cJSON_DeleteItemFromObjectCaseSensitive(sizes, argv[5]);
    size = cJSON_AddObjectToObject(sizes, argv[5]);
    cJSON_AddStringToObject(size, "command", argv[4]);
    cJSON_AddItemToObject(size, "files", files);
    golden = cJSON_CreateObject();
    cJSON_AddNumberToObject(golden, "schema", 1);
    cJSON_AddStringToObject(golden, "workload", argv[2]);
    cJSON_AddStringToObject(golden, "tool", argv[3]);
    cJSON_AddNumberToObject(golden, "block_bytes", DIGEST_BLOCK);
    cJSON_AddNumberToObject(golden, "block_rows", SQLITE_DUMP_ROWS);
    cJSON_AddItemToObject(golden, "sizes", sizes);
    text = cJSON_Print(golden);
    status = text ? text_replace(argv[1], text) : fail(argv[1], "out of memory");
    cJSON_free(text);
    cJSON_Delete(golden);
    return status;
}
