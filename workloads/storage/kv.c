/* SPDX-License-Identifier: MIT */
/*
 * Key-value mixes over SQLite: storage-kv RECORDS OPERATIONS DATABASE [RESULTS]
 * Loads RECORDS records in one transaction, then runs OPERATIONS operations of each mix: A read and update by
 * halves, B 95 reads to 5 updates, C reads, E 95 scans to 5 inserts, F read and read-modify-write by halves.
 * Keys are drawn from a Zipf distribution (exponent 1) with a fixed seed; each operation that writes is a
 * transaction of its own. Counts and latencies go to stdout, and how many bytes of keys and values were
 * written. With RESULTS every value that is read is checked against what was last written to its key, and a
 * digest of all of them, mix by mix, is written there. Invariant: the sequence of operations depends on
 * RECORDS and OPERATIONS alone.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "latency.h"
#include "prng.h"

enum { KEY_SIZE = 24, VALUE_SIZE = 400, SCAN_MOST = 100, MIXES = 5 };
enum op { OP_READ, OP_UPDATE, OP_SCAN, OP_INSERT, OP_MODIFY, OP_COUNT };

static const char *const op_names[OP_COUNT] = {"read", "update", "scan", "insert", "read-modify-write"};

struct mix {
    char name;
    enum op common, rare;
    unsigned percent; /* of the rare one */
};

static const struct mix mixes[MIXES] = {{'A', OP_READ, OP_UPDATE, 50},
                                        {'B', OP_READ, OP_UPDATE, 5},
                                        {'C', OP_READ, OP_READ, 0},
                                        {'E', OP_SCAN, OP_INSERT, 5},
                                        {'F', OP_READ, OP_MODIFY, 50}};

struct kv {
    sqlite3 *db;
    sqlite3_stmt *read, *write, *insert, *scan;
    uint64_t random, records, most; /* records now, and room in the arrays */
    uint64_t *below;                /* below[i]: sum of the weights of ranks 0..i */
    uint32_t *version;              /* of each record, as last written */
    bool checked;
    uint64_t digest; /* of every byte read, while `checked` */
    uint64_t wrote;  /* bytes of keys and values */
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "storage-kv: %s: %s\n", what, why);
    exit(1);
}

static void need(struct kv *k, int rc, const char *what)
{
    if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
        die(what, sqlite3_errmsg(k->db));
}

static void sql(struct kv *k, const char *text)
{
    need(k, sqlite3_exec(k->db, text, NULL, NULL, NULL), text);
}

static sqlite3_stmt *prepared(struct kv *k, const char *text)
{
    sqlite3_stmt *s = NULL;

    need(k, sqlite3_prepare_v2(k->db, text, -1, &s, NULL), text);
    return s;
}

/* Record i's key: spread over the key space, different for every i (an odd factor). */
static void key_make(char *key, uint64_t i)
{
    snprintf(key, KEY_SIZE, "user%019" PRIu64, i * UINT64_C(0x5851f42d4c957f2d) >> 1);
}

static void value_make(unsigned char *value, uint64_t record, uint32_t version)
{
    prng_fill(value, VALUE_SIZE, record << 32 | version);
}

/* The rank of a Zipf draw; ranks are spread over the records that were loaded. */
static uint64_t zipf_draw(struct kv *k, uint64_t loaded)
{
    uint64_t x = prng_below(&k->random, k->below[loaded - 1]), low = 0, high = loaded - 1;

    while (low < high) {
        uint64_t mid = (low + high) / 2;

        if (k->below[mid] > x)
            high = mid;
        else
            low = mid + 1;
    }
    return low * 7919 % loaded;
}

static void value_seen(struct kv *k, const void *data, int bytes, uint64_t record)
{
    unsigned char want[VALUE_SIZE];
    const unsigned char *got = data;

    if (bytes != VALUE_SIZE)
        die("read", "a value of another length");
    if (!k->checked)
        return;
    if (record < k->most) {
        value_make(want, record, k->version[record]);
        if (memcmp(want, got, VALUE_SIZE) != 0)
            die("read", "a value that was not the last written");
    }
    for (int i = 0; i < bytes; i++)
        k->digest = (k->digest ^ got[i]) * UINT64_C(0x100000001b3);
}

static void op_read(struct kv *k, uint64_t record)
{
    char key[KEY_SIZE];

    key_make(key, record);
    sqlite3_bind_text(k->read, 1, key, -1, SQLITE_STATIC);
    if (sqlite3_step(k->read) != SQLITE_ROW)
        die("read", "a record is missing");
    value_seen(k, sqlite3_column_blob(k->read, 0), sqlite3_column_bytes(k->read, 0), record);
    need(k, sqlite3_reset(k->read), "read");
}

static void op_write(struct kv *k, sqlite3_stmt *s, uint64_t record)
{
    unsigned char value[VALUE_SIZE];
    char key[KEY_SIZE];

    key_make(key, record);
    value_make(value, record, k->version[record]);
    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_blob(s, 2, value, VALUE_SIZE, SQLITE_STATIC);
    need(k, sqlite3_step(s), "write");
    k->wrote += KEY_SIZE - 1 + VALUE_SIZE;
    if (sqlite3_changes(k->db) != 1)
        die("write", "not one record was written");
    need(k, sqlite3_reset(s), "write");
}

