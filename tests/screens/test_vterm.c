/* SPDX-License-Identifier: MIT */
/*
 * Every screen through the curses back-end on a file, the file's bytes through libvterm, the result against
 * the grid: at several sizes, in colour and mono, in UTF-8 and ASCII, with curses' own incremental updates.
 * Then a run whose names, logs and console texts are hostile.
 */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "json.h"
#include "screens.h"
#include "terminal.h"

struct shown {
    FILE *out, *in;
    long fed;
    struct vscreen v;
};

static void shown_open(struct shown *s, int w, int h, const struct term_look *look)
{
    s->out = tmpfile();
    s->in = fopen("/dev/null", "r");
    s->fed = 0;
    vscreen_open(&s->v, w, h);
    if (!s->out || !s->in || term_open("xterm-256color", s->out, s->in, look) < 0) {
        puts("Bail out! no curses");
        exit(1);
    }
    term_resize(w, h);
}

/* Feeds what curses wrote since the last time; true when no OSC, DCS or other string sequence was in it. */
static bool shown_sync(struct shown *s)
{
    char bytes[65536];
    ssize_t n;
    bool clean = true;

    fflush(s->out);
    while ((n = pread(fileno(s->out), bytes, sizeof bytes, s->fed)) > 0) {
        for (ssize_t i = 0; i + 1 < n; i++)
            clean &= bytes[i] != 27 || !strchr("]PX^_", bytes[i + 1]);
        vscreen_feed(&s->v, bytes, (size_t)n);
        s->fed += n;
    }
    return clean;
}

static void shown_close(struct shown *s)
{
    term_close();
    fclose(s->out);
    fclose(s->in);
    vscreen_close(&s->v);
}

/* Any cell with a colour of its own? */
static bool coloured(const struct vscreen *v)
{
    VTermScreenCell base, cell;

    vterm_screen_get_cell(v->screen, (VTermPos){.row = v->h - 1, .col = v->w - 1}, &base);
    for (int y = 0; y < v->h; y++)
        for (int x = 0; x < v->w; x++) {
            vterm_screen_get_cell(v->screen, (VTermPos){.row = y, .col = x}, &cell);
            if (memcmp(&cell.fg, &base.fg, sizeof cell.fg) != 0)
                return true;
        }
    return false;
}

static bool screens_match(struct app *a, struct shown *s, int w, int h, bool ascii)
{
    bool all = true;

    for (int k = 0; k <= SC_COUNT; k++) {
        char *expected, *got;

        a->ui.v.help = k == SC_COUNT;
        a->ui.v.screen = (enum ui_screen)(k % SC_COUNT);
        app_draw(a, w, h);
        term_draw(&a->grid);
        all &= shown_sync(s);
        expected = screen_text(&a->grid, ascii);
        got = vscreen_text(&s->v);
        all &= same_screen(expected, got) && grid_clean(&a->grid);
        free(expected);
        free(got);
    }
    a->ui.v.help = false;
    return all;
}

static void snapshots(void)
{
    static const int sizes[][2] = {{80, 24}, {132, 43}, {40, 12}, {200, 60}, {20, 6}, {7, 3}, {1, 1}};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int k = 0; k < 8; k++) {
            struct term_look look = {.ascii = k & 1, .mono = (k & 2) != 0, .light = (k & 4) != 0};
            struct app_options opt = {.ascii = look.ascii, .mono = look.mono};
            int w = sizes[i][0], h = sizes[i][1];
            struct app a;
            struct shown s;
            bool ok;

            if (app_open(&a, &opt, RECORDED) < 0) {
                check(false, "the recorded run opens");
                return;
            }
            shown_open(&s, w, h, &look);
            ok = screens_match(&a, &s, w, h, look.ascii);
            if (h >= 10) {
                a.ui.v.screen = SC_RUN;
                app_draw(&a, w, h);
                term_draw(&a.grid);
                ok &= shown_sync(&s) && coloured(&s.v) == !look.mono;
            }
            check(ok, "%dx%d, %s, %s, %s ground: every screen as the grid says", w, h,
                  look.ascii ? "ASCII" : "UTF-8", look.mono ? "mono" : "colour",
                  look.light ? "light" : "dark");
            shown_close(&s);
            app_close(&a);
        }
}

/* Everything a guest could say: all byte values, escapes, long strings. */
static void hostile_bytes(struct buf *b)
{
    for (int i = 0; i < 256; i++)
        buf_putc(b, (char)i);
    buf_puts(b, "\033]0;owned\007\033P+q544e\033\\\033[2J\033[31m\033[?1049l\x9b"
                "2J\n");
    buf_puts(b, "\033]52;c;");
    for (int i = 0; i < 20000; i++)
        buf_putc(b, 'A');
    buf_puts(b, "\007\n\033P");
    for (int i = 0; i < 20000; i++)
        buf_putc(b, (char)(i * 7));
    buf_puts(b, "\033\\\r\n\xe2\x80\xae\xef\xbb\xbf\xf0\x9f\x92\xa9\n");
}

