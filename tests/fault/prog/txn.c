/* SPDX-License-Identifier: MIT */
/*
 * Transactions of which a checker can tell how many were kept, and whether each is whole:
 *   txn [--mount DEVICE] [--mode M] [--seed TEXT] [--until N] [--ack FILE] [--tries T] DATABASE
 * M: a journal mode (delete), or exclusive: delete under exclusive locking. The transactions 1 to N (100) are
 * done one after another, going on behind the last one found. "ack n" is printed once COMMIT has returned
 * success (DEVICE, where there is one to mount, becomes /data), and then written to FILE, which nothing syncs
 * (a device is written past its file system, at its last 4 KiB). Each transaction inserts rows that carry its
 * number, changes rows of an earlier one and removes those of one 40 before; sql_check.sql knows the rules.
 * What SQLite reports is printed as "error n CODE TEXT"; then the database is closed and opened again, up to
 * T (1) errors in all. Exit: 0 all are there, 3 too many errors, 2 usage. Invariant: nothing is acknowledged
 * that SQLite did not confirm, and no transaction begins before the one before it was acknowledged or found
 * committed.
 *
 * In delete mode the commit is the unlinking of the journal, and SQLite's FULL does not sync the directory
 * after it: a power cut then may take back a transaction that was acknowledged (these tests see it). EXTRA
 * does; the other modes need no more than FULL, and neither does delete under exclusive locking, as the
 * workloads do it: there a cleared and synced header commits, and nothing is unlinked before the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

enum { KEPT = 40, ROWS_MOST = 6, LONG_BODY = 6000 };

struct txn {
    const char *path, *mode, *seed;
    uint32_t number;       /* of the seed */
    int until, tries, ack; /* ack: descriptor, or -1 */
    off_t ack_at;
    sqlite3 *db;
};

static uint32_t scramble(uint32_t a, uint32_t b)
{
    uint32_t x = a * 2654435761u + b * 40503u + 12345u;

    x ^= x >> 15;
    x *= 2246822519u;
    return x ^ x >> 13;
}

/* One statement with up to two numbers and the seed (?3) bound. */
static int run(struct txn *t, const char *sql, int a, int b)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(t->db, sql, -1, &s, NULL), end = SQLITE_OK;

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int(s, 1, a);
    if (sqlite3_bind_parameter_count(s) > 1)
        sqlite3_bind_int(s, 2, b);
    if (sqlite3_bind_parameter_count(s) > 2)
        sqlite3_bind_text(s, 3, t->seed, -1, SQLITE_STATIC);
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
    }
    end = sqlite3_finalize(s);
    return rc == SQLITE_DONE ? end : rc;
}

static int rows_insert(struct txn *t, int n)
{
    static const char sql[] =
        "INSERT INTO t(txn, i, k, touched, len, body) SELECT ?1, ?2 / 100000 / 10, ?2 / 100000 % 10, 0, ?2 % "
        "100000, "
        "printf('cb-%s-txn-%06d-%d-', ?3, ?1, ?2 / 1000000) || replace(hex(zeroblob(?2 % 100000)), '00', "
        "char(97 + ?1 % 26))";
    int k = 1 + (int)(scramble((uint32_t)n, t->number) % ROWS_MOST), rc = SQLITE_OK;

    for (int i = 0; rc == SQLITE_OK && i < k; i++) {
        uint32_t r = scramble((uint32_t)n, t->number * 7u + (uint32_t)i + 1);
        int len = r % 16 == 0 ? LONG_BODY : (int)(r % 240);

        rc = run(t, sql, n, i * 1000000 + k * 100000 + len);
    }
    return rc;
}

static int transaction(struct txn *t, int n)
{
    int rc = run(t, "BEGIN IMMEDIATE", 0, 0);

    if (rc == SQLITE_OK && n == 1) {
        rc = sqlite3_exec(
            t->db,
            "CREATE TABLE meta(n INTEGER); INSERT INTO meta VALUES(0);"
            "CREATE TABLE t(txn INTEGER, i INTEGER, k INTEGER, touched INTEGER, len INTEGER, body TEXT,"
            " PRIMARY KEY(txn, i)); CREATE INDEX t_body ON t(body)",
            NULL, NULL, NULL);
    }
    if (rc == SQLITE_OK)
        rc = rows_insert(t, n);
    if (rc == SQLITE_OK)
        rc = run(t, "UPDATE t SET touched = ?1 WHERE txn = ?1 / 2", n, 0);
    if (rc == SQLITE_OK)
        rc = run(t, "DELETE FROM t WHERE txn = ?1", n - KEPT, 0);
    if (rc == SQLITE_OK)
        rc = run(t, "UPDATE meta SET n = ?1", n, 0);
    return rc == SQLITE_OK ? run(t, "COMMIT", 0, 0) : rc;
}

