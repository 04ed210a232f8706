/* SPDX-License-Identifier: MIT */
/*
 * What programs said, as lines: read with bounds, normalised by stated rules and by nothing else, shown
 * escaped. And the results of a shell's own tests (workloads/shell/suite.c), case by case.
 * Invariant: every line is printable ASCII: other bytes and the backslash are \xNN.
 */
#ifndef VERIFIERS_TRANSCRIPT_H
#define VERIFIERS_TRANSCRIPT_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

enum { RULES_MAX = 16, TRANSCRIPT_BYTES = 8 << 20, TRANSCRIPT_LINES = 200000 };

/* A rule: in each line every match of an extended regular expression gives way to a text, in which \1 to \9
 * stand for what the groups matched. */
struct rules {
    size_t n;
    regex_t re[RULES_MAX];
    const char *text[RULES_MAX];
};

struct transcript {
    char **line;
    size_t n;
    bool open_end; /* the last line has no newline */
};

/* Compiles [["EXPRESSION","TEXT"], …] (NULL: none), which must outlive *r. 0, or -EINVAL. rules_free either
 * way. */
int rules_compile(const cJSON *list, struct rules *r);
void rules_free(struct rules *r);

/* Reads `fd` to its end. 0, -EFBIG over the bounds, -ENOMEM, or read's negative errno. transcript_free either
 * way. */
int transcript_read(int fd, const struct rules *r, struct transcript *t);
void transcript_free(struct transcript *t);

/*
 * Goes through the results of a shell's tests: from *at (0 to begin), the next case: its name and how it
 * ended ("exit 0", "timeout") point into the transcript; its output's lines in *out (line only, to be freed
 * by the caller). True while there is one; false at the end, with *at == t->n unless a line is malformed.
 */
bool transcript_case(const struct transcript *t, size_t *at, char name[128], char end[32],
                     struct transcript *out);
/*
 * What a case's output is worth against the .right file in `dir`/<name>.right: "pass", "fail", "skip" (it
 * ended with 77), "timeout". NULL when that file cannot be read.
 */
const char *transcript_verdict(const char *dir, const char *name, const char *end,
                               const struct transcript *out, const struct rules *r);

#endif
