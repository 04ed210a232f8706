/* SPDX-License-Identifier: MIT */
/*
 * Writes one size of a golden of kind shell: golden_shell GOLDEN.json DEFINITION.json TOOL COMMAND SIZE DIR
 * CORPUS_DIR from the files that an independent build left in DIR, normalised by the definition's rules. A
 * name that ends in .cases holds results of a shell's tests, judged against CORPUS_DIR; other text becomes
 * lines, and what is no text, or has over LINES_MOST lines, a SHA-256. Invariant: as golden_write.h says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "golden_write.h"
#include "intake.h"
#include "transcript.h"

enum { LINES_MOST = 400 };

struct making {
    struct rules rules;
    char hush[4096];
};

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "golden_shell: %s: %s\n", what, why);
    return 1;
}

static cJSON *lines_describe(const struct transcript *t)
{
    cJSON *o = cJSON_CreateObject(), *lines;

    cJSON_AddStringToObject(o, "kind", "lines");
    cJSON_AddBoolToObject(o, "open_end", t->open_end);
    lines = cJSON_AddArrayToObject(o, "lines");
    for (size_t i = 0; i < t->n; i++)
        cJSON_AddItemToArray(lines, cJSON_CreateString(t->line[i]));
    return o;
}

static cJSON *cases_describe(const struct transcript *t, const struct making *m)
{
    cJSON *o = cJSON_CreateObject(), *verdicts;
    struct transcript out;
    char name[128], end[32];
    const char *verdict;
    size_t at = 0;

    cJSON_AddStringToObject(o, "kind", "cases");
    verdicts = cJSON_AddObjectToObject(o, "verdicts");
    while (transcript_case(t, &at, name, end, &out)) {
        verdict = transcript_verdict(m->hush, name, end, &out, &m->rules);
        free(out.line);
        if (!verdict)
            break;
        cJSON_AddStringToObject(verdicts, name, verdict);
    }
    if (at == t->n)
        return o;
    cJSON_Delete(o);
    return NULL;
}

static cJSON *digest_describe(int fd)
{
    struct digest d = {0};
    cJSON *o = NULL;

    if (digest_file(fd, TRANSCRIPT_BYTES, &d) == 0) {
        o = cJSON_CreateObject();
        cJSON_AddStringToObject(o, "kind", "digest");
        cJSON_AddNumberToObject(o, "bytes", (double)d.bytes);
        cJSON_AddStringToObject(o, "sha256", digest_whole(&d));
    }
    digest_free(&d);
    return o;
}

static bool is_text(const struct transcript *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (strstr(t->line[i], "\\x00") || strlen(t->line[i]) > 2000)
            return false;
    return t->n <= LINES_MOST;
}

static cJSON *file_describe(int fd, const char *name, void *context)
{
    const struct making *m = context;
    size_t n = strlen(name);
    struct transcript t;
    int err = transcript_read(fd, &m->rules, &t);
    cJSON *o = NULL;

    if (err == 0 && n > 6 && strcmp(name + n - 6, ".cases") == 0)
        o = cases_describe(&t, m);
    else if (err == 0 && is_text(&t))
        o = lines_describe(&t);
    else if (lseek(fd, 0, SEEK_SET) == 0)
        o = digest_describe(fd);
    transcript_free(&t);
    return o;
}

int main(int argc, char **argv)
{
    static struct making m;
    struct golden_new g;
    cJSON *definition, *rules;
    int status = 1;

    if (argc != 8)
        return fail("usage", "GOLDEN DEFINITION TOOL COMMAND SIZE DIR CORPUS_DIR") + 1;
    definition = intake_json(argv[2]);
    rules = cJSON_DetachItemFromObjectCaseSensitive(cJSON_GetObjectItemCaseSensitive(definition, "verifier"),
                                                    "normalise");
    g = (struct golden_new){
        .workload = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(definition, "name")),
        .tool = argv[3],
        .command = argv[4],
        .size = argv[5],
    };
    snprintf(m.hush, sizeof m.hush, "%s/hush", argv[7]);
    if (!g.workload)
        fail(argv[2], "is no definition");
    else if (rules_compile(rules, &m.rules) < 0)
        fail(argv[2], "\"normalise\" is no list of [EXPRESSION, TEXT] pairs");
    else if ((g.files = golden_describe(argv[6], file_describe, &m)) != NULL) {
        g.head = cJSON_CreateObject();
        cJSON_AddItemToObject(g.head, "normalise", rules ? cJSON_Duplicate(rules, 1) : cJSON_CreateArray());
        status = golden_write(argv[1], &g);
    }
    rules_free(&m.rules);
    cJSON_Delete(rules);
    cJSON_Delete(definition);
    return status;
}
