/* SPDX-License-Identifier: MIT */
/*
 * Verifier of shell workloads and user stories: verify_shell CASE.json ARTIFACT_DIR
 * Checks, in this order, and stops at the first that fails: the run's nonce; that exactly the golden's files
 * are in the artifact's directory `out`; each file against the golden: a transcript line by line after the
 * rules that the definition states (and the golden was made with), results of a shell's own tests as a
 * verdict for each case, anything else by its SHA-256. One JSON line on stdout; exit 0 passed, 1 failed, 2
 * bad case. Invariant: a line that the rules leave alone must be the golden's to the byte.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "artifact.h"
#include "digest.h"
#include "intake.h"
#include "transcript.h"
#include "verdict.h"

enum { FILES_MAX = 64, NONCE_HEX = 16, LABEL_SIZE = 256 };

struct shell_case {
    cJSON *json, *golden;
    const char *nonce, *corpus;
    const cJSON *files; /* of the case's size: name -> what the golden says */
    struct rules rules;
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

static bool texts_fine(const cJSON *list)
{
    const cJSON *e;

    if (!list)
        return false;
    cJSON_ArrayForEach(e, list)
    {
        if (!cJSON_IsString(e))
            return false;
    }
    return true;
}

static bool file_fine(const cJSON *f)
{
    const char *kind = text_get(f, "kind");

    if (!f->string || f->string[0] == '.' || strchr(f->string, '/') || strlen(f->string) > 100)
        return false;
    if (strcmp(kind, "lines") == 0)
        return cJSON_IsArray(get(f, "lines")) && texts_fine(get(f, "lines")) &&
               cJSON_IsBool(get(f, "open_end"));
    if (strcmp(kind, "cases") == 0)
        return cJSON_IsObject(get(f, "verdicts")) && get(f, "verdicts")->child &&
               texts_fine(get(f, "verdicts"));
    return strcmp(kind, "digest") == 0 && cJSON_IsNumber(get(f, "bytes")) &&
           get(f, "bytes")->valuedouble >= 0 && get(f, "bytes")->valuedouble < 1e12 &&
           strlen(text_get(f, "sha256")) == DIGEST_HEX;
}

/* The rules of the definition must be those that the golden was made with. */
static int rules_load(struct shell_case *c, const char *golden)
{
    const cJSON *here = get(c->json, "normalise"), *there = get(c->golden, "normalise");
    cJSON *none = cJSON_CreateArray();
    int result = 0;

    if (!cJSON_Compare(here ? here : none, there ? there : none, 1))
        result = bad(golden, "was made with other rules than the definition states");
    cJSON_Delete(none);
    if (result == 0 && rules_compile(here, &c->rules) < 0)
        result = bad("normalise", "is no list of [EXPRESSION, TEXT] pairs");
    return result;
}

static int case_load(const char *path, struct shell_case *c)
{
    const char *golden;
    const cJSON *f;

    memset(c, 0, sizeof *c);
    c->json = intake_json(path);
    if (!cJSON_IsObject(c->json) || !cJSON_IsNumber(get(c->json, "schema")) ||
        get(c->json, "schema")->valuedouble != 1 || strcmp(text_get(c->json, "kind"), "shell") != 0)
        return bad(path, "is not a case of kind shell, schema 1");
    c->nonce = text_get(c->json, "nonce");
    c->corpus = text_get(c->json, "corpus_dir");
    if (strlen(c->nonce) != NONCE_HEX || strspn(c->nonce, "0123456789abcdef") != NONCE_HEX)
        return bad(path, "\"nonce\" is not 16 hexadecimal digits");
    golden = text_get(c->json, "golden");
    c->golden = intake_json(golden);
    if (!cJSON_IsObject(c->golden))
        return bad(golden, "cannot be read as a golden");
    if (strcmp(text_get(c->golden, "workload"), text_get(c->json, "workload")) != 0)
        return bad(golden, "is the golden of another workload");
    c->files = get(get(get(c->golden, "sizes"), text_get(c->json, "size")), "files");
    if (!cJSON_IsObject(c->files) || !c->files->child || cJSON_GetArraySize(c->files) > FILES_MAX)
        return bad(golden, "has no files for the case's size");
    cJSON_ArrayForEach(f, c->files)
    {
        if (!file_fine(f))
            return bad(golden, "does not describe its files as it should");
    }
    return rules_load(c, golden);
}

/* `line` counts from 0. */
static int line_refuse(struct verdict *v, const char *label, size_t line, const char *want, const char *got)
{
    struct verdict_difference where = {label, line, line, 1, want, got};

    verdict_where(v, &where);
    return verdict_fail(v, "transcript_differs", "%s, line %zu: %.120s; the golden: %.120s", label, line + 1,
                        got, want);
}

static int lines_check(struct verdict *v, const char *label, const cJSON *f, const struct transcript *t)
{
    const cJSON *want = get(f, "lines")->child;
    size_t i = 0;

    for (; want && i < t->n; want = want->next, i++)
        if (strcmp(want->valuestring, t->line[i]) != 0)
            return line_refuse(v, label, i, want->valuestring, t->line[i]);
    if (want)
        return line_refuse(v, label, i, want->valuestring, "end of file");
    if (i < t->n)
        return line_refuse(v, label, i, "end of file", t->line[i]);
    if (t->n && t->open_end != cJSON_IsTrue(get(f, "open_end")))
        return line_refuse(v, label, i - 1, t->open_end ? "a newline" : "no newline",
                           t->open_end ? "no newline" : "a newline");
    return 0;
}

