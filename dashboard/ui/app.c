/* SPDX-License-Identifier: MIT */
/*
 * One dashboard; see app.h.
 * Invariant: everything a key can do beyond changing the view is done in act().
 */
#include "app.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "files.h"

#define HISTORY_EVERY_MS 10000

int64_t app_wall_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void begin(struct app *a, const struct app_options *opt, const char *dir)
{
    a->opt = *opt;
    a->dir = mem_dup(dir);
    model_init(&a->model);
    ui_init(&a->ui);
    a->ui.m = &a->model;
    a->ui.raw = rawfile_new();
    a->ui.dir = a->dir;
    a->ui.v.ascii = opt->ascii;
    a->ui.v.mono = opt->mono;
}

int app_open(struct app *a, const struct app_options *opt, const char *dir)
{
    char *path = mem_printf("%s/events.jsonl", dir);
    bool there = files_is_file(path);

    free(path);
    *a = (struct app){0};
    if (!there)
        return -ENOENT;
    begin(a, opt, dir);
    source_init(&a->source, dir, SRC_FOLLOW);
    source_seek(&a->source, &a->model, a->source.log.n);
    if (a->model.ended || opt->from_start)
        a->source.mode = SRC_REPLAY;
    if (opt->speed > 0)
        a->source.speed = opt->speed;
    if (opt->from_start)
        source_action(&a->source, &a->model, ACT_TO_START);
    source_fill(&a->source, &a->ui.src);
    return 0;
}

int app_start(struct app *a, const struct app_options *opt, const char *dir)
{
    int rc;

    *a = (struct app){0};
    begin(a, opt, dir);
    rc = runner_start(&a->run, opt->run_args, opt->nrun_args, dir);
    source_init(&a->source, dir, SRC_LIVE);
    source_fill(&a->source, &a->ui.src);
    return rc;
}

static void shells_end(struct app *a)
{
    if (a->ui.shells)
        shells_close(&a->shells);
    a->ui.shells = NULL;
}

static void end(struct app *a)
{
    shells_end(a);
    source_close(&a->source);
    model_free(&a->model);
    rawfile_free(a->ui.raw);
    history_free(a->ui.history);
    grid_free(&a->grid);
    runner_free(&a->run);
    runner_free(&a->verify);
    free(a->dir);
}

void app_close(struct app *a)
{
    end(a);
    *a = (struct app){0};
}

bool app_running(const struct app *a)
{
    return a->run.pid > 0;
}

int app_exit(const struct app *a)
{
    return a->run.ended ? a->run.status : 0;
}

/* The folder that holds the run's folder. */
static char *beside(const char *dir)
{
    char *copy = mem_dup(dir), *slash, *out;
    size_t n = strlen(copy);

    while (n > 1 && copy[n - 1] == '/')
        copy[--n] = '\0';
    slash = strrchr(copy, '/');
    out = slash == copy ? mem_dup("/") : slash ? mem_printf("%.*s", (int)(slash - copy), copy) : mem_dup(".");
    free(copy);
    return out;
}

/* Reads the history when it is looked at and the last look is old. */
static void history(struct app *a)
{
    int64_t now = app_wall_ms();
    char *dir;

    if (a->ui.v.screen != SC_HISTORY ||
        (a->ui.history && (source_idle(&a->source, &a->model) || now - a->history_at < HISTORY_EVERY_MS)))
        return;
    dir = a->opt.results ? mem_dup(a->opt.results) : beside(a->dir);
    history_free(a->ui.history);
    a->ui.history = history_load(dir);
    a->history_at = now;
    free(dir);
}

static void refresh(struct app *a)
{
    source_fill(&a->source, &a->ui.src);
    a->ui.src.ours = app_running(a) && !a->model.ended; /* after its last event it only tidies up */
    a->ui.src.busy = a->verify.pid > 0;
    a->ui.now_ms = source_now(&a->source, &a->model, a->ui.v.frozen ? a->ui.now_ms : app_wall_ms());
}

bool app_advance(struct app *a, double elapsed_ms)
{
    bool changed = source_advance(&a->source, &a->model, elapsed_ms, a->ui.v.frozen);
    char *line;

    if (runner_ended(&a->run)) {
        (void)source_advance(&a->source, &a->model, 0, a->ui.v.frozen);
        line = runner_last_line(&a->run);
        if (!a->model.started)
            ui_message(&a->ui, "the run did not start (exit %d): %s", a->run.status, line);
        free(line);
        a->quit |= a->waits;
        changed = true;
    }
    if (a->model.ended && (a->ui.v.prompt == PR_QUIT || a->ui.v.prompt == PR_CANCEL))
        a->ui.v.prompt = PR_NONE; /* there is nothing left to ask about */
    if (runner_ended(&a->verify)) {
        line = runner_last_line(&a->verify);
        ui_message(&a->ui, "verify: %s: %s",
                   a->verify.status == 0 ? "every figure reproduces" : "NOT reproduced", line);
        free(line);
        changed = true;
    }
    if (a->model.now && !a->ui.v.frozen)
        changed = true; /* elapsed times move */
    return changed;
}

