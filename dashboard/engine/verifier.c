/* SPDX-License-Identifier: MIT */
/*
 * Verifiers; see verifier.h.
 * Invariant: what a verifier prints is parsed as strict JSON, and its exit status must agree with its
 * verdict.
 */
#include "verifier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "json.h"
#include "mem.h"
#include "process.h"
#include "text.h"

void verifier_definition_hash(const struct definition *d, char hex[DIGEST_HEX])
{
    struct digest *digest = digest_new();

    digest_field(digest, d->canonical);
    digest_end(digest, hex);
}

cJSON *verifier_case(const struct definition *d, const struct corpus *c, uint64_t nonce)
{
    cJSON *o = cJSON_CreateObject();
    char text[20], hex[DIGEST_HEX],
        *golden = mem_printf("%s/verifiers/golden/%s.json", files_root_dir(), d->golden);

    snprintf(text, sizeof text, "%016llx", (unsigned long long)nonce);
    json_add_u64(o, "schema", 1);
    json_add_text(o, "kind", d->verifier_kind);
    json_add_text(o, "workload", d->name);
    json_add_text(o, "size", c->size);
    json_add_text(o, "nonce", text);
    if (d->codec)
        json_add_text(o, "codec", d->codec);
    json_add_text(o, "corpus_dir", c->dir);
    json_add_text(o, "corpus_manifest", c->manifest);
    json_add_text(o, "golden", golden);
    if (strcmp(d->verifier_kind, "build") == 0) {
        char *reference = mem_printf("%s/reference/%s/%s", files_build_dir(), d->name, c->size);

        json_add_text(o, "reference", reference);
        json_add_text(o, "corpus_sha256", c->sha256);
        verifier_definition_hash(d, hex);
        json_add_text(o, "definition_sha256", hex);
        free(reference);
    }
    if (d->suffix)
        json_add_text(o, "suffix", d->suffix);
    if (d->normalise)
        cJSON_AddItemToObject(o, "normalise", cJSON_Duplicate(d->normalise, 1));
    free(golden);
    return o;
}

static char *verifier_reason(const cJSON *verdict)
{
    const cJSON *diff = cJSON_GetObjectItemCaseSensitive(verdict, "first_difference");
    const char *reason = json_text(verdict, "reason"), *file = json_text(diff, "file");
    struct buf b = {0};

    text_escape(&b, reason ? reason : "no reason given", strnlen(reason ? reason : "no reason given", 300),
                false);
    if (file) {
        double block = json_number(diff, "block", -1), offset = json_number(diff, "offset", -1);

        buf_puts(&b, "; first difference: file ");
        text_escape(&b, file, strnlen(file, 255), false);
        if (block >= 0)
            buf_printf(&b, ", block %.0f", block);
        if (offset >= 0)
            buf_printf(&b, ", offset %.0f", offset);
    }
    return buf_take(&b);
}

enum verifier_result verifier_run(const char *kind, const char *case_path, const char *artifacts,
                                  cJSON **verdict, char **why)
{
    char *program = mem_printf("%s/verifiers/verify_%s", files_build_dir(), kind), *out = NULL, *bad = NULL;
    char *argv[] = {program, mem_dup(case_path), mem_dup(artifacts), NULL};
    enum verifier_result result = VERIFIER_BROKEN;
    int rc = process_run(argv, 600, 1 << 22, 0, &out);
    const char *word;

    *verdict = NULL;
    *why = NULL;
    if (rc == 0 || rc == 1)
        *verdict = json_parse(out, strlen(out), &bad);
    word = json_text(*verdict, "verdict");
    if (rc == 0 && word && strcmp(word, "passed") == 0) {
        result = VERIFIER_PASSED;
    } else if (rc == 1 && word && strcmp(word, "failed") == 0) {
        result = VERIFIER_FAILED;
        *why = verifier_reason(*verdict);
    } else if (rc < 0) {
        *why = mem_printf("verify_%s: %s", kind, strerror(-rc));
    } else {
        *why = mem_printf("verify_%s ended with %d and no usable verdict", kind, rc);
    }
    free(bad);
    free(out);
    free(argv[1]);
    free(argv[2]);
    free(program);
    return result;
}
