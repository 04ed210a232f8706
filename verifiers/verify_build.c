/* SPDX-License-Identifier: MIT */
/*
 * Verifier of what a compiler (or a program it has made) left: verify_build CASE.json ARTIFACT_DIR
 * Every file is compared byte by byte with the same file of the host's own build of the same plan (the
 * reference). What does not depend on this machine's compiler (objects, results) has its hash in the
 * committed golden, and the reference is held against it; executables contain the C library and the seam, so
 * their reference is made anew whenever those change, and the golden only names them.
 * Checks, in this order: the run's nonce; each folder's names; each file; pairs that must be identical.
 * One JSON line on stdout; exit 0 passed, 1 failed, 2 bad case. Invariant: reading stays bounded by the
 * reference.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "artifact.h"
#include "build_case.h"
#include "digest.h"
#include "intake.h"
#include "verify.h"

enum { CHUNK = 65536, SHOWN = 16, BLOCK = 4096, PATH_BYTES = 256 };

/* Up to SHOWN bytes in hexadecimal, or "end of file". */
static void bytes_show(const unsigned char *p, size_t n, char out[2 * SHOWN + 1])
{
    if (n == 0)
        snprintf(out, 2 * SHOWN + 1, "end of file");
    for (size_t i = 0; i < n && i < SHOWN; i++)
        snprintf(out + 2 * i, 3, "%02x", p[i]);
}

static int differs(struct verdict *v, const char *code, const char *label, const char *of, uint64_t offset,
                   const unsigned char *want, size_t wants, const unsigned char *got, size_t gots)
{
    char expected[2 * SHOWN + 1], found[2 * SHOWN + 1];
    struct verdict_difference where = {label, offset, offset / BLOCK, BLOCK, expected, found};

    bytes_show(want, wants, expected);
    bytes_show(got, gots, found);
    verdict_where(v, &where);
    return verdict_fail(v, code, "%s differs from %s at offset %llu", label, of, (unsigned long long)offset);
}

/* Compares `label` with what it must be equal to, `of`, to their ends; `code` NULL: one that says how they
 * differ. 0, or 1 with the failure recorded. */
static int files_compare(struct verdict *v, const char *code, const char *label, const char *of, int want,
                         int got)
{
    static unsigned char a[CHUNK], b[CHUNK];
    uint64_t offset = 0;

    for (;;) {
        ssize_t n = artifact_read(want, a, CHUNK, offset), m = artifact_read(got, b, CHUNK, offset);
        size_t same = 0, both;

        if (n < 0 || m < 0)
            return intake_refuse(v, label, (int)(n < 0 ? n : m));
        both = (size_t)(n < m ? n : m);
        while (same < both && a[same] == b[same])
            same++;
        if (same < both || n != m) {
            if (!code)
                code = same < both             ? "file_differs"
                       : m == 0 && offset == 0 ? "file_empty"
                       : n > m                 ? "file_short"
                                               : "file_long";
            return differs(v, code, label, of, offset + same, a + same, (size_t)n - same, b + same,
                           (size_t)m - same);
        }
        if (n == 0)
            return 0;
        offset += (uint64_t)n;
    }
}

/* Opens an artifact or reference file by its relative name, one component after the other. */
static int nested_open(int dir, const char *name)
{
    char part[PATH_BYTES];
    int at = dup(dir), next;
    const char *slash;

    if (at < 0)
        return -errno;
    while ((slash = strchr(name, '/'))) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - name), name);
        next = artifact_directory(at, part);
        close(at);
        if (next < 0)
            return next;
        at = next;
        name = slash + 1;
    }
    next = artifact_open(at, name);
    close(at);
    return next;
}

static int file_check(struct verdict *v, const struct build_file *f, int reference, int dir)
{
    struct digest d = {0};
    int want = nested_open(reference, f->name), got = nested_open(dir, f->name), result;

    if (want < 0 || got < 0) {
        result = intake_refuse(v, f->name, got < 0 ? got : want);
    } else {
        result = digest_file(got, f->bytes + CHUNK, &d);
        if (result == 0)
            verdict_digest(v, f->name, digest_whole(&d));
        digest_free(&d);
        result = result == 0 || result == -EFBIG ? lseek(got, 0, SEEK_SET) < 0 : result;
        result = result != 0 ? intake_refuse(v, f->name, result < 0 ? result : -EIO)
                             : files_compare(v, NULL, f->name, "the host's own build", want, got);
    }
    if (want >= 0)
        close(want);
    if (got >= 0)
        close(got);
    return result;
}

