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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "intake.h"
#include "listed.h"
#include "transcript.h"
#include "verify.h"

struct shell_case {
    struct case_head head;
    const char *corpus;
    struct rules rules;
};

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
    const char *kind = case_text(f, "kind");

    if (strcmp(kind, "lines") == 0)
        return cJSON_IsArray(case_get(f, "lines")) && texts_fine(case_get(f, "lines")) &&
               cJSON_IsBool(case_get(f, "open_end"));
    if (strcmp(kind, "cases") == 0)
        return cJSON_IsObject(case_get(f, "verdicts")) && case_get(f, "verdicts")->child &&
               texts_fine(case_get(f, "verdicts"));
    return strcmp(kind, "digest") == 0 && cJSON_IsNumber(case_get(f, "bytes")) &&
           case_get(f, "bytes")->valuedouble >= 0 && case_get(f, "bytes")->valuedouble < 1e12 &&
           strlen(case_text(f, "sha256")) == DIGEST_HEX;
}

/* The rules of the definition must be those that the golden was made with. */
static int rules_load(struct shell_case *c, const char *golden)
{
    const cJSON *here = case_get(c->head.json, "normalise"), *there = case_get(c->head.golden, "normalise");
    cJSON *none = cJSON_CreateArray();
    int result = 0;

    if (!cJSON_Compare(here ? here : none, there ? there : none, 1))
        result = case_bad(golden, "was made with other rules than the definition states");
    cJSON_Delete(none);
    if (result == 0 && rules_compile(here, &c->rules) < 0)
        result = case_bad("normalise", "is no list of [EXPRESSION, TEXT] pairs");
    return result;
}

static int load(const char *path, void *out)
{
    struct shell_case *c = out;
    int err = case_open(path, "shell", &c->head);

    c->corpus = case_text(c->head.json, "corpus_dir");
    if (err == 0)
        err = listed_load(&c->head, file_fine);
    return err < 0 ? err : rules_load(c, case_text(c->head.json, "golden"));
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
    const cJSON *want = case_get(f, "lines")->child;
    size_t i = 0;

    for (; want && i < t->n; want = want->next, i++)
        if (strcmp(want->valuestring, t->line[i]) != 0)
            return line_refuse(v, label, i, want->valuestring, t->line[i]);
    if (want)
        return line_refuse(v, label, i, want->valuestring, "end of file");
    if (i < t->n)
        return line_refuse(v, label, i, "end of file", t->line[i]);
    if (t->n && t->open_end != cJSON_IsTrue(case_get(f, "open_end")))
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
    const cJSON *want = case_get(f, "verdicts")->child;
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
    struct verdict_difference where = {label, 0, 0, 1, case_text(f, "sha256"), digest_whole(d)};

    if (strcmp(where.expected, where.got) == 0)
        return 0;
    verdict_where(v, &where);
    return verdict_fail(v, "bytes_differ", "%s is not the golden's (%llu bytes, the golden %.0f)", label,
                        (unsigned long long)d->bytes, case_get(f, "bytes")->valuedouble);
}

static int file_check(struct verdict *v, const void *c, const char *label, const cJSON *f, int fd)
{
    const char *kind = case_text(f, "kind");
    const struct rules *rules = &((const struct shell_case *)c)->rules;
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
    } else if (lseek(fd, 0, SEEK_SET) != 0 || (result = transcript_read(fd, rules, &t)) < 0) {
        result = verdict_fail(v, "file_unreadable", "%s: too many lines, or no memory", label);
    } else {
        result = strcmp(kind, "lines") == 0 ? lines_check(v, label, f, &t) : cases_check(v, label, c, f, &t);
    }
    transcript_free(&t);
    digest_free(&d);
    return result;
}

static int check(struct verdict *v, const void *c, int dir)
{
    return listed_check(v, &((const struct shell_case *)c)->head, dir, "out", file_check, c);
}

static void release(void *out)
{
    struct shell_case *c = out;

    rules_free(&c->rules);
    case_close(&c->head);
}

int main(int argc, char **argv)
{
    static const struct verify_kind kind = {
        .program = "verify_shell",
        .passed = "every transcript, case and file is the golden's",
        .load = load,
        .check = check,
        .release = release,
    };
    struct shell_case c = {0};

    return verify_main(argc, argv, &kind, &c);
}