static void op_scan(struct kv *k, uint64_t record)
{
    int limit = (int)prng_below(&k->random, SCAN_MOST) + 1, step;
    char key[KEY_SIZE];

    key_make(key, record);
    sqlite3_bind_text(k->scan, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_int(k->scan, 2, limit);
    while ((step = sqlite3_step(k->scan)) == SQLITE_ROW)
        value_seen(k, sqlite3_column_blob(k->scan, 0), sqlite3_column_bytes(k->scan, 0), UINT64_MAX);
    need(k, step, "scan");
    need(k, sqlite3_reset(k->scan), "scan");
}

static void op_do(struct kv *k, enum op op, uint64_t record)
{
    switch (op) {
    case OP_READ:
        op_read(k, record);
        break;
    case OP_UPDATE:
        k->version[record]++;
        op_write(k, k->write, record);
        break;
    case OP_SCAN:
        op_scan(k, record);
        break;
    case OP_INSERT:
        op_write(k, k->insert, k->records++);
        break;
    default:
        sql(k, "BEGIN IMMEDIATE");
        op_read(k, record);
        k->version[record]++;
        op_write(k, k->write, record);
        sql(k, "COMMIT");
    }
}

static void mix_run(struct kv *k, const struct mix *m, uint64_t loaded, uint64_t operations, FILE *results)
{
    struct latency *l = calloc(OP_COUNT, sizeof *l);
    char what[64];

    if (!l)
        die("memory", strerror(ENOMEM));
    k->digest = UINT64_C(0xcbf29ce484222325);
    for (uint64_t i = 0; i < operations; i++) {
        enum op op = prng_below(&k->random, 100) < m->percent ? m->rare : m->common;
        uint64_t record = zipf_draw(k, loaded), begin = latency_now();

        op_do(k, op, record);
        latency_add(&l[op], latency_now() - begin);
    }
    for (int op = 0; op < OP_COUNT; op++) {
        if (l[op].count == 0)
            continue;
        snprintf(what, sizeof what, "mix %c %s", m->name, op_names[op]);
        latency_print(&l[op], what);
        if (results)
            fprintf(results, "mix %c %s %" PRIu64 "\n", m->name, op_names[op], l[op].count);
    }
    if (results)
        fprintf(results, "mix %c values %016" PRIx64 "\n", m->name, k->digest);
    free(l);
}

static void kv_load(struct kv *k, uint64_t loaded)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < loaded; i++)
        k->below[i] = sum += (UINT64_C(1) << 32) / (i + 1);
    sql(k, "BEGIN");
    while (k->records < loaded)
        op_write(k, k->insert, k->records++);
    sql(k, "COMMIT");
}

static void kv_open(struct kv *k, const char *path)
{
    need(k, sqlite3_open_v2(path, &k->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix-none"), path);
    sql(k, "PRAGMA locking_mode = EXCLUSIVE");
    sql(k, "CREATE TABLE kv(k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID");
    k->read = prepared(k, "SELECT v FROM kv WHERE k = ?");
    k->write = prepared(k, "UPDATE kv SET v = ?2 WHERE k = ?1");
    k->insert = prepared(k, "INSERT INTO kv VALUES(?1, ?2)");
    k->scan = prepared(k, "SELECT v FROM kv WHERE k >= ?1 ORDER BY k LIMIT ?2");
}

static void kv_close(struct kv *k)
{
    sqlite3_finalize(k->read);
    sqlite3_finalize(k->write);
    sqlite3_finalize(k->insert);
    sqlite3_finalize(k->scan);
    if (sqlite3_close(k->db) != SQLITE_OK)
        die("close", "statements are left");
    free(k->below);
    free(k->version);
}

static uint64_t number(const char *text)
{
    char *end;
    unsigned long long n = strtoull(text, &end, 10);

    if (*end || n < 100 || n > 10000000)
        die(text, "must be a number from 100 to 10000000");
    return n;
}

int main(int argc, char **argv)
{
    struct kv k = {.random = 20260105};
    uint64_t loaded, operations;
    FILE *results = NULL;

    if (argc != 4 && argc != 5)
        die("usage", "storage-kv RECORDS OPERATIONS DATABASE [RESULTS]");
    loaded = number(argv[1]);
    operations = number(argv[2]);
    k.most = loaded + operations;
    k.below = calloc(loaded, sizeof *k.below);
    k.version = calloc(k.most, sizeof *k.version);
    if (!k.below || !k.version)
        die("memory", strerror(ENOMEM));
    if (argc == 5 && !(results = fopen(argv[4], "wb")))
        die(argv[4], strerror(errno));
    k.checked = results != NULL;
    kv_open(&k, argv[3]);
    kv_load(&k, loaded);
    for (int i = 0; i < MIXES; i++)
        mix_run(&k, &mixes[i], loaded, operations, results);
    printf("wrote %" PRIu64 " bytes\n", k.wrote);
    kv_close(&k);
    if (results && fclose(results) != 0)
        die(argv[4], strerror(errno));
    return 0;
}
