/* SPDX-License-Identifier: MIT */
/* Lines, rules and cases; see transcript.h. */
#include "transcript.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct text {
    char *p;
    size_t n, room;
};

/* False without memory. */
static bool text_add(struct text *t, const char *s, size_t n)
{
    if (t->n + n + 1 > t->room) {
        size_t room = 2 * (t->n + n + 32);
        char *p = realloc(t->p, room);

        if (!p)
            return false;
        t->p = p;
        t->room = room;
    }
    memcpy(t->p + t->n, s, n);
    t->n += n;
    t->p[t->n] = '\0';
    return true;
}

int rules_compile(const cJSON *list, struct rules *r)
{
    const cJSON *e;

    r->n = 0;
    if (list && !cJSON_IsArray(list))
        return -EINVAL;
    cJSON_ArrayForEach(e, list)
    {
        const char *expression = cJSON_GetStringValue(cJSON_GetArrayItem(e, 0));
        const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(e, 1));

        if (!cJSON_IsArray(e) || cJSON_GetArraySize(e) != 2 || !expression || !text || r->n == RULES_MAX ||
            regcomp(&r->re[r->n], expression, REG_EXTENDED) != 0)
            return -EINVAL;
        r->text[r->n++] = text;
    }
    return 0;
}

void rules_free(struct rules *r)
{
    for (size_t i = 0; i < r->n; i++)
        regfree(&r->re[i]);
    r->n = 0;
}

static bool replacement_add(struct text *to, const char *text, const char *from, const regmatch_t *m)
{
    for (; *text; text++) {
        if (text[0] == '\\' && text[1] >= '1' && text[1] <= '9') {
            const regmatch_t *g = &m[*++text - '0'];

            if (g->rm_so >= 0 && !text_add(to, from + g->rm_so, (size_t)(g->rm_eo - g->rm_so)))
                return false;
        } else if (!text_add(to, text, 1)) {
            return false;
        }
    }
    return true;
}

/* Puts the rule's text in the place of each match; takes the line and gives another; NULL without memory. */
static char *rule_apply(const regex_t *re, const char *text, char *line)
{
    struct text out = {0};
    const char *from = line;
    regmatch_t m[10];
    bool fine = text_add(&out, "", 0);

    while (fine && regexec(re, from, 10, m, from == line ? 0 : REG_NOTBOL) == 0) {
        size_t skip = m[0].rm_eo == m[0].rm_so && from[m[0].rm_eo] ? 1 : 0;

        fine = text_add(&out, from, (size_t)m[0].rm_so) && replacement_add(&out, text, from, m) &&
               text_add(&out, from + m[0].rm_eo, skip);
        from += (size_t)m[0].rm_eo + skip;
        if (m[0].rm_eo == m[0].rm_so && !skip)
            break;
    }
    fine = fine && text_add(&out, from, strlen(from));
    free(line);
    if (!fine)
        free(out.p);
    return fine ? out.p : NULL;
}

/* One line, escaped and normalised, or NULL without memory. */
static char *line_make(const char *s, size_t n, const struct rules *r)
{
    struct text out = {0};
    char *line;
    bool fine = text_add(&out, "", 0);

    for (size_t i = 0; i < n && fine; i++) {
        unsigned char c = (unsigned char)s[i];
        char hex[8];

        snprintf(hex, sizeof hex, "\\x%02x", c);
        fine = c >= 0x20 && c < 0x7f && c != '\\' ? text_add(&out, s + i, 1) : text_add(&out, hex, 4);
    }
    if (!fine)
        free(out.p);
    line = fine ? out.p : NULL;
    for (size_t i = 0; i < r->n && line; i++)
        line = rule_apply(&r->re[i], r->text[i], line);
    return line;
}

