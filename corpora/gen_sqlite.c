/* SPDX-License-Identifier: MIT */
/*
 * The database generator: customers and orders with plausible, seeded values, written in one transaction with
 * no journal. Integers and text only, so that no floating-point printing can differ. See gen.h.
 */
#include "gen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sqlite3.h"

static const char *const syllables[] = {"ba",  "lo",  "ri",  "ten", "ka",  "mu",  "sol", "ve",
                                        "dra", "ni",  "por", "ge",  "hal", "ist", "o",   "qua",
                                        "ul",  "fen", "cy",  "mar", "zi",  "wel"};

static const char schema[] =
    "PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
    "CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT NOT NULL, town TEXT, since INTEGER);"
    "CREATE TABLE orders(id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customer(id),"
    " day INTEGER NOT NULL, cents INTEGER NOT NULL, state TEXT NOT NULL, note TEXT);";

static const char indexes[] = "CREATE INDEX orders_customer ON orders(customer, day);"
                              "CREATE INDEX customer_name ON customer(name); COMMIT;";

/* Two to four syllables in `word`, which holds at least 16 bytes. */
static void word_make(char *word, uint64_t *state)
{
    uint64_t r = gen_next(state);
    unsigned parts = 2 + (unsigned)(r & 1) + (unsigned)((r >> 1) & 1);
    size_t used = 0;

    for (unsigned i = 0; i < parts; i++) {
        const char *s = syllables[(r >> (8 + 8 * i)) % (sizeof syllables / sizeof syllables[0])];
        size_t n = strlen(s);

        memcpy(word + used, s, n);
        used += n;
    }
    word[used] = '\0';
}

static int row_step(sqlite3_stmt *insert)
{
    int rc = sqlite3_step(insert);

    return rc == SQLITE_DONE ? sqlite3_reset(insert) : rc;
}

static int customers_insert(sqlite3_stmt *insert, uint64_t *state, uint64_t count)
{
    int rc = SQLITE_OK;

    for (uint64_t id = 1; id <= count && rc == SQLITE_OK; id++) {
        char first[16], last[16], town[16], name[40];

        word_make(first, state);
        word_make(last, state);
        word_make(town, state);
        snprintf(name, sizeof name, "%s %s", first, last);
        sqlite3_bind_int64(insert, 1, (sqlite3_int64)id);
        sqlite3_bind_text(insert, 2, name, -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(insert, 3, town, -1, SQLITE_TRANSIENT);
        sqlite3_bind_int64(insert, 4, 10957 + (sqlite3_int64)(gen_next(state) % 9000));
        rc = row_step(insert);
    }
    return rc;
}

static int orders_insert(sqlite3_stmt *insert, uint64_t *state, uint64_t count, uint64_t customers)
{
    static const char *const states[] = {"open", "packed", "sent", "paid", "returned"};
    int rc = SQLITE_OK;

    for (uint64_t id = 1; id <= count && rc == SQLITE_OK; id++) {
        char note[128] = "";
        uint64_t words = gen_next(state) % 7;

        for (uint64_t i = 0; i < words; i++) {
            char word[16];
            size_t used = strlen(note);

            word_make(word, state);
            snprintf(note + used, sizeof note - used, "%s%s", used ? " " : "", word);
        }
        sqlite3_bind_int64(insert, 1, (sqlite3_int64)id);
        sqlite3_bind_int64(insert, 2, 1 + (sqlite3_int64)(gen_next(state) % customers));
        sqlite3_bind_int64(insert, 3, 14610 + (sqlite3_int64)(id / 40));
        sqlite3_bind_int64(insert, 4, (sqlite3_int64)(gen_next(state) % 100000));
        sqlite3_bind_text(insert, 5, states[gen_next(state) % 5], -1, SQLITE_STATIC);
        sqlite3_bind_text(insert, 6, note, -1, SQLITE_TRANSIENT);
        rc = row_step(insert);
    }
    return rc;
}

static int tables_fill(sqlite3 *db, uint64_t seed, uint64_t rows)
{
    uint64_t customers = rows / 8 + 1;
    uint64_t state = seed;
    sqlite3_stmt *customer = NULL, *order = NULL;
    int rc = sqlite3_exec(db, schema, NULL, NULL, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(db, "INSERT INTO customer VALUES(?,?,?,?)", -1, &customer, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(db, "INSERT INTO orders VALUES(?,?,?,?,?,?)", -1, &order, NULL);
    if (rc == SQLITE_OK)
        rc = customers_insert(customer, &state, customers);
    if (rc == SQLITE_OK)
        rc = orders_insert(order, &state, rows, customers);
    sqlite3_finalize(customer);
    sqlite3_finalize(order);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, indexes, NULL, NULL, NULL);
    return rc;
}

int gen_sqlite(const char *path, uint64_t seed, uint64_t rows)
{
    sqlite3 *db = NULL;
    int rc;

    if (unlink(path) < 0 && errno != ENOENT)
        return -errno;
    rc = sqlite3_open(path, &db);
    if (rc == SQLITE_OK)
        rc = tables_fill(db, seed, rows);
    if (rc != SQLITE_OK)
        fprintf(stderr, "sqlite: %s\n", db ? sqlite3_errmsg(db) : "out of memory");
    if (sqlite3_close(db) != SQLITE_OK)
        rc = SQLITE_ERROR;
    return rc == SQLITE_OK ? 0 : -EIO;
}
