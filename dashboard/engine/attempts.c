/* SPDX-License-Identifier: MIT */
/*
 * Attempts on authority; see attempts.h.
 * Invariant: what a guest says is cut to fixed lengths and made of printable characters before it is kept.
 */
#include "attempts.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

/* The next word of at most n-1 letters, digits, _ and -; NULL when there is none. */
static const char *word(const char *p, const char *end, char *out, size_t n)
{
    size_t k = 0;

    for (; p < end && (isalnum((unsigned char)*p) || *p == '_' || *p == '-') && k + 1 < n; p++)
        out[k++] = *p;
    out[k] = '\0';
    return k && (p == end || *p == ' ') ? p + (p < end) : NULL;
}

void attempts_line(struct attempts *a, const char *line, size_t len)
{
    static const char head[] = "attempt ";
    const char *end = line + len, *p;
    struct attempt_made m;
    char how[16];

    if (len < sizeof head || memcmp(line, head, sizeof head - 1) != 0)
        return;
    p = word(line + sizeof head - 1, end, m.name, sizeof m.name);
    if (p)
        p = word(p, end, how, sizeof how);
    if (!p)
        return;
    if (strcmp(how, "refused") == 0)
        p = word(p, end, m.outcome, sizeof m.outcome);
    else if (strcmp(how, "granted") == 0 || strcmp(how, "none") == 0)
        snprintf(m.outcome, sizeof m.outcome, "%s", how);
    else
        return;
    if (p != end)
        return;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->made[i].name, m.name) == 0) {
            if (strcmp(m.outcome, "granted") == 0)
                a->made[i] = m;
            return;
        }
    if (a->n < ATTEMPTS_MAX)
        a->made[a->n++] = m;
}

void attempts_feed(struct attempts *a, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != '\n') {
            if (a->len < sizeof a->line)
                a->line[a->len++] = bytes[i];
            continue;
        }
        if (a->len < sizeof a->line)
            attempts_line(a, a->line, a->len);
        a->len = 0;
    }
}

static const struct attempt_made *find(const struct attempts *a, const char *name)
{
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->made[i].name, name) == 0)
            return &a->made[i];
    return NULL;
}

/* What is wrong with one of them; the gravest is told. */
static int judge(const char *name, const char *expected, const struct attempt_made *m, char *why, size_t n)
{
    if (!m || strcmp(m->outcome, "none") == 0) {
        snprintf(why, n, "the attempt \"%s\" was not made", name);
        return -ENODATA;
    }
    if (strcmp(m->outcome, "granted") == 0) {
        snprintf(why, n, "the attempt \"%s\" was not refused", name);
        return -EPERM;
    }
    if (strcmp(m->outcome, expected) != 0) {
        snprintf(why, n, "the attempt \"%s\" was refused with %s, expected %s", name, m->outcome, expected);
        return -EPROTO;
    }
    return 0;
}

/* On a guest whose authority is ambient: not applicable, all of them and each, with the reason. */
static void ambient(cJSON *authority, const struct definition *d)
{
    cJSON *o = cJSON_AddObjectToObject(authority, "attempts"), *each;

    json_add_text(o, "status", "not_applicable");
    json_add_text(o, "reason", "authority on this guest is ambient: what is not granted cannot be refused");
    each = cJSON_AddArrayToObject(o, "each");
    for (size_t i = 0; i < d->nattempts; i++) {
        cJSON *e = cJSON_CreateObject();

        json_add_text(e, "name", d->attempts[i].name);
        json_add_text(e, "status", "not_applicable");
        cJSON_AddItemToArray(each, e);
    }
}

int attempts_judge(const struct definition *d, enum guest_kind guest, const struct attempts *a,
                   cJSON *authority, char *why, size_t n)
{
    cJSON *o, *each;
    unsigned refused = 0, made = 0;
    int rc = 0;

    if (!d->nattempts || !authority)
        return 0;
    if (guest != GUEST_CAPOS) {
        ambient(authority, d);
        return 0;
    }
    o = cJSON_AddObjectToObject(authority, "attempts");
    each = cJSON_CreateArray();
    for (size_t i = 0; i < d->nattempts; i++) {
        const struct attempt_made *m = find(a, d->attempts[i].name);
        cJSON *e = cJSON_CreateObject();
        char one[128];
        int err = judge(d->attempts[i].name, d->attempts[i].expected, m, one, sizeof one);

        made += m && strcmp(m->outcome, "none") != 0;
        refused += m && strcmp(m->outcome, "none") != 0 && strcmp(m->outcome, "granted") != 0;
        json_add_text(e, "name", d->attempts[i].name);
        json_add_text(e, "expected", d->attempts[i].expected);
        json_add_text(e, "outcome", m ? m->outcome : NULL);
        cJSON_AddItemToArray(each, e);
        if (err && (!rc || (err == -EPERM && rc != -EPERM))) {
            rc = err;
            snprintf(why, n, "%s", one);
        }
    }
    json_add_u64(o, "made", made);
    json_add_u64(o, "refused", refused);
    cJSON_AddItemToObject(o, "each", each);
    return rc;
}