static int lines_make(const char *s, size_t n, const struct rules *r, struct transcript *t)
{
    for (size_t at = 0; at < n;) {
        const char *end = memchr(s + at, '\n', n - at);
        size_t len = end ? (size_t)(end - s) - at : n - at;
        char **grown;

        if (t->n == TRANSCRIPT_LINES)
            return -EFBIG;
        if (t->n % 256 == 0) {
            grown = realloc(t->line, (t->n + 256) * sizeof *t->line);
            if (!grown)
                return -ENOMEM;
            t->line = grown;
        }
        t->line[t->n] = line_make(s + at, len, r);
        if (!t->line[t->n])
            return -ENOMEM;
        t->n++;
        t->open_end = !end;
        at += len + 1;
    }
    return 0;
}

int transcript_read(int fd, const struct rules *r, struct transcript *t)
{
    struct text bytes = {0};
    char chunk[65536];
    ssize_t got = 1;
    int err = 0;

    *t = (struct transcript){0};
    while (err == 0 && got != 0 && bytes.n <= TRANSCRIPT_BYTES) {
        got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno != EINTR)
            err = -errno;
        if (got > 0 && !text_add(&bytes, chunk, (size_t)got))
            err = -ENOMEM;
    }
    if (err == 0 && bytes.n > TRANSCRIPT_BYTES)
        err = -EFBIG;
    if (err == 0)
        err = lines_make(bytes.p, bytes.n, r, t);
    free(bytes.p);
    return err;
}

void transcript_free(struct transcript *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->line[i]);
    free(t->line);
    *t = (struct transcript){0};
}

/* "== group/case exit N": both texts, or false. */
static bool case_head(const char *line, char name[128], char end[32])
{
    const char *space;
    size_t n;

    if (strncmp(line, "== ", 3) != 0)
        return false;
    space = strchr(line + 3, ' ');
    n = space ? (size_t)(space - line) - 3 : 0;
    if (n == 0 || n >= 128 || strlen(space + 1) >= 32 || line[3] == '.' || line[3] == '/' ||
        strstr(line, ".."))
        return false;
    memcpy(name, line + 3, n);
    name[n] = '\0';
    strcpy(end, space + 1);
    return strcmp(end, "timeout") == 0 || strncmp(end, "exit ", 5) == 0;
}

bool transcript_case(const struct transcript *t, size_t *at, char name[128], char end[32],
                     struct transcript *out)
{
    size_t i = *at;

    *out = (struct transcript){0};
    if (i >= t->n || !case_head(t->line[i], name, end))
        return false;
    out->line = calloc(t->n - i, sizeof *out->line);
    if (!out->line)
        return false;
    for (i++; i < t->n && strncmp(t->line[i], "== ", 3) != 0; i++) {
        bool open_end = strncmp(t->line[i], "\\x5c ", 5) == 0;

        if (!open_end && strncmp(t->line[i], "| ", 2) != 0) {
            free(out->line);
            return false;
        }
        out->line[out->n++] = t->line[i] + (open_end ? 5 : 2);
        out->open_end = open_end;
    }
    *at = i;
    return true;
}

static bool lines_equal(const struct transcript *a, const struct transcript *b)
{
    if (a->n != b->n || (a->n && a->open_end != b->open_end))
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->line[i], b->line[i]) != 0)
            return false;
    return true;
}

const char *transcript_verdict(const char *dir, const char *name, const char *end,
                               const struct transcript *out, const struct rules *r)
{
    struct transcript right;
    char path[4096];
    const char *verdict;
    int fd, err;

    if (strcmp(end, "timeout") == 0)
        return "timeout";
    if (strcmp(end, "exit 77") == 0)
        return "skip";
    if (snprintf(path, sizeof path, "%s/%s.right", dir, name) >= (int)sizeof path)
        return NULL;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    err = transcript_read(fd, r, &right);
    close(fd);
    verdict = err < 0 ? NULL : lines_equal(&right, out) ? "pass" : "fail";
    transcript_free(&right);
    return verdict;
}
