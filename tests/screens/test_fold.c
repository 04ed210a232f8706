/* SPDX-License-Identifier: MIT */
/*
 * The fold and the views on anything: the recorded run's ratios against the engine's, damaged logs, and
 * random keys and sizes, all under the sanitizers.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detail_records.h"
#include "json.h"
#include "keys.h"
#include "screens.h"

#define KEYS    3000
#define DAMAGED 150

static uint64_t state = 20260101;

static unsigned pick(unsigned n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % n;
}

static void ratios(void)
{
    struct app_options opt = {0};
    struct app a;
    char *why = NULL;
    cJSON *o = json_load(RECORDED "/comparisons.json", &why);
    const cJSON *c;
    int n = 0;

    free(why);
    if (app_open(&a, &opt, RECORDED) < 0) {
        check(false, "the recorded run opens");
        cJSON_Delete(o);
        return;
    }
    cJSON_ArrayForEach(c, cJSON_GetObjectItemCaseSensitive(o, "comparisons"))
    {
        const cJSON *i = cJSON_GetObjectItemCaseSensitive(c, "interval");
        struct stats_ratio r = {0};

        for (size_t k = 0; k < a.model.nworks; k++)
            if (strcmp(a.model.work[k]->name, json_text(c, "benchmarkName")) == 0) {
                int rc = work_ratio(&a.model, a.model.work[k], &r);
                double want = json_number(c, "ratio", NAN);

                check(isfinite(want) ? rc == 0 && fabs(r.ratio - want) < 1e-9 * want : rc < 0,
                      "%s: the ratio is the engine's", json_text(c, "benchmarkName"));
                if (cJSON_GetArraySize(i) == 2)
                    check(fabs(r.low - i->child->valuedouble) < 1e-9 &&
                              fabs(r.high - i->child->next->valuedouble) < 1e-9,
                          "%s: the interval is the engine's", json_text(c, "benchmarkName"));
                n++;
            }
    }
    check(n > 0, "there was something to compare");
    cJSON_Delete(o);
    app_close(&a);
}

static void back_and_forth(void)
{
    struct app_options opt = {0};
    struct app a, b;
    bool same = true;

    if (app_open(&a, &opt, RECORDED) < 0 || app_open(&b, &opt, RECORDED) < 0)
        return;
    for (int i = 0; i < 40; i++) {
        size_t at = pick((unsigned)a.source.log.n + 1);
        char *x, *y;

        source_seek(&a.source, &a.model, at);
        source_seek(&b.source, &b.model, 0);
        source_seek(&b.source, &b.model, at);
        app_draw(&a, 100, 30);
        app_draw(&b, 100, 30);
        x = screen_text(&a.grid, false);
        y = screen_text(&b.grid, false);
        same &= same_screen(y, x);
        free(x);
        free(y);
    }
    check(same, "any point of the log is the same screen, forwards and backwards");
    app_close(&a);
    app_close(&b);
}

/* Folds the recorded log with bytes changed, cut, doubled; draws after each. */
static void damaged(void)
{
    size_t len;
    char *log = slurp(RECORDED "/events.jsonl", &len);
    bool clean = log != NULL;

    for (int round = 0; round < DAMAGED && log; round++) {
        char *copy = mem_zalloc(len + 1);
        struct model m;
        struct ui u;
        struct grid g = {0};
        size_t from = pick((unsigned)len);

        memcpy(copy, log, len);
        for (int k = 0; k < 1 + (int)pick(20); k++)
            copy[pick((unsigned)len)] = (char)pick(256);
        model_init(&m);
        from = round % 3 ? 0 : from;
        for (char *p = copy + from, *end; (end = memchr(p, '\n', len - (size_t)(p - copy))); p = end + 1) {
            (void)model_fold(&m, p, (size_t)(end - p));
            if (pick(50) == 0)
                (void)model_fold(&m, p, (size_t)(end - p));
        }
        ui_init(&u);
        u.m = &m;
        u.raw = rawfile_new();
        u.v.screen = (enum ui_screen)pick(SC_COUNT);
        grid_resize(&g, 1 + (int)pick(150), 1 + (int)pick(50));
        ui_draw(&u, &g);
        clean &= grid_clean(&g);
        rawfile_free(u.raw);
        grid_free(&g);
        model_free(&m);
        free(copy);
    }
    check(clean, "%d damaged logs fold and draw", DAMAGED);
    free(log);
}

