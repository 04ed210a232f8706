/* SPDX-License-Identifier: MIT */
/*
 * Scripts; see script.h.
 * Invariant: a command either does what it says or ends the script with a line that names file and line.
 */
#include "script.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "export_svg.h"
#include "files.h"

#define FRAME_MS 250

struct script {
    struct app *a;
    const char *path;
    unsigned line;
    int w, h;
    double seconds; /* passed so far */
    bool recording;
    struct cast cast;
    char *cast_name;
};

static const struct {
    const char *name;
    int key;
} names[] = {{"up", KEY_UI_UP},        {"down", KEY_UI_DOWN},
             {"left", KEY_UI_LEFT},    {"right", KEY_UI_RIGHT},
             {"pgup", KEY_UI_PAGE_UP}, {"pgdn", KEY_UI_PAGE_DOWN},
             {"home", KEY_UI_HOME},    {"end", KEY_UI_END},
             {"enter", KEY_UI_ENTER},  {"esc", KEY_UI_ESC},
             {"tab", KEY_UI_TAB},      {"backtab", KEY_UI_BACK_TAB},
             {"space", ' '},           {"backspace", KEY_UI_BACKSPACE}};

static int bad(const struct script *s, int code, const char *what, const char *arg)
{
    fprintf(stderr, "%s:%u: %s%s%s\n", s->path, s->line, what, *arg ? ": " : "", arg);
    return code;
}

static void frame(struct script *s)
{
    app_draw(s->a, s->w, s->h);
    if (s->recording)
        cast_frame(&s->cast, &s->a->grid, s->seconds);
}

/* One frame's time: virtual in a replay, real otherwise. */
static void tick(struct script *s, double ms)
{
    struct timespec ts = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)((long)ms % 1000 * 1000000)};

    if (s->a->source.mode != SRC_REPLAY || s->a->verify.pid > 0)
        nanosleep(&ts, NULL);
    s->seconds += ms / 1000;
    (void)app_advance(s->a, ms);
    frame(s);
}

static bool on_screen(struct script *s, const char *text)
{
    struct buf b = {0};
    bool there;

    frame(s);
    grid_text(&s->a->grid, s->a->ui.v.ascii, &b);
    there = b.p && strstr(b.p, text) != NULL;
    buf_free(&b);
    return there;
}

static void wait_for(struct script *s, double seconds)
{
    double left = seconds * 1000;

    while (left > 0) {
        tick(s, left < FRAME_MS ? left : FRAME_MS);
        left -= FRAME_MS;
    }
}

static int save(struct script *s, const char *name, bool svg)
{
    struct buf b = {0};
    char *path;
    int rc;

    if (!files_path_safe(name))
        return bad(s, 2, "not a file name", name);
    frame(s);
    if (svg)
        grid_svg(&s->a->grid, s->a->ui.v.ascii, &b);
    else
        grid_text(&s->a->grid, s->a->ui.v.ascii, &b);
    path = mem_printf("%s/%s.%s", s->a->opt.save_dir ? s->a->opt.save_dir : ".", name, svg ? "svg" : "txt");
    rc = files_write_atomic(path, b.p, b.len);
    if (rc < 0)
        rc = bad(s, 1, strerror(-rc), path);
    free(path);
    buf_free(&b);
    return rc;
}

static int end_cast(struct script *s)
{
    char *path;
    int rc;

    if (!s->recording)
        return bad(s, 2, "endcast without cast", "");
    s->recording = false;
    path = mem_printf("%s/%s.cast", s->a->opt.save_dir ? s->a->opt.save_dir : ".", s->cast_name);
    rc = files_write_atomic(path, s->cast.text.p, s->cast.text.len);
    if (rc < 0)
        rc = bad(s, 1, strerror(-rc), path);
    free(path);
    cast_free(&s->cast);
    free(s->cast_name);
    s->cast_name = NULL;
    return rc;
}

static int begin_cast(struct script *s, const char *name)
{
    if (s->recording || !files_path_safe(name))
        return bad(s, 2, s->recording ? "a recording is going on" : "not a file name", name);
    s->cast_name = mem_dup(name);
    s->recording = true;
    s->seconds = 0;
    cast_begin(&s->cast, s->w, s->h, s->a->ui.v.ascii);
    frame(s);
    return 0;
}

static void press(struct script *s, int key)
{
    app_key(s->a, key);
    frame(s);
    if (s->recording)
        tick(s, FRAME_MS);
}

