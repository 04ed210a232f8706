/* SPDX-License-Identifier: MIT */
/*
 * Writing run plans; see plan.h.
 * Invariant: every token goes through text_plan_token.
 */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"

static void plan_line(struct buf *b, const char *word, const char *x, const char *y, const char *z)
{
    const char *t[] = {x, y, z};

    buf_puts(b, word);
    for (int i = 0; i < 3 && t[i]; i++) {
        buf_putc(b, ' ');
        text_plan_token(b, t[i]);
    }
    buf_putc(b, '\n');
}

static void plan_head(struct buf *b, const struct plan_limits *l)
{
    buf_puts(b, "capbench-plan 1\n");
    if (l->seconds)
        buf_printf(b, "limit seconds %llu\n", (unsigned long long)l->seconds);
    buf_printf(b, "limit output %llu\n", (unsigned long long)l->output_bytes);
    buf_printf(b, "limit export %llu\n", (unsigned long long)l->export_bytes);
}

static void plan_caps(struct buf *b, const struct def_cap *caps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_puts(b, "grant ");
        text_plan_token(b, caps[i].name);
        buf_putc(b, ' ');
        text_plan_token(b, caps[i].kind);
        if (caps[i].path) {
            buf_putc(b, ' ');
            text_plan_token(b, caps[i].path);
            buf_puts(b, caps[i].read_only ? " ro" : " rw");
        }
        if (caps[i].only) {
            buf_puts(b, " only ");
            text_plan_token(b, caps[i].only);
        }
        buf_putc(b, '\n');
    }
}

/* "@size:A,B,C" gives the text for the size. */
static void plan_sized(struct buf *b, const char *texts, enum def_size size)
{
    struct buf one = {0};

    for (unsigned i = 0; i < (unsigned)size; i++)
        texts = strchr(texts, ',') + 1;
    buf_add(&one, texts, strcspn(texts, ","));
    plan_line(b, "arg", one.p, NULL, NULL);
    buf_free(&one);
}

/* "@corpus:FMT" gives one line a corpus file, with %s replaced by its name. */
static void plan_args(struct buf *b, const char *arg, enum def_size size, char *const *corpus, size_t ncorpus)
{
    const char *fmt = arg + 8, *at;

    if (strncmp(arg, "@size:", 6) == 0) {
        plan_sized(b, arg + 6, size);
        return;
    }
    if (strncmp(arg, "@corpus:", 8) != 0) {
        plan_line(b, "arg", arg, NULL, NULL);
        return;
    }
    at = strstr(fmt, "%s");
    for (size_t i = 0; i < ncorpus; i++) {
        struct buf one = {0};

        buf_add(&one, fmt, (size_t)(at - fmt));
        buf_puts(&one, corpus[i]);
        buf_puts(&one, at + 2);
        plan_line(b, "arg", one.p, NULL, NULL);
        buf_free(&one);
    }
}

/* Where the executable is; "@flavour" gives the guest's own. */
static char *plan_path(const struct def_program *p, const char *flavour)
{
    const char *at = p->path ? strstr(p->path, "@flavour") : NULL;

    if (!p->path)
        return mem_printf("/bin/%s", p->program);
    return at ? mem_printf("%.*s%s%s", (int)(at - p->path), p->path, flavour, at + 8) : mem_dup(p->path);
}

static void plan_program(struct buf *b, const struct definition *d, const struct def_program *p,
                         enum def_size size, const char *flavour, char *const *corpus, size_t ncorpus)
{
    char *path = plan_path(p, flavour);

    plan_line(b, "program", p->id, path, NULL);
    for (size_t i = 0; i < p->nargs; i++)
        plan_args(b, p->args[i], size, corpus, ncorpus);
    for (size_t i = 0; i < p->nenv; i++)
        plan_line(b, "env", p->env[i], NULL, NULL);
    plan_line(b, "cwd", p->cwd, NULL, NULL);
    if (d->session.program && strcmp(d->session.program, p->id) == 0)
        buf_printf(b, "terminal %u %u\n", d->session.rows, d->session.columns);
    plan_caps(b, p->caps, p->ncaps);
    buf_puts(b, "endprogram\n");
    free(path);
}

