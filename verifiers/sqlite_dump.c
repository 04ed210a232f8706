/* SPDX-License-Identifier: MIT */
/* Reading a database canonically; see sqlite_dump.h. */
#include "sqlite_dump.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <sqlite3.h>

/* A header byte pair at 18: 1 for a rollback journal, 2 for a write-ahead log. A copy in memory can have no
 * log. */
enum { HEADER_SIZE = 100, HEADER_FORMAT = 18, STEPS_UNIT = 1000000, STEPS_MOST = 20000 };

struct rows {
    EVP_MD_CTX *sum;
    uint64_t count;
    cJSON *upto;
};

static int steps_more(void *context)
{
    unsigned *units = context;

    return ++*units > STEPS_MOST;
}

static void error_note(struct sqlite_dump *out, const char *what, const char *why)
{
    if (out->error[0] == '\0')
        snprintf(out->error, sizeof out->error, "%s: %s", what, why);
    for (char *p = out->error; *p; p++)
        if (*p < 0x20 || *p > 0x7e)
            *p = '?';
}

static int digest_note(struct rows *r)
{
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    unsigned char sum[EVP_MAX_MD_SIZE];
    char hex[DIGEST_HEX + 1];
    int ok = copy && EVP_MD_CTX_copy_ex(copy, r->sum) == 1 && EVP_DigestFinal_ex(copy, sum, NULL) == 1;

    EVP_MD_CTX_free(copy);
    if (!ok)
        return -ENOMEM;
    for (int i = 0; i < DIGEST_HEX / 2; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
    return cJSON_AddItemToArray(r->upto, cJSON_CreateString(hex)) ? 0 : -ENOMEM;
}

static void put_bytes(struct rows *r, char type, const void *data, uint64_t n)
{
    unsigned char head[9] = {(unsigned char)type};

    for (int i = 0; i < 8; i++)
        head[1 + i] = (unsigned char)(n >> (8 * i));
    EVP_DigestUpdate(r->sum, head, sizeof head);
    if (n > 0)
        EVP_DigestUpdate(r->sum, data, n);
}

/* One value: its type, its length and its bytes; numbers by their 64 bits. */
static void value_put(struct rows *r, sqlite3_stmt *row, int column)
{
    sqlite3_int64 whole;
    double real;

    switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER:
        whole = sqlite3_column_int64(row, column);
        put_bytes(r, 'i', &whole, sizeof whole);
        break;
    case SQLITE_FLOAT:
        real = sqlite3_column_double(row, column);
        put_bytes(r, 'f', &real, sizeof real);
        break;
    case SQLITE_TEXT:
        put_bytes(r, 't', sqlite3_column_text(row, column), (uint64_t)sqlite3_column_bytes(row, column));
        break;
    case SQLITE_BLOB:
        put_bytes(r, 'b', sqlite3_column_blob(row, column), (uint64_t)sqlite3_column_bytes(row, column));
        break;
    default:
        put_bytes(r, 'n', NULL, 0);
    }
}

static int rows_walk(struct rows *r, sqlite3_stmt *row)
{
    int columns = sqlite3_column_count(row), step, err = 0;

    while (err == 0 && (step = sqlite3_step(row)) == SQLITE_ROW) {
        for (int c = 0; c < columns; c++)
            value_put(r, row, c);
        put_bytes(r, 'r', NULL, 0);
        if (++r->count % SQLITE_DUMP_ROWS == 0)
            err = digest_note(r);
    }
    if (err == 0 && step != SQLITE_DONE)
        return -EILSEQ;
    if (err == 0 && (r->count % SQLITE_DUMP_ROWS != 0 || r->count == 0))
        err = digest_note(r);
    return err;
}