/* The names directly in the folder `prefix` ("" or ends in a slash) of files[0..count), all below it; then
 * the folders in it. */
static int folder_check(struct verdict *v, const struct build_file *files, size_t count, const char *prefix,
                        int dir)
{
    size_t skip = strlen(prefix), n = 0;
    char(*part)[PATH_BYTES] = calloc(count + 1, sizeof *part);
    const char **names = calloc(count + 1, sizeof *names);
    int result = part && names ? 0 : verdict_fail(v, "file_unreadable", "out of memory");

    if (result == 0 && skip == 0)
        names[n++] = "NONCE";
    for (size_t i = 0; result == 0 && i < count; i++) {
        const char *rest = files[i].name + skip;

        snprintf(part[i], PATH_BYTES, "%.*s", (int)strcspn(rest, "/"), rest);
        if (i == 0 || strcmp(part[i], part[i - 1]) != 0)
            names[n++] = part[i];
    }
    if (result == 0)
        result = intake_names(v, dir, prefix, names, n);
    for (size_t i = 0; result == 0 && i < count;) {
        char below[PATH_BYTES];
        size_t end = i;
        int sub;

        while (end < count && strcmp(part[end], part[i]) == 0)
            end++;
        if (files[i].name[skip + strlen(part[i])] == '/') {
            snprintf(below, sizeof below, "%.*s/", (int)(skip + strlen(part[i])), files[i].name);
            sub = artifact_directory(dir, part[i]);
            result = sub < 0 ? intake_refuse(v, below, sub) : folder_check(v, files + i, end - i, below, sub);
            if (sub >= 0)
                close(sub);
        }
        i = end;
    }
    free(names);
    free(part);
    return result;
}

/* Two files of the artifact that must be the same, e.g. the last two generations of a compiler. */
static int pair_check(struct verdict *v, const cJSON *pair, int dir)
{
    const char *first = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0));
    const char *second = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));
    int a = nested_open(dir, first), b = nested_open(dir, second), result;

    if (a < 0 || b < 0)
        result = intake_refuse(v, a < 0 ? first : second, a < 0 ? a : b);
    else
        result = files_compare(v, "not_identical", second, first, a, b);
    if (a >= 0)
        close(a);
    if (b >= 0)
        close(b);
    return result;
}

static int artifact_check(struct verdict *v, const struct build_case *c, int reference, int dir)
{
    const cJSON *pair;
    int result = intake_nonce(v, dir, c->head.nonce);

    if (result == 0)
        result = folder_check(v, c->files, c->count, "", dir);
    /* Executables last: what differs in an object differs in them too, and the object says more. */
    for (int local = 0; local < 2; local++)
        for (size_t i = 0; result == 0 && i < c->count; i++)
            if (c->files[i].local == (local == 1))
                result = file_check(v, &c->files[i], reference, dir);
    cJSON_ArrayForEach(pair, c->identical)
    {
        if (result == 0)
            result = pair_check(v, pair, dir);
    }
    return result;
}

static int load(const char *path, void *c)
{
    return build_case_load(path, c);
}

static int check(struct verdict *v, const void *of, int dir)
{
    const struct build_case *c = of;
    int result, reference = verify_directory(c->reference);

    if (reference < 0)
        return VERIFY_BAD;
    result = artifact_check(v, c, reference, dir);
    close(reference);
    return result;
}

static void release(void *c)
{
    build_case_free(c);
}

int main(int argc, char **argv)
{
    static const struct verify_kind kind = {
        .program = "verify_build",
        .passed = "every file equals the host's own build, byte for byte",
        .load = load,
        .check = check,
        .release = release,
    };
    struct build_case c = {0};

    return verify_main(argc, argv, &kind, &c);
}
