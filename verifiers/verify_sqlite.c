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
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "artifact.h"
#include "digest.h"
#include "intake.h"
#include "sqlite_dump.h"
#include "verdict.h"

enum { FILES_MAX = 16, NONCE_HEX = 16, LABEL_SIZE = 256, DATABASE_SLACK = 1 << 20 };

struct sqlite_case {
    cJSON *json, *golden;
    const char *nonce;
    const cJSON *files; /* of the case's size: name -> what the golden says */
};

static int bad(const char *file, const char *why)
{
    fprintf(stderr, "verifier: %s: %s\n", file, why);
    return -EINVAL;
}

static const cJSON *get(const cJSON *o, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(o, key);
}

static const char *text_get(const cJSON *o, const char *key)
{
    const char *text = cJSON_GetStringValue(get(o, key));

    return text ? text : "";
}

/* Are these the prefix digests of something? */
static bool upto_fine(const cJSON *upto)
{
    const cJSON *e;

    if (!cJSON_IsArray(upto) || !upto->child)
        return false;
    cJSON_ArrayForEach(e, upto)
    {
        if (!cJSON_IsString(e) || strlen(e->valuestring) != DIGEST_HEX ||
            strspn(e->valuestring, "0123456789abcdef") != DIGEST_HEX)
            return false;
    }
    return true;
}

static bool file_fine(const cJSON *f)
{
    const cJSON *t;

    if (!f->string || f->string[0] == '.' || strchr(f->string, '/') || strlen(f->string) > 100 ||
        !cJSON_IsNumber(get(f, "bytes")) || !(get(f, "bytes")->valuedouble >= 0) ||
        get(f, "bytes")->valuedouble > 1e12)
        return false;
    if (strcmp(text_get(f, "kind"), "bytes") == 0)
        return upto_fine(get(f, "sha256_upto"));
    if (strcmp(text_get(f, "kind"), "database") != 0 || !cJSON_IsBool(get(f, "wal")) ||
        !cJSON_IsObject(get(f, "tables")))
        return false;
    cJSON_ArrayForEach(t, get(f, "tables"))
    {
        if (!t->string || !cJSON_IsNumber(get(t, "rows")) || !upto_fine(get(t, "sha256_upto")))
            return false;
    }
    return true;
}

static int case_load(const char *path, struct sqlite_case *c)
{
    const char *golden, *size;
    const cJSON *f;

    memset(c, 0, sizeof *c);
    c->json = intake_json(path);
    if (!cJSON_IsObject(c->json) || !cJSON_IsNumber(get(c->json, "schema")) ||
        get(c->json, "schema")->valuedouble != 1 || strcmp(text_get(c->json, "kind"), "sqlite") != 0)
        return bad(path, "is not a case of kind sqlite, schema 1");
    c->nonce = text_get(c->json, "nonce");
    if (strlen(c->nonce) != NONCE_HEX || strspn(c->nonce, "0123456789abcdef") != NONCE_HEX)
        return bad(path, "\"nonce\" is not 16 hexadecimal digits");
    golden = text_get(c->json, "golden");
    size = text_get(c->json, "size");
    c->golden = intake_json(golden);
    if (!cJSON_IsObject(c->golden))
        return bad(golden, "cannot be read as a golden");
    if (strcmp(text_get(c->golden, "workload"), text_get(c->json, "workload")) != 0)
        return bad(golden, "is the golden of another workload");
    c->files = get(get(get(c->golden, "sizes"), size), "files");
    if (!cJSON_IsObject(c->files) || !c->files->child || cJSON_GetArraySize(c->files) > FILES_MAX)
        return bad(golden, "has no files for the case's size");
    cJSON_ArrayForEach(f, c->files)
    {
        if (!file_fine(f))
            return bad(golden, "does not describe its files as it should");
    }
    return 0;
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
    uint64_t bytes = (uint64_t)get(f, "bytes")->valuedouble;
    const cJSON *upto = get(f, "sha256_upto"), *want;
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
    a = get(want, "sha256_upto");
    b = get(got, "sha256_upto");
    verdict_digest(v, label, cJSON_GetArrayItem(b, cJSON_GetArraySize(b) - 1)->valuestring);
    block = upto_compare(a, b);
    if (block < 0 && get(want, "rows")->valuedouble == get(got, "rows")->valuedouble)
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
                        get(got, "rows")->valuedouble, get(want, "rows")->valuedouble,
                        block * SQLITE_DUMP_ROWS, (block + 1) * SQLITE_DUMP_ROWS - 1);
}

static int tables_check(struct verdict *v, const char *label, const cJSON *f, const struct sqlite_dump *d)
{
    const cJSON *t;
    int result = 0;

    cJSON_ArrayForEach(t, get(f, "tables"))
    {
        char name[LABEL_SIZE + 104];

        snprintf(name, sizeof name, "%s:%.100s", label, t->string);
        if (result == 0)
            result = table_check(v, name, t, get(d->tables, t->string));
    }
    if (result == 0 && cJSON_GetArraySize(d->tables) != cJSON_GetArraySize(get(f, "tables")))
        result = verdict_fail(v, "table_unexpected", "%s has tables that the golden has not", label);
    return result;
}

static int database_check(struct verdict *v, const char *label, const cJSON *f, int fd)
{
    uint64_t bytes = (uint64_t)get(f, "bytes")->valuedouble;
    bool wal = cJSON_IsTrue(get(f, "wal"));
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

static int files_check(struct verdict *v, const struct sqlite_case *c, int dir)
{
    const char *names[FILES_MAX];
    const cJSON *f;
    size_t n = 0;
    int result;

    cJSON_ArrayForEach(f, c->files) names[n++] = f->string;
    result = intake_names(v, dir, "verify/", names, n);
    cJSON_ArrayForEach(f, c->files)
    {
        char label[LABEL_SIZE];
        int fd;

        if (result != 0)
            break;
        snprintf(label, sizeof label, "verify/%s", f->string);
        fd = artifact_open(dir, f->string);
        if (fd < 0) {
            result = intake_refuse(v, label, fd);
            break;
        }
        result = strcmp(text_get(f, "kind"), "bytes") == 0 ? bytes_check(v, label, f, fd)
                                                           : database_check(v, label, f, fd);
        close(fd);
    }
    return result;
}

static int artifact_check(struct verdict *v, const struct sqlite_case *c, int dir)
{
    static const char *const top[] = {"NONCE", "verify"};
    int sub, result = intake_nonce(v, dir, c->nonce);

    if (result == 0)
        result = intake_names(v, dir, "", top, 2);
    if (result != 0)
        return result;
    sub = artifact_directory(dir, "verify");
    if (sub < 0)
        return intake_refuse(v, "verify", sub);
    result = files_check(v, c, sub);
    close(sub);
    return result;
}

int main(int argc, char **argv)
{
    struct sqlite_case c;
    struct verdict v;
    int dir, status = 2;

    if (argc != 3) {
        fprintf(stderr, "usage: verify_sqlite CASE.json ARTIFACT_DIR\n");
        return 2;
    }
    if (case_load(argv[1], &c) == 0) {
        dir = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0) {
            bad(argv[2], strerror(errno));
        } else if (verdict_init(&v)) {
            artifact_check(&v, &c, dir);
            status = verdict_print(&v, "results and every row equal the golden; integrity_check is ok");
            verdict_free(&v);
        }
        if (dir >= 0)
            close(dir);
    }
    cJSON_Delete(c.golden);
    cJSON_Delete(c.json);
    return status;
}