/* A run's arguments for one workload alone, out of what the log says of the run. */
static void rerun(struct app *a)
{
    struct model_work *w = ui_selected(&a->ui);
    const struct model *m = &a->model;
    struct app_options opt = a->opt;
    const char *guest = m->guest[GUEST_CAPOS] && m->guest[GUEST_LINUX] ? "both"
                        : m->guest[GUEST_CAPOS]                        ? "capos"
                        : m->guest[GUEST_LINUX]                        ? "linux"
                                                                       : "native";
    char *args[] = {
        mem_dup(w->name),    mem_dup("--size"),  mem_dup(m->size ? m->size : "smoke"), mem_dup("--backing"),
        mem_dup(w->backing), mem_dup("--pairs"), mem_printf("%u", m->pairs),           mem_dup("--guest"),
        mem_dup(guest),      mem_dup("--accel"), mem_dup(m->accel ? m->accel : "auto")};
    char *dir = runner_new_dir(), message[160];
    enum ui_screen screen = a->ui.v.screen;
    int rc;

    opt.run_args = args;
    opt.nrun_args = sizeof args / sizeof args[0];
    snprintf(message, sizeof message, "runs again into %s", dir);
    end(a);
    rc = app_start(a, &opt, dir);
    a->ui.v.screen = screen;
    a->opt.run_args = NULL;
    a->opt.nrun_args = 0;
    if (rc < 0)
        ui_message(&a->ui, "cannot start a run: %s", strerror(-rc));
    else
        ui_message(&a->ui, "%s", message);
    for (size_t i = 0; i < sizeof args / sizeof args[0]; i++)
        free(args[i]);
    free(dir);
}

static void export_view(struct app *a)
{
    char *text = ui_markdown(&a->ui);
    char *path = mem_printf(
        "%s/capbench-%s-%s.md", a->opt.save_dir ? a->opt.save_dir : ".",
        a->model.run_id && files_path_safe(a->model.run_id) && !strchr(a->model.run_id, '/') ? a->model.run_id
                                                                                             : "run",
        a->ui.v.help ? "Help" : screen_name(a->ui.v.screen));
    int rc = files_write_atomic(path, text, strlen(text));

    if (rc < 0)
        ui_message(&a->ui, "cannot write %s: %s", path, strerror(-rc));
    else
        ui_message(&a->ui, "written: %s", path);
    free(path);
    free(text);
}

static void shells_begin(struct app *a)
{
    int rc = a->opt.linear ? -ENOTTY : shells_open(&a->shells, NULL, 0, a->grid.w, a->ui.body - 1);

    if (rc < 0)
        ui_message(&a->ui, "cannot start the shells: %s",
                   a->opt.linear ? "they need a screen" : strerror(-rc));
    else
        a->ui.shells = &a->shells;
}

bool app_shells(struct app *a)
{
    return a->ui.shells && shells_advance(a->ui.shells) && a->ui.v.screen == SC_SHELLS;
}

/* A key while typing into the shells. */
static void shells_type(struct app *a, int key)
{
    int what = shells_key(a->ui.shells, key);

    a->ui.v.message[0] = '\0';
    if (what == SHELLS_LEAVE)
        shells_end(a);
    else if (what > '0' && what <= '0' + SC_COUNT)
        a->ui.v.screen = (enum ui_screen)(what - '1');
}

static void act(struct app *a, enum action what)
{
    int rc;

    switch (what) {
    case ACT_NONE:
        break;
    case ACT_QUIT:
        a->quit = true;
        break;
    case ACT_CANCEL_QUIT:
        runner_cancel(&a->run);
        a->waits = app_running(a);
        a->quit = !a->waits;
        ui_message(&a->ui, "cancelling; leaves when the guest has ended");
        break;
    case ACT_CANCEL:
        runner_cancel(&a->run);
        ui_message(&a->ui, "cancelling: the run keeps what is finished");
        break;
    case ACT_RERUN:
        rerun(a);
        break;
    case ACT_VERIFY:
        rc = runner_verify(&a->verify, a->dir);
        if (rc < 0)
            ui_message(&a->ui, "cannot verify: %s", strerror(-rc));
        else
            ui_message(&a->ui, "verifying again from raw data");
        break;
    case ACT_EXPORT:
        export_view(a);
        break;
    case ACT_SHELLS:
        shells_begin(a);
        break;
    default:
        source_action(&a->source, &a->model, what);
        break;
    }
}

void app_key(struct app *a, int key)
{
    refresh(a);
    if (ui_typing(&a->ui))
        shells_type(a, key);
    else
        act(a, ui_key(&a->ui, key));
}

void app_draw(struct app *a, int w, int h)
{
    refresh(a);
    history(a);
    if (a->grid.w != w || a->grid.h != h)
        grid_resize(&a->grid, w, h);
    ui_draw(&a->ui, &a->grid);
}
