/* SPDX-License-Identifier: MIT */
/* The plan's parser: one line at a time, tokens decoded in place. Unknown or surplus is an error. */
#include "plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TOKENS   6
#define TERMINAL_MAX 1000 /* rows or columns */

struct parser {
    struct plan *plan;
    char *why;
    size_t why_len;
    unsigned line;
    struct program *program; /* the one being defined */
    bool iterating, ended, have_nonce;
    int err;
};

static int refuse(struct parser *p, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int refuse(struct parser *p, int err, const char *fmt, ...)
{
    va_list ap;
    int n = snprintf(p->why, p->why_len, "plan line %u: ", p->line);
    va_start(ap, fmt);
    if (n >= 0 && (size_t)n < p->why_len)
        (void)vsnprintf(p->why + n, p->why_len - (size_t)n, fmt, ap);
    va_end(ap);
    p->err = err;
    return err;
}

/* Grows the array *base of `n` elements by one zeroed element; NULL when memory is out. */
static void *array_add(void *base, size_t n, size_t size)
{
    char *bigger = base;
    if (n == 0 || (n & (n - 1)) == 0) /* room doubles at the powers of two */
        bigger = realloc(base, (n == 0 ? 1 : 2 * n) * size);
    if (bigger == NULL)
        return NULL;
    memset(bigger + n * size, 0, size);
    return bigger;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* Decodes %XX in place; "%00" alone is the empty token. */
static int token_decode(char *s)
{
    if (strcmp(s, "%00") == 0) {
        *s = '\0';
        return 0;
    }
    char *out = s;
    while (*s != '\0') {
        if (*s != '%') {
            *out++ = *s++;
            continue;
        }
        int hi = hex_digit(s[1]);
        int lo = hi < 0 ? -1 : hex_digit(s[2]);
        if (lo < 0 || (hi == 0 && lo == 0))
            return -EINVAL;
        *out++ = (char)(hi * 16 + lo);
        s += 3;
    }
    *out = '\0';
    return 0;
}

static int number_parse(const char *s, uint64_t *out)
{
    uint64_t v = 0;
    if (*s == '\0')
        return -EINVAL;
    for (; *s != '\0'; s++) {
        if (*s < '0' || *s > '9' || v > (UINT64_MAX - 9) / 10)
            return -EINVAL;
        v = v * 10 + (uint64_t)(*s - '0');
    }
    *out = v;
    return 0;
}

static struct step *step_add(struct parser *p, enum step_kind kind)
{
    struct plan *plan = p->plan;
    struct step *bigger = array_add(plan->steps, plan->nsteps, sizeof *plan->steps);
    if (bigger == NULL) {
        (void)refuse(p, -ENOMEM, "out of memory");
        return NULL;
    }
    plan->steps = bigger;
    plan->steps[plan->nsteps].kind = kind;
    return &plan->steps[plan->nsteps++];
}

/* Appends to a NULL-terminated string array. */
static int strings_add(struct parser *p, char ***array, size_t *n, char *s)
{
    char **bigger = array_add(*array, *n + 1, sizeof **array);
    if (bigger == NULL)
        return refuse(p, -ENOMEM, "out of memory");
    *array = bigger;
    bigger[(*n)++] = s;
    bigger[*n] = NULL;
    return 0;
}

static int program_begin(struct parser *p, char **t)
{
    struct plan *plan = p->plan;
    for (size_t i = 0; i < plan->nprograms; i++)
        if (strcmp(plan->programs[i].id, t[1]) == 0)
            return refuse(p, -EINVAL, "program %s is defined twice", t[1]);
    struct program *bigger = array_add(plan->programs, plan->nprograms, sizeof *plan->programs);
    if (bigger == NULL)
        return refuse(p, -ENOMEM, "out of memory");
    plan->programs = bigger;
    struct program *prog = &bigger[plan->nprograms];
    char *slash = strrchr(t[2], '/');
    prog->id = t[1];
    prog->path = t[2];
    prog->argv0 = slash != NULL ? slash + 1 : t[2];
    prog->cwd = "/";
    plan->nprograms++;
    prog->envp = array_add(NULL, 0, sizeof *prog->envp);
    prog->argv = array_add(NULL, 0, sizeof *prog->argv);
    if (prog->envp == NULL || prog->argv == NULL)
        return refuse(p, -ENOMEM, "out of memory");
    p->program = prog;
    char *name = t[2] + (prog->argv0 - t[2]);
    return strings_add(p, &prog->argv, &prog->argc, name);
}

static int grant_add(struct parser *p, char **t, size_t n)
{
    struct program *prog = p->program;
    if (n != 3 && n != 5)
        return refuse(p, -EINVAL,
                      "grant wants NAME KIND [PATH ro|rw] or NAME process_spawner [only NAME,NAME...]");
    bool only = n == 5 && strcmp(t[2], "process_spawner") == 0 && strcmp(t[3], "only") == 0;
    if (n == 5 && !only && strcmp(t[4], "ro") != 0 && strcmp(t[4], "rw") != 0)
        return refuse(p, -EINVAL, "a directory is granted ro or rw, not %s", t[4]);
    struct launch_grant *bigger = array_add(prog->grants, prog->ngrants, sizeof *prog->grants);
    if (bigger == NULL)
        return refuse(p, -ENOMEM, "out of memory");
    prog->grants = bigger;
    prog->grants[prog->ngrants++] = (struct launch_grant){.name = t[1],
                                                          .kind = t[2],
                                                          .path = n == 5 && !only ? t[3] : NULL,
                                                          .read_only = n == 5 && strcmp(t[4], "ro") == 0,
                                                          .only = only ? t[4] : NULL};
    return 0;
}

static int terminal_line(struct parser *p, char **t)
{
    uint64_t rows, columns;
    if (number_parse(t[1], &rows) != 0 || number_parse(t[2], &columns) != 0 || rows < 1 || columns < 1 ||
        rows > TERMINAL_MAX || columns > TERMINAL_MAX)
        return refuse(p, -EINVAL, "terminal wants ROWS COLUMNS, each from 1 to %d", TERMINAL_MAX);
    p->program->terminal = true;
    p->program->rows = (uint32_t)rows;
    p->program->columns = (uint32_t)columns;
    return 0;
}

/* Where the standard streams go is said once. */
static int program_end(struct parser *p)
{
    struct program *prog = p->program;
    if ((prog->bare && (prog->stdin_host || prog->terminal)) ||
        (prog->stdin_path != NULL && prog->stdin_host) ||
        (prog->terminal && (prog->stdin_host || prog->stdin_path != NULL)))
        return refuse(p, -EINVAL, "of bare, stdin, stdin-host and terminal only one goes");
    prog->argv[0] = strdup(prog->argv0);
    p->program = NULL;
    return prog->argv[0] != NULL ? 0 : refuse(p, -ENOMEM, "out of memory");
}

static int program_line(struct parser *p, char **t, size_t n)
{
    struct program *prog = p->program;
    if (strcmp(t[0], "grant") == 0)
        return grant_add(p, t, n);
    if (n == 1 && strcmp(t[0], "bare") == 0) {
        prog->bare = true;
        return 0;
    }
    if (n == 1 && strcmp(t[0], "endprogram") == 0)
        return program_end(p);
    if (n == 1 && strcmp(t[0], "stdin-host") == 0) {
        prog->stdin_host = true;
        return 0;
    }
    if (n == 3 && strcmp(t[0], "terminal") == 0)
        return terminal_line(p, t);
    if (n != 2)
        return refuse(p, -EINVAL, "unknown line in a program: %s", t[0]);
    if (strcmp(t[0], "arg") == 0)
        return strings_add(p, &prog->argv, &prog->argc, t[1]);
    if (strcmp(t[0], "env") == 0) {
        if (strchr(t[1], '=') == NULL)
            return refuse(p, -EINVAL, "env wants NAME=VALUE");
        return strings_add(p, &prog->envp, &prog->envc, t[1]);
    }
    if (strcmp(t[0], "cwd") == 0)
        prog->cwd = t[1];
    else if (strcmp(t[0], "argv0") == 0)
        prog->argv0 = t[1];
    else if (strcmp(t[0], "stdin") == 0)
        prog->stdin_path = t[1];
    else
        return refuse(p, -EINVAL, "unknown line in a program: %s", t[0]);
    return 0;
}

static int limit_line(struct parser *p, char **t)
{
    uint64_t v;
    if (number_parse(t[2], &v) != 0)
        return refuse(p, -EINVAL, "limit wants a number, not %s", t[2]);
    if (strcmp(t[1], "seconds") == 0)
        p->plan->limit_seconds = v;
    else if (strcmp(t[1], "output") == 0)
        p->plan->limit_output = v;
    else if (strcmp(t[1], "export") == 0)
        p->plan->limit_export = v;
    else
        return refuse(p, -EINVAL, "unknown limit %s", t[1]);
    return 0;
}

static int backing_line(struct parser *p, const char *where)
{
    p->plan->store = strcmp(where, "store") == 0;
    if (!p->plan->store && strcmp(where, "ram") != 0)
        return refuse(p, -EINVAL, "a backing is ram or store, not %s", where);
    return 0;
}

static int sync_line(struct parser *p, const char *what)
{
    if (strcmp(what, "marks") != 0)
        return refuse(p, -EINVAL, "sync wants marks, not %s", what);
    p->plan->sync_marks = true;
    return 0;
}

static int nonce_line(struct parser *p, const char *s)
{
    uint64_t v = 0;
    if (strlen(s) != 16)
        return refuse(p, -EINVAL, "the nonce wants 16 hex digits");
    for (; *s != '\0'; s++) {
        int d = hex_digit(*s);
        if (d < 0)
            return refuse(p, -EINVAL, "the nonce wants 16 hex digits");
        v = v << 4 | (uint64_t)d;
    }
    p->plan->nonce = v;
    p->have_nonce = true;
    return 0;
}

static int run_line(struct parser *p, enum step_kind kind, const char *id)
{
    for (uint32_t i = 0; i < p->plan->nprograms; i++) {
        if (strcmp(p->plan->programs[i].id, id) != 0)
            continue;
        struct step *s = step_add(p, kind);
        if (s == NULL)
            return p->err;
        s->a = id;
        s->program = i;
        return 0;
    }
    return refuse(p, -EINVAL, "no program %s is defined above", id);
}

static int iterate_line(struct parser *p, char **t)
{
    uint64_t w, i;
    if (p->iterating)
        return refuse(p, -EINVAL, "iterate inside iterate");
    if (number_parse(t[1], &w) != 0 || number_parse(t[2], &i) != 0 || w > 100000 || i > 1000000)
        return refuse(p, -EINVAL, "iterate wants two counts");
    struct step *s = step_add(p, STEP_ITERATE);
    if (s == NULL)
        return p->err;
    s->warmups = (uint32_t)w;
    s->iterations = (uint32_t)i;
    p->iterating = true;
    return 0;
}

static const struct {
    const char *word;
    enum step_kind kind;
    size_t tokens;
} file_steps[] = {
    {"mkdir", STEP_MKDIR, 2},
    {"remove", STEP_REMOVE, 2},
    {"copy", STEP_COPY, 3},
    {"move-suffix", STEP_MOVE_SUFFIX, 4},
    {"move-other", STEP_MOVE_OTHER, 4},
    {"nonce-file", STEP_NONCE_FILE, 2},
    {"export", STEP_EXPORT, 3},
};

static int file_line(struct parser *p, char **t, size_t n)
{
    for (size_t i = 0; i < sizeof file_steps / sizeof *file_steps; i++) {
        if (strcmp(t[0], file_steps[i].word) != 0)
            continue;
        if (n != file_steps[i].tokens)
            return refuse(p, -EINVAL, "%s wants %zu arguments", t[0], file_steps[i].tokens - 1);
        struct step *s = step_add(p, file_steps[i].kind);
        if (s == NULL)
            return p->err;
        s->a = t[1];
        s->b = n > 2 ? t[2] : NULL;
        s->c = n > 3 ? t[3] : NULL;
        return 0;
    }
    return refuse(p, -EINVAL, "unknown line: %s", t[0]);
}

static int plan_line(struct parser *p, char **t, size_t n)
{
    if (p->ended)
        return refuse(p, -EINVAL, "text after end");
    if (p->line == 1)
        return n == 2 && strcmp(t[0], "capbench-plan") == 0 && strcmp(t[1], "1") == 0
                   ? 0
                   : refuse(p, -EINVAL, "not a plan of version 1");
    if (p->line == 2)
        return n == 2 && strcmp(t[0], "nonce") == 0 ? nonce_line(p, t[1])
                                                    : refuse(p, -EINVAL, "the second line is not the nonce");
    if (p->program != NULL)
        return program_line(p, t, n);
    if (n == 1 && strcmp(t[0], "end") == 0) {
        p->ended = true;
        return p->iterating ? refuse(p, -EINVAL, "iterate without enditerate") : 0;
    }
    if (n == 1 && strcmp(t[0], "enditerate") == 0) {
        if (!p->iterating)
            return refuse(p, -EINVAL, "enditerate without iterate");
        p->iterating = false;
        return step_add(p, STEP_ENDITERATE) != NULL ? 0 : p->err;
    }
    if (n == 3 && strcmp(t[0], "limit") == 0)
        return limit_line(p, t);
    if (n == 3 && strcmp(t[0], "program") == 0)
        return program_begin(p, t);
    if (n == 3 && strcmp(t[0], "iterate") == 0)
        return iterate_line(p, t);
    if (n == 2 && strcmp(t[0], "backing") == 0)
        return backing_line(p, t[1]);
    if (n == 2 && strcmp(t[0], "sync") == 0)
        return sync_line(p, t[1]);
    if (n == 2 && strcmp(t[0], "timed") == 0)
        return run_line(p, STEP_TIMED, t[1]);
    if (n == 2 && strcmp(t[0], "run") == 0)
        return run_line(p, STEP_RUN, t[1]);
    return file_line(p, t, n);
}

int plan_parse(char *text, size_t len, struct plan *plan, char *why, size_t why_len)
{
    struct parser p = {.plan = plan, .why = why, .why_len = why_len};
    *plan =
        (struct plan){.limit_seconds = UINT64_MAX, .limit_output = UINT64_MAX, .limit_export = UINT64_MAX};
    if (memchr(text, '\0', len) != NULL)
        return refuse(&p, -EINVAL, "a zero byte");

    char *at = text;
    while (at < text + len) {
        char *tokens[MAX_TOKENS];
        size_t n = 0;
        char *end = memchr(at, '\n', (size_t)(text + len - at));
        p.line++;
        if (end == NULL)
            return refuse(&p, -EINVAL, "the last line has no end");
        *end = '\0';
        for (char *t = at; t != NULL;) {
            if (n == MAX_TOKENS)
                return refuse(&p, -EINVAL, "too many words");
            char *space = strchr(t, ' ');
            if (space != NULL)
                *space++ = '\0';
            if (*t == '\0' || token_decode(t) != 0)
                return refuse(&p, -EINVAL, "a malformed word");
            tokens[n++] = t;
            t = space;
        }
        if (plan_line(&p, tokens, n) != 0)
            return p.err;
        at = end + 1;
    }
    return p.ended ? 0 : refuse(&p, -EINVAL, "no end");
}

void plan_free(struct plan *plan)
{
    for (size_t i = 0; i < plan->nprograms; i++) {
        struct program *prog = &plan->programs[i];
        /* argv[0] is a copy once the program's block has ended; before that it points into the text. */
        const char *slash = strrchr(prog->path, '/');
        if (prog->argv != NULL && prog->argv[0] != NULL && prog->argv[0] != (slash ? slash + 1 : prog->path))
            free(prog->argv[0]);
        free(prog->argv);
        free(prog->envp);
        free(prog->grants);
    }
    free(plan->programs);
    free(plan->steps);
}