static void odd_events(void)
{
    static const char *const lines[] = {
        "",
        "{}",
        "[]",
        "null",
        "{\"event\":5,\"time\":6}",
        "{\"event\":\"plan\",\"time\":\"2026-01-01T00:00:00.000Z\",\"workloads\":7}",
        "{\"event\":\"mark\",\"time\":\"2026-01-01T00:00:00.000Z\",\"boot\":1}",
        "{\"event\":\"new_kind\",\"time\":\"2026-01-01T00:00:00.000Z\"}",
        "{\"event\":\"boot_end\",\"time\":\"2026-01-01T00:00:00.000Z\",\"boot\":1,\"authority\":{"
        "\"programs\":[1,[],{}]}}",
        "{\"event\":\"context\",\"time\":\"2026-01-01T00:00:00.000Z\",\"host\":[],\"ports\":3,\"corpora\":{"
        "\"a\":1}}"};
    struct model m;
    int understood = 0;

    model_init(&m);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        understood += model_fold(&m, lines[i], strlen(lines[i])) == 0;
    check(understood == 5 && m.nworks == 0 && m.dropped == 5,
          "events of other shapes and kinds change nothing");
    model_free(&m);
    check(model_time("2026-11-24T19:11:50.667Z") == INT64_C(1795547510667) &&
              model_time("2026-11-24 19:11:50") == 0 && model_time(NULL) == 0,
          "times are read, others refused");
}

/* Keys beyond those of the table too. */
static int any_key(void)
{
    unsigned k = pick(10);

    if (k < 7)
        return keys_table[pick((unsigned)keys_count)].key;
    return k < 9 ? (int)pick(128) : 0x200 + (int)pick(20);
}

static void monkey(void)
{
    struct app_options opt = {0};
    struct app a;
    bool clean = true;
    int quits = 0, asked = 0;

    if (app_open(&a, &opt, RECORDED) < 0)
        return;
    for (int i = 0; i < KEYS && clean; i++) {
        enum action act;

        a.ui.v.mouse_row = (int)pick(60);
        a.ui.v.mouse_col = (int)pick(140);
        source_fill(&a.source, &a.ui.src);
        a.ui.src.ours = pick(2);
        a.ui.v.ascii = pick(2);
        act = ui_key(&a.ui, any_key());
        asked += a.ui.v.prompt == PR_QUIT || a.ui.v.prompt == PR_CANCEL;
        quits += act == ACT_QUIT || act == ACT_CANCEL_QUIT;
        if (act >= ACT_PAUSE && (act != ACT_TO_START || pick(4) == 0))
            source_action(&a.source, &a.model, act);
        if (pick(8) == 0)
            source_seek(&a.source, &a.model, pick((unsigned)a.source.log.n + 1));
        if (pick(10) == 0)
            app_draw(&a, 1 + (int)pick(140), 1 + (int)pick(50));
        else
            app_draw(&a, a.grid.w ? a.grid.w : 80, a.grid.h ? a.grid.h : 24);
        clean = grid_clean(&a.grid);
        if (a.model.nworks && (a.ui.v.select < 0 || (size_t)a.ui.v.select >= a.model.nworks))
            clean = false;
        if (pick(100) == 0) {
            char *md = ui_markdown(&a.ui);

            clean &= strchr(md, 27) == NULL;
            free(md);
        }
    }
    check(clean, "%d random keys and sizes", KEYS);
    check(quits > 0 && asked > 0, "quitting and asking were both met (%d, %d)", quits, asked);
    app_close(&a);
}