static int keys(struct script *s, char *arg)
{
    char *save_at = NULL;

    for (char *k = strtok_r(arg, " \t", &save_at); k; k = strtok_r(NULL, " \t", &save_at)) {
        int key = k[1] == '\0' ? k[0] : 0;

        for (size_t i = 0; i < sizeof names / sizeof names[0] && !key; i++)
            if (strcmp(names[i].name, k) == 0)
                key = names[i].key;
        if (!key)
            return bad(s, 2, "unknown key", k);
        press(s, key);
    }
    return 0;
}

static int seek(struct script *s, const char *arg)
{
    char *end;
    unsigned long long n = strtoull(arg, &end, 10);

    if (s->a->source.mode != SRC_REPLAY)
        return bad(s, 2, "seek needs a replay", "");
    if (strcmp(arg, "start") == 0)
        source_seek(&s->a->source, &s->a->model, 0);
    else if (strcmp(arg, "end") == 0)
        source_seek(&s->a->source, &s->a->model, s->a->source.log.n);
    else if (*arg && !*end)
        source_seek(&s->a->source, &s->a->model, (size_t)n);
    else
        return bad(s, 2, "seek N, start or end", arg);
    return 0;
}

static int wait_text(struct script *s, char *arg)
{
    char *text;
    double seconds = strtod(arg, &text);

    while (*text == ' ')
        text++;
    if (text == arg || !*text)
        return bad(s, 2, "wait-for SECONDS TEXT", arg);
    while (!on_screen(s, text)) {
        if (seconds <= 0)
            return bad(s, 1, "did not come", text);
        tick(s, FRAME_MS);
        seconds -= FRAME_MS / 1000.0;
    }
    return 0;
}

int script_size(const char *text, int *w, int *h)
{
    char *end, *last;
    long x = strtol(text, &end, 10), y;

    if (end == text || *end != 'x')
        return -EINVAL;
    y = strtol(end + 1, &last, 10);
    if (last == end + 1 || *last || x < 1 || y < 1 || x > 1000 || y > 1000)
        return -EINVAL;
    *w = (int)x;
    *h = (int)y;
    return 0;
}

static int size(struct script *s, const char *arg)
{
    return script_size(arg, &s->w, &s->h) < 0 ? bad(s, 2, "size WxH", arg) : 0;
}

static int command(struct script *s, char *line)
{
    char *arg = line + strcspn(line, " \t");

    if (*arg)
        *arg++ = '\0';
    while (*arg == ' ')
        arg++;
    if (strcmp(line, "size") == 0)
        return size(s, arg);
    if (strcmp(line, "key") == 0)
        return keys(s, arg);
    if (strcmp(line, "wait") == 0)
        return wait_for(s, strtod(arg, NULL)), 0;
    if (strcmp(line, "wait-for") == 0)
        return wait_text(s, arg);
    if (strcmp(line, "expect") == 0)
        return on_screen(s, arg) ? 0 : bad(s, 1, "not on the screen", arg);
    if (strcmp(line, "seek") == 0)
        return seek(s, arg);
    if (strcmp(line, "speed") == 0)
        return (s->a->source.speed = strtod(arg, NULL)) > 0 ? 0 : bad(s, 2, "speed N", arg);
    if (strcmp(line, "save") == 0 || strcmp(line, "svg") == 0)
        return save(s, arg, *line == 's' && line[1] == 'v');
    if (strcmp(line, "cast") == 0)
        return begin_cast(s, arg);
    if (strcmp(line, "endcast") == 0)
        return end_cast(s);
    if (strcmp(line, "type") == 0) {
        for (; *arg; arg++)
            press(s, (unsigned char)*arg);
        return 0;
    }
    return bad(s, 2, "unknown command", line);
}

int script_run(struct app *a, const char *path, int w, int h)
{
    struct script s = {.a = a, .path = path, .w = w, .h = h};
    char *text, *at, *next;
    size_t len;
    int rc = files_read(path, 1 << 20, &text, &len);

    if (rc < 0) {
        fprintf(stderr, "capbench dash: %s: %s\n", path, strerror(-rc));
        return 2;
    }
    for (at = text; rc == 0 && at && !a->quit; at = next) {
        next = strchr(at, '\n');
        if (next)
            *next++ = '\0';
        s.line++;
        while (isspace((unsigned char)*at))
            at++;
        if (*at && *at != '#')
            rc = command(&s, at);
    }
    if (s.recording)
        (void)end_cast(&s);
    free(text);
    return rc;
}