/* The rows that `sql` gives become the member `name` of the dump. */
static int rows_dump(sqlite3 *db, struct sqlite_dump *out, const char *name, const char *sql)
{
    struct rows r = {.sum = EVP_MD_CTX_new(), .upto = cJSON_CreateArray()};
    sqlite3_stmt *row = NULL;
    cJSON *table = NULL;
    int err = 0;

    if (!r.sum || !r.upto || EVP_DigestInit_ex(r.sum, EVP_sha256(), NULL) != 1)
        err = -ENOMEM;
    if (err == 0 && sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
        err = -EILSEQ;
    if (err == 0)
        err = rows_walk(&r, row);
    if (err == -EILSEQ)
        error_note(out, name, sqlite3_errmsg(db));
    sqlite3_finalize(row);
    EVP_MD_CTX_free(r.sum);
    if (err == 0 && (table = cJSON_AddObjectToObject(out->tables, name)) == NULL)
        err = -ENOMEM;
    if (err != 0) {
        cJSON_Delete(r.upto);
        return err;
    }
    cJSON_AddNumberToObject(table, "rows", (double)r.count);
    cJSON_AddItemToObject(table, "sha256_upto", r.upto);
    return 0;
}

/* One table by rowid; one without rowids in the order of its primary key, which is how it is stored. */
static int table_dump(sqlite3 *db, struct sqlite_dump *out, const char *name)
{
    char *by_row = sqlite3_mprintf("SELECT rowid, * FROM \"%w\" ORDER BY rowid", name);
    char *stored = sqlite3_mprintf("SELECT * FROM \"%w\"", name);
    sqlite3_stmt *probe = NULL;
    int err = -ENOMEM;

    if (by_row && stored) {
        int has = sqlite3_prepare_v2(db, by_row, -1, &probe, NULL) == SQLITE_OK;

        sqlite3_finalize(probe);
        err = rows_dump(db, out, name, has ? by_row : stored);
    }
    sqlite3_free(by_row);
    sqlite3_free(stored);
    return err;
}

static int tables_dump(sqlite3 *db, struct sqlite_dump *out)
{
    sqlite3_stmt *list = NULL;
    int step, err = rows_dump(db, out, "sqlite_schema",
                              "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name");

    if (err == 0 && sqlite3_prepare_v2(db,
                                       "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 "
                                       "ORDER BY name",
                                       -1, &list, NULL) != SQLITE_OK)
        err = -EILSEQ;
    while (err == 0 && (step = sqlite3_step(list)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(list, 0);

        err = name ? table_dump(db, out, name) : -EILSEQ;
    }
    if (err == 0 && step != SQLITE_DONE)
        err = -EILSEQ;
    if (err == -EILSEQ)
        error_note(out, "schema", sqlite3_errmsg(db));
    sqlite3_finalize(list);
    return err;
}

static int integrity_check(sqlite3 *db, struct sqlite_dump *out)
{
    sqlite3_stmt *row = NULL;
    int err = -EILSEQ;

    if (sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &row, NULL) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW) {
        const unsigned char *text = sqlite3_column_text(row, 0);
        size_t n = 0;

        for (; text && text[n] && n + 1 < sizeof out->integrity; n++)
            out->integrity[n] = (char)(text[n] >= 0x20 && text[n] < 0x7f ? text[n] : '?');
        out->integrity[n] = '\0';
        err = strcmp(out->integrity, "ok") == 0 ? 0 : -EILSEQ;
        if (err != 0)
            error_note(out, "integrity_check", out->integrity);
    } else {
        error_note(out, "integrity_check", sqlite3_errmsg(db));
    }
    sqlite3_finalize(row);
    return err;
}

/* The whole file in SQLite's own memory. */
static int image_read(int fd, uint64_t limit, unsigned char **image, uint64_t *bytes)
{
    struct stat st;
    uint64_t used = 0;

    if (fstat(fd, &st) < 0)
        return -errno;
    if ((uint64_t)st.st_size > limit)
        return -EFBIG;
    *bytes = (uint64_t)st.st_size;
    *image = sqlite3_malloc64(*bytes + 1);
    if (!*image)
        return -ENOMEM;
    while (used < *bytes) {
        ssize_t n = pread(fd, *image + used, *bytes - used, (off_t)used);

        if (n <= 0) {
            sqlite3_free(*image);
            return n < 0 ? -errno : -EIO;
        }
        used += (uint64_t)n;
    }
    return 0;
}

int sqlite_dump_read(int fd, uint64_t limit, struct sqlite_dump *out)
{
    unsigned char *image = NULL;
    unsigned units = 0;
    sqlite3 *db = NULL;
    int err;

    memset(out, 0, sizeof *out);
    err = image_read(fd, limit, &image, &out->bytes);
    if (err != 0)
        return err;
    out->tables = cJSON_CreateObject();
    if (out->bytes >= HEADER_SIZE) {
        out->wal = image[HEADER_FORMAT] == 2;
        image[HEADER_FORMAT] = image[HEADER_FORMAT + 1] = 1;
    }
    err = out->tables && sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK ? 0
                                                                                                    : -ENOMEM;
    if (err != 0)
        sqlite3_free(image);
    else if (sqlite3_deserialize(db, "main", image, (sqlite3_int64)out->bytes, (sqlite3_int64)out->bytes,
                                 SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
        err = -EILSEQ;
    if (err == 0) {
        sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
        sqlite3_progress_handler(db, STEPS_UNIT, steps_more, &units);
        err = integrity_check(db, out);
    }
    if (err == 0)
        err = tables_dump(db, out);
    sqlite3_close(db);
    return err;
}

void sqlite_dump_free(struct sqlite_dump *d)
{
    cJSON_Delete(d->tables);
    d->tables = NULL;
}