static void plan_steps(struct buf *b, const struct def_steps *s)
{
    for (size_t i = 0; i < s->n; i++) {
        char *const *w = s->step[i].word;

        plan_line(b, w[0], w[1], w[2], w[3]);
    }
}

static void plan_exports(struct buf *b, const struct def_exports *x)
{
    plan_line(b, "export", "/work/NONCE", "NONCE", NULL);
    for (size_t i = 0; i < x->n; i++)
        plan_line(b, "export", x->pair[i][0], x->pair[i][1], NULL);
}

/* The second boot takes the first one's nonce out before it writes its own: so it is seen on which disk it
 * was. */
static void plan_second(struct buf *b, const struct definition *d)
{
    plan_line(b, "export", "/work/NONCE", PLAN_FIRST_NONCE, NULL);
    plan_line(b, "nonce-file", "/work/NONCE", NULL, NULL);
    plan_steps(b, &d->reopen);
    plan_exports(b, &d->reopen_exports);
}

char *plan_build(const struct definition *d, const struct plan_boot *boot, char *const *corpus,
                 size_t ncorpus, const struct plan_limits *limits)
{
    struct buf b = {0};

    plan_head(&b, limits);
    if (boot->disk) {
        plan_line(&b, "backing", definition_backing_name(boot->backing), NULL, NULL);
        plan_line(&b, "sync", "marks", NULL, NULL);
    }
    for (size_t i = 0; i < d->nprograms; i++)
        plan_program(&b, d, &d->programs[i], boot->size, boot->flavour, corpus, ncorpus);
    if (boot->reopen) {
        plan_second(&b, d);
    } else {
        plan_line(&b, "nonce-file", "/work/NONCE", NULL, NULL);
        plan_steps(&b, &d->setup);
        buf_printf(&b, "iterate %u %u\n", d->warmups, d->iterations[boot->size]);
        plan_steps(&b, &d->iteration);
        buf_puts(&b, "enditerate\n");
        plan_steps(&b, &d->after);
        plan_exports(&b, &d->exports);
    }
    buf_puts(&b, "end\n");
    return buf_take(&b);
}

char *plan_build_exec(const struct plan_program *p, const struct plan_limits *limits)
{
    struct buf b = {0};

    plan_head(&b, limits);
    plan_line(&b, "program", "main", p->path, NULL);
    if (p->argv0)
        plan_line(&b, "argv0", p->argv0, NULL, NULL);
    for (size_t i = 0; i < p->nargs; i++)
        plan_line(&b, "arg", p->args[i], NULL, NULL);
    if (p->cwd)
        plan_line(&b, "cwd", p->cwd, NULL, NULL);
    for (size_t i = 0; p->env && p->env[i]; i++)
        plan_line(&b, "env", p->env[i], NULL, NULL);
    if (p->bare)
        buf_puts(&b, "bare\n");
    if (p->stdin_host)
        buf_puts(&b, "stdin-host\n");
    if (p->rows)
        buf_printf(&b, "terminal %u %u\n", p->rows, p->columns);
    plan_caps(&b, p->caps, p->ncaps);
    buf_puts(&b, "endprogram\n");
    for (size_t i = 0; i < p->ncopies; i++)
        plan_line(&b, p->copies[2 * i] ? "copy" : "mkdir",
                  p->copies[2 * i] ? p->copies[2 * i] : p->copies[2 * i + 1],
                  p->copies[2 * i] ? p->copies[2 * i + 1] : NULL, NULL);
    plan_line(&b, "run", "main", NULL, NULL);
    for (size_t i = 0; i < p->nexports; i++)
        plan_line(&b, "export", p->exports[2 * i], p->exports[2 * i + 1], NULL);
    buf_puts(&b, "end\n");
    return buf_take(&b);
}
