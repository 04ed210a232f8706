/* SPDX-License-Identifier: MIT */
/*
 * Verifier of database workloads: verify_sqlite CASE.json ARTIFACT_DIR
 * Checks, in this order, and stops at the first that fails: the run's nonce; that exactly the golden's files
 * are in the artifact's directory `verify`; the files of bytes (what the queries gave) against the golden;
 * each database: journal mode in its header, integrity_check by the host's own build, every row against the
 * golden. One JSON line on stdout; exit 0 passed, 1 failed, 2 bad case. Invariant: reading stays bounded by
 * the golden.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "digest.h"
#include "intake.h"
#include "listed.h"
#include "sqlite_dump.h"
#include "verify.h"

enum { DATABASE_SLACK = 1 << 20 };

/* Are these the prefix digests of something? */
static bool upto_fine(const cJSON *upto)
{
    const cJSON *e;

    if (!cJSON_IsArray(upto) || !upto->child)
        return false;
    cJSON_ArrayForEach(e, upto)
    {
        if (!cJSON_IsString(e) || !case_hex(e->valuestring, DIGEST_HEX))
            return false;
    }
    return true;
}

static bool file_fine(const cJSON *f)
{
    const cJSON *t;

    if (!cJSON_IsNumber(case_get(f, "bytes")) || !(case_get(f, "bytes")->valuedouble >= 0) ||
        case_get(f, "bytes")->valuedouble > 1e12)
        return false;
    if (strcmp(case_text(f, "kind"), "bytes") == 0)
        return upto_fine(case_get(f, "sha256_upto"));
    if (strcmp(case_text(f, "kind"), "database") != 0 || !cJSON_IsBool(case_get(f, "wal")) ||
        !cJSON_IsObject(case_get(f, "tables")))
        return false;
    cJSON_ArrayForEach(t, case_get(f, "tables"))
    {
        if (!t->string || !cJSON_IsNumber(case_get(t, "rows")) || !upto_fine(case_get(t, "sha256_upto")))
            return false;
    }
    return true;
}

/* Index of the first prefix that differs, or -1 when both lists are the same. */
static long upto_compare(const cJSON *expected, const cJSON *got)
{
    const cJSON *a = expected->child, *b = got->child;
    long i = 0;

    for (; a && b && strcmp(a->valuestring, b->valuestring) == 0; i++) {
        a = a->next;
        b = b->next;
    }
    return a || b ? i : -1;
}

static int bytes_check(struct verdict *v, const char *label, const cJSON *f, int fd)
{
    uint64_t bytes = (uint64_t)case_get(f, "bytes")->valuedouble;
    const cJSON *upto = case_get(f, "sha256_upto"), *want;
    struct verdict_difference where = {label, 0, 0, DIGEST_BLOCK, "end of file", "end of file"};
    struct digest d = {0};
    cJSON *got;
    long block;
    int result = digest_file(fd, bytes + DIGEST_BLOCK, &d);

    if (result == -EFBIG)
        return verdict_fail(v, "results_long", "%s has more bytes than the golden", label);
    if (result < 0)
        return intake_refuse(v, label, result);
    verdict_digest(v, label, digest_whole(&d));
    got = cJSON_CreateArray();
    for (size_t i = 0; i < d.count; i++)
        cJSON_AddItemToArray(got, cJSON_CreateString(d.upto[i]));
    block = upto_compare(upto, got);
    if (block >= 0 || d.bytes != bytes) {
        block = block < 0 ? 0 : block;
        want = cJSON_GetArrayItem(upto, (int)block);
        where.block = (uint64_t)block;
        where.offset = where.block * DIGEST_BLOCK;
        where.expected = want ? want->valuestring : where.expected;
        where.got = (size_t)block < d.count ? d.upto[block] : where.got;
        verdict_where(v, &where);
        result = d.bytes == 0
                     ? verdict_fail(v, "results_empty", "%s is empty", label)
                     : verdict_fail(v, "results_differ", "%s differs from the golden in block %ld of 64 KiB",
                                    label, block);
    }
    cJSON_Delete(got);
    digest_free(&d);
    return result;
}