/* Every key that can refuse does so with words. */
static void refusals(void)
{
    static const struct {
        enum ui_screen screen;
        int key;
        const char *says;
    } cases[] = {{SC_DETAIL, 's', "sorts on"},       {SC_DETAIL, 'f', "filters on"},
                 {SC_RUN, 'x', "nothing to cancel"}, {SC_RUN, 'n', "nothing to look"},
                 {SC_RUN, 'h', "left and right"},    {SC_CONTEXT, KEY_UI_ENTER, "opens a workload"},
                 {SC_RUN, 'Q', "does nothing"},      {SC_RUN, KEY_UI_ESC, "first screen"}};
    struct app_options opt = {0};
    struct app a;

    if (app_open(&a, &opt, RECORDED) < 0)
        return;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        source_fill(&a.source, &a.ui.src);
        a.ui.v.screen = cases[i].screen;
        check(ui_key(&a.ui, cases[i].key) == ACT_NONE && strstr(a.ui.v.message, cases[i].says),
              "key 0x%x on %s says why it cannot act", (unsigned)cases[i].key, screen_name(cases[i].screen));
    }
    a.source.mode = SRC_FOLLOW;
    source_fill(&a.source, &a.ui.src);
    check(ui_key(&a.ui, 'p') == ACT_NONE && strstr(a.ui.v.message, "live"), "replay keys say why while live");
    a.ui.src.ours = true;
    check(ui_key(&a.ui, 'r') == ACT_NONE && strstr(a.ui.v.message, "in progress"),
          "rerun says why while a run goes on");
    check(ui_key(&a.ui, 'q') == ACT_NONE && a.ui.v.prompt == PR_QUIT, "quitting while running asks");
    check(ui_key(&a.ui, 'z') == ACT_NONE && a.ui.v.prompt == PR_NONE, "any other key stays");
    check(ui_key(&a.ui, 'x') == ACT_NONE && ui_key(&a.ui, 'y') == ACT_CANCEL, "cancelling asks, then does");
    ui_key(&a.ui, 'q');
    check(ui_key(&a.ui, 'c') == ACT_CANCEL_QUIT, "quit and cancel");
    ui_key(&a.ui, 'q');
    check(ui_key(&a.ui, 'l') == ACT_QUIT, "quit and leave it running");
    app_close(&a);
}

static bool page_says(const struct page *p, const char *text)
{
    for (size_t i = 0; i < p->n; i++)
        if (strstr(p->line[i].markup, text))
            return true;
    return false;
}

/* Distributions and memory as a boot's end brings them, of the newest boot that has them, whatever they are.
 */
static void ready_made(void)
{
    struct model_boot old = {0}, last = {0}, *boots[] = {&old, &last};
    struct model_work w = {.cell[GUEST_CAPOS] = {.boot = boots, .nboots = 2}};
    struct page p = {.width = 80};

    old.latency =
        cJSON_Parse("[{\"name\":\"open\",\"n\":50,\"min\":950,\"median\":12345,\"p90\":99949,\"p99\":null,"
                    "\"max\":1999500000},{\"n\":1},7]");
    old.resources = cJSON_Parse(
        "{\"peak\":\"of the largest\",\"programs\":[{\"name\":\"a\",\"peakKiB\":892},{\"name\":2}]}");
    detail_latency(&p, &w);
    detail_resources(&p, &w);
    check(page_says(&p, "    50    950ns   12.3us   99.9us        -   2.00s "),
          "durations have three digits and a unit");
    check(page_says(&p, "892 KiB") && page_says(&p, "of the largest"), "peak memory, and what it is");
    page_clear(&p);
    last.latency = cJSON_Parse("[{\"name\":\"close\"}]");
    last.resources = cJSON_Parse("[]");
    detail_latency(&p, &w);
    check(page_says(&p, "close") && !page_says(&p, "open"), "the newest boot's");
    detail_resources(&p, &w);
    detail_authority(&p, last.resources);
    page_clear(&p);
    cJSON_Delete(old.latency);
    cJSON_Delete(old.resources);
    cJSON_Delete(last.latency);
    cJSON_Delete(last.resources);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    ratios();
    odd_events();
    refusals();
    back_and_forth();
    ready_made();
    damaged();
    monkey();
    return check_done();
}