static void acknowledge(struct txn *t, int n)
{
    static _Alignas(4096) char text[4096];
    size_t len;

    printf("ack %d\n", n);
    fflush(stdout);
    if (t->ack < 0)
        return;
    len = (size_t)snprintf(text, sizeof text, "cb-%s-ack-%06d\n", t->seed, n);
    if (t->ack_at > 0)
        len = sizeof text;
    if (pwrite(t->ack, text, len, t->ack_at) != (ssize_t)len)
        printf("the acknowledgement was not written\n");
}

static int row_number(void *out, int columns, char **text, char **names)
{
    (void)columns, (void)names;
    *(int *)out = text[0] != NULL ? atoi(text[0]) : 0;
    return 0;
}

/* Opens it and finds how many transactions it holds. */
static int open_database(struct txn *t, int *n)
{
    const bool exclusive = strcmp(t->mode, "exclusive") == 0;
    char pragmas[240];
    int rc = sqlite3_open(t->path, &t->db), there = 0;

    snprintf(pragmas, sizeof pragmas,
             "%sPRAGMA synchronous=%s; PRAGMA journal_mode=%s; PRAGMA wal_autocheckpoint=24; PRAGMA "
             "cache_size=16",
             exclusive || strcmp(t->mode, "wal") == 0 ? "PRAGMA locking_mode=EXCLUSIVE; " : "",
             strcmp(t->mode, "delete") == 0 ? "EXTRA" : "FULL", exclusive ? "delete" : t->mode);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(t->db, pragmas, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(t->db, "SELECT count(*) FROM sqlite_schema WHERE name = 'meta'", row_number, &there,
                          NULL);
    *n = 0;
    if (rc == SQLITE_OK && there == 1)
        rc = sqlite3_exec(t->db, "SELECT n FROM meta", row_number, n, NULL);
    return rc;
}

static void report(struct txn *t, int n, int rc)
{
    printf("error %d %d %s\n", n, t->db != NULL ? sqlite3_extended_errcode(t->db) : rc,
           t->db != NULL ? sqlite3_errmsg(t->db) : "cannot be opened");
    fflush(stdout);
}

/* From opening to the end or the first error. */
static int session(struct txn *t)
{
    int n = 0, rc = open_database(t, &n), closed;

    if (rc == SQLITE_OK)
        printf("found %d\n", n);
    while (rc == SQLITE_OK && n < t->until) {
        rc = transaction(t, n + 1);
        if (rc == SQLITE_OK)
            acknowledge(t, ++n);
    }
    if (rc != SQLITE_OK)
        report(t, n + 1, rc);
    closed = sqlite3_close(t->db);
    t->db = NULL;
    if (rc == SQLITE_OK && closed != SQLITE_OK)
        printf("error %d %d on closing\n", n, rc = closed);
    return rc;
}

static bool mounted(const char *device)
{
    if ((mkdir("/data", 0755) == 0 || errno == EEXIST) && mount(device, "/data", "ext4", 0, NULL) == 0)
        return true;
    perror(device);
    return false;
}

/* A file, or the end of a device, written directly. */
static bool ack_open(struct txn *t, const char *path)
{
    bool device = strncmp(path, "/dev/", 5) == 0;

    t->ack = open(path, O_RDWR | (device ? O_DIRECT : O_CREAT), 0644);
    if (t->ack >= 0 && device)
        t->ack_at = lseek(t->ack, 0, SEEK_END) - 4096;
    return t->ack >= 0 && t->ack_at >= 0;
}

static bool options_parse(struct txn *t, int argc, char **argv)
{
    static const struct option options[] = {{"mode", required_argument, NULL, 'm'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"until", required_argument, NULL, 'u'},
                                            {"ack", required_argument, NULL, 'a'},
                                            {"tries", required_argument, NULL, 't'},
                                            {"mount", required_argument, NULL, 'd'},
                                            {NULL, 0, NULL, 0}};
    int opt;

    while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (opt == 'm')
            t->mode = optarg;
        else if (opt == 's')
            t->seed = optarg;
        else if (opt == 'd' && !mounted(optarg))
            return false;
        else if (opt == 'u')
            t->until = atoi(optarg);
        else if (opt == 't')
            t->tries = atoi(optarg);
        else if (opt != 'd' && (opt != 'a' || !ack_open(t, optarg)))
            return false;
    }
    for (const char *p = t->seed; *p; p++)
        t->number = t->number * 31u + (unsigned char)*p;
    t->path = argv[optind];
    return optind + 1 == argc && t->until > 0 && t->until < 1000000 && t->tries > 0;
}

int main(int argc, char **argv)
{
    struct txn t = {.mode = "delete", .seed = "0", .until = 100, .tries = 1, .ack = -1};

    if (!options_parse(&t, argc, argv)) {
        fprintf(stderr, "usage: txn [--mount DEVICE] [--mode M] [--seed TEXT] [--until N] [--ack FILE] "
                        "[--tries T] DATABASE\n");
        return 2;
    }
    for (int errors = 0; errors < t.tries; errors++)
        if (session(&t) == SQLITE_OK) {
            printf("done %d\n", t.until);
            return 0;
        }
    return 3;
}