static void event(FILE *f, const char *name, cJSON *o)
{
    static unsigned seq;
    char *text;

    json_add_u64(o, "seq", seq++);
    json_add_text(o, "time", "2026-01-01T00:00:01.000Z");
    json_add_text(o, "event", name);
    text = cJSON_PrintUnformatted(o);
    fprintf(f, "%s\n", text);
    free(text);
    cJSON_Delete(o);
}

/* As a log could hold it: JSON text cannot carry a NUL or bytes that are no UTF-8, so these are left out
 * here. */
static char *hostile_text(void)
{
    struct buf b = {0};

    for (int i = 1; i < 128; i++)
        buf_putc(&b, (char)i);
    buf_puts(&b, "\033]0;owned\007\033[2J\xc2\x9b"
                 "31m\xe2\x80\xae");
    for (int i = 0; i < 3000; i++)
        buf_putc(&b, "\033]P"[i % 3]);
    return buf_take(&b);
}

static void hostile_log(const char *dir)
{
    char *path = mem_printf("%s/events.jsonl", dir), *t = hostile_text();
    FILE *f = fopen(path, "w");
    cJSON *o = cJSON_CreateObject(), *w, *list;

    json_add_text(o, "runId", t);
    json_add_text(o, "size", t);
    json_add_text(o, "accelerator", t);
    json_add_text(o, "acceleratorWhy", t);
    json_add_u64(o, "pairs", 2);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "command"), cJSON_CreateString(t));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "guests"), cJSON_CreateString("capos"));
    event(f, "run_start", o);
    o = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(o, "workloads");
    w = cJSON_CreateObject();
    json_add_text(w, "name", t);
    json_add_text(w, "title", t);
    cJSON_AddItemToArray(list, w);
    event(f, "plan", o);
    o = cJSON_CreateObject();
    json_add_u64(o, "boot", 1);
    json_add_u64(o, "pair", 0);
    json_add_text(o, "workload", t);
    json_add_text(o, "guest", "capos");
    json_add_text(o, "name", "boot");
    event(f, "boot_start", o);
    o = cJSON_CreateObject();
    json_add_u64(o, "boot", 1);
    json_add_text(o, "text", t);
    event(f, "log", o);
    o = cJSON_CreateObject();
    json_add_u64(o, "boot", 1);
    json_add_text(o, "status", "failed");
    json_add_text(o, "reason", t);
    json_add_text(o, "detail", t);
    json_add_text(cJSON_AddObjectToObject(o, "firstDifference"), t, t);
    event(f, "boot_end", o);
    fclose(f);
    free(path);
    free(t);
}

static void hostile(void)
{
    char dir[] = "/tmp/capbench-hostile-XXXXXX";
    static const char *const logs[] = {"serial.log", "console.log", "output.log", "verdict.json"};
    struct buf bytes = {0};
    bool ok = mkdtemp(dir) != NULL;
    char *raw = mem_printf("%s/raw/boot", dir);

    hostile_bytes(&bytes);
    ok &= files_mkdir(raw) == 0;
    for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
        char *path = mem_printf("%s/%s", raw, logs[i]);

        ok &= files_write_atomic(path, bytes.p, bytes.len) == 0;
        free(path);
    }
    hostile_log(dir);
    for (int k = 0; k < 4 && ok; k++) {
        struct term_look look = {.ascii = k & 1};
        struct app_options opt = {.ascii = look.ascii};
        int w = k & 2 ? 40 : 100, h = 30;
        struct app a;
        struct shown s;
        bool good = app_open(&a, &opt, dir) == 0;

        shown_open(&s, w, h, &look);
        for (int scroll = 0; scroll < 1200 && good; scroll += 29) {
            for (int i = 0; i <= SC_COUNT; i++) {
                a.ui.v.scroll[i] = scroll;
                a.ui.v.moved[i] = true;
            }
            good = screens_match(&a, &s, w, h, look.ascii);
        }
        check(good, "every byte value, OSC and DCS strings: %d columns, %s: the screen is the grid's", w,
              look.ascii ? "ASCII" : "UTF-8");
        shown_close(&s);
        app_close(&a);
    }
    check(ok, "the hostile run was made");
    (void)files_remove(dir);
    buf_free(&bytes);
    free(raw);
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8")) {
        puts("1..0 # SKIP no C.UTF-8 locale");
        return 0;
    }
    setenv("TZ", "UTC", 1);
    snapshots();
    hostile();
    return check_done();
}