static int case_check(struct verdict *v, const char *label, const struct shell_case *c, const cJSON *want,
                      const char *name, const char *end, const struct transcript *out)
{
    char dir[4096];
    struct verdict_difference where = {name, 0, 0, 1, "another case", "a case of its own"};
    const char *got;

    if (!want || strcmp(want->string, name) != 0) {
        where.expected = want ? want->string : "end of file";
        verdict_where(v, &where);
        return verdict_fail(v, "case_unexpected", "%s: %s was run, the golden has %s", label, name,
                            where.expected);
    }
    snprintf(dir, sizeof dir, "%s/hush", c->corpus);
    got = transcript_verdict(dir, name, end, out, &c->rules);
    if (!got)
        return verdict_fail(v, "case_unknown", "%s: %s has no expected output in the corpus", label, name);
    if (strcmp(got, want->valuestring) == 0)
        return 0;
    where.expected = want->valuestring;
    where.got = got;
    verdict_where(v, &where);
    return verdict_fail(v, "case_differs", "%s: %s is %s (%s), with the control it is %s", label, name, got,
                        end, want->valuestring);
}

static int cases_check(struct verdict *v, const char *label, const struct shell_case *c, const cJSON *f,
                       const struct transcript *t)
{
    const cJSON *want = get(f, "verdicts")->child;
    struct transcript out;
    char name[128], end[32];
    size_t at = 0;
    int result = 0;

    while (result == 0 && transcript_case(t, &at, name, end, &out)) {
        result = case_check(v, label, c, want, name, end, &out);
        want = want ? want->next : NULL;
        free(out.line);
    }
    if (result == 0 && at < t->n)
        result = verdict_fail(v, "cases_malformed", "%s: line %zu is no result of a case", label, at + 1);
    if (result == 0 && want)
        result = verdict_fail(v, "case_missing", "%s: %s was not run", label, want->string);
    return result;
}

static int digest_check(struct verdict *v, const char *label, const cJSON *f, const struct digest *d)
{
    struct verdict_difference where = {label, 0, 0, 1, text_get(f, "sha256"), digest_whole(d)};

    if (strcmp(where.expected, where.got) == 0)
        return 0;
    verdict_where(v, &where);
    return verdict_fail(v, "bytes_differ", "%s is not the golden's (%llu bytes, the golden %.0f)", label,
                        (unsigned long long)d->bytes, get(f, "bytes")->valuedouble);
}

static int file_check(struct verdict *v, const struct shell_case *c, const char *label, const cJSON *f,
                      int fd)
{
    const char *kind = text_get(f, "kind");
    struct transcript t = {0};
    struct digest d = {0};
    int result = digest_file(fd, TRANSCRIPT_BYTES, &d);

    if (result == -EFBIG)
        return verdict_fail(v, "file_long", "%s has more than 8 MiB", label);
    if (result < 0)
        return intake_refuse(v, label, result);
    verdict_digest(v, label, digest_whole(&d));
    if (strcmp(kind, "digest") == 0) {
        result = digest_check(v, label, f, &d);
    } else if (lseek(fd, 0, SEEK_SET) != 0 || (result = transcript_read(fd, &c->rules, &t)) < 0) {
        result = verdict_fail(v, "file_unreadable", "%s: too many lines, or no memory", label);
    } else {
        result = strcmp(kind, "lines") == 0 ? lines_check(v, label, f, &t) : cases_check(v, label, c, f, &t);
    }
    transcript_free(&t);
    digest_free(&d);
    return result;
}

static int files_check(struct verdict *v, const struct shell_case *c, int dir)
{
    const char *names[FILES_MAX];
    const cJSON *f;
    size_t n = 0;
    int result;

    cJSON_ArrayForEach(f, c->files) names[n++] = f->string;
    result = intake_names(v, dir, "out/", names, n);
    cJSON_ArrayForEach(f, c->files)
    {
        char label[LABEL_SIZE];
        int fd;

        if (result != 0)
            break;
        snprintf(label, sizeof label, "out/%s", f->string);
        fd = artifact_open(dir, f->string);
        if (fd < 0) {
            result = intake_refuse(v, label, fd);
            break;
        }
        result = file_check(v, c, label, f, fd);
        close(fd);
    }
    return result;
}

static int artifact_check(struct verdict *v, const struct shell_case *c, int dir)
{
    static const char *const top[] = {"NONCE", "out"};
    int sub, result = intake_nonce(v, dir, c->nonce);

    if (result == 0)
        result = intake_names(v, dir, "", top, 2);
    if (result != 0)
        return result;
    sub = artifact_directory(dir, "out");
    if (sub < 0)
        return intake_refuse(v, "out", sub);
    result = files_check(v, c, sub);
    close(sub);
    return result;
}

int main(int argc, char **argv)
{
    struct shell_case c;
    struct verdict v;
    int dir, status = 2;

    if (argc != 3) {
        fprintf(stderr, "usage: verify_shell CASE.json ARTIFACT_DIR\n");
        return 2;
    }
    if (case_load(argv[1], &c) == 0) {
        dir = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0) {
            bad(argv[2], strerror(errno));
        } else if (verdict_init(&v)) {
            artifact_check(&v, &c, dir);
            status = verdict_print(&v, "every transcript, case and file is the golden's");
            verdict_free(&v);
        }
        if (dir >= 0)
            close(dir);
    }
    rules_free(&c.rules);
    cJSON_Delete(c.golden);
    cJSON_Delete(c.json);
    return status;
}