/* One table; the difference's block counts rows, in units of SQLITE_DUMP_ROWS. */
static int table_check(struct verdict *v, const char *label, const cJSON *want, const cJSON *got)
{
    struct verdict_difference where = {label, 0, 0, SQLITE_DUMP_ROWS, "end of table", "end of table"};
    const cJSON *a, *b;
    long block;

    if (!got)
        return verdict_fail(v, "table_missing", "%s is not in the database", label);
    a = case_get(want, "sha256_upto");
    b = case_get(got, "sha256_upto");
    verdict_digest(v, label, cJSON_GetArrayItem(b, cJSON_GetArraySize(b) - 1)->valuestring);
    block = upto_compare(a, b);
    if (block < 0 && case_get(want, "rows")->valuedouble == case_get(got, "rows")->valuedouble)
        return 0;
    block = block < 0 ? 0 : block;
    where.block = where.offset = (uint64_t)block;
    where.offset *= SQLITE_DUMP_ROWS;
    a = cJSON_GetArrayItem(a, (int)block);
    b = cJSON_GetArrayItem(b, (int)block);
    where.expected = a ? a->valuestring : where.expected;
    where.got = b ? b->valuestring : where.got;
    verdict_where(v, &where);
    return verdict_fail(v, "rows_differ",
                        "%s: %.0f rows, the golden %.0f; the first difference is in rows %ld to %ld", label,
                        case_get(got, "rows")->valuedouble, case_get(want, "rows")->valuedouble,
                        block * SQLITE_DUMP_ROWS, (block + 1) * SQLITE_DUMP_ROWS - 1);
}

static int tables_check(struct verdict *v, const char *label, const cJSON *f, const struct sqlite_dump *d)
{
    const cJSON *t;
    int result = 0;

    cJSON_ArrayForEach(t, case_get(f, "tables"))
    {
        char name[LISTED_LABEL + 104];

        snprintf(name, sizeof name, "%s:%.100s", label, t->string);
        if (result == 0)
            result = table_check(v, name, t, case_get(d->tables, t->string));
    }
    if (result == 0 && cJSON_GetArraySize(d->tables) != cJSON_GetArraySize(case_get(f, "tables")))
        result = verdict_fail(v, "table_unexpected", "%s has tables that the golden has not", label);
    return result;
}

static int database_check(struct verdict *v, const char *label, const cJSON *f, int fd)
{
    uint64_t bytes = (uint64_t)case_get(f, "bytes")->valuedouble;
    bool wal = cJSON_IsTrue(case_get(f, "wal"));
    struct sqlite_dump d;
    int result = sqlite_dump_read(fd, 2 * bytes + DATABASE_SLACK, &d);

    if (result == -EFBIG)
        result = verdict_fail(v, "database_long", "%s is more than twice the golden's size", label);
    else if (result == -EILSEQ && d.integrity[0] && strcmp(d.integrity, "ok") != 0)
        result = verdict_fail(v, "integrity_check", "%s: %s", label, d.integrity);
    else if (result == -EILSEQ)
        result = verdict_fail(v, "database_refused", "%s: %s", label, d.error);
    else if (result < 0)
        result = intake_refuse(v, label, result);
    else if (d.bytes == 0)
        result = verdict_fail(v, "database_empty", "%s is empty", label);
    else
        result = tables_check(v, label, f, &d);
    if (result == 0 && d.wal != wal)
        result =
            verdict_fail(v, "journal_mode", "%s is in %s mode by its header, the golden in %s mode", label,
                         d.wal ? "write-ahead log" : "rollback", wal ? "write-ahead log" : "rollback");
    sqlite_dump_free(&d);
    return result;
}

static int file_check(struct verdict *v, const void *c, const char *label, const cJSON *f, int fd)
{
    (void)c;
    return strcmp(case_text(f, "kind"), "bytes") == 0 ? bytes_check(v, label, f, fd)
                                                      : database_check(v, label, f, fd);
}

static int load(const char *path, void *c)
{
    int err = case_open(path, "sqlite", c);

    return err < 0 ? err : listed_load(c, file_fine);
}

static int check(struct verdict *v, const void *c, int dir)
{
    return listed_check(v, c, dir, "verify", file_check, NULL);
}

static void release(void *c)
{
    case_close(c);
}

int main(int argc, char **argv)
{
    static const struct verify_kind kind = {
        .program = "verify_sqlite",
        .passed = "results and every row equal the golden; integrity_check is ok",
        .load = load,
        .check = check,
        .release = release,
    };
    struct case_head c = {0};

    return verify_main(argc, argv, &kind, &c);
}
