/* SPDX-License-Identifier: MIT */
/*
 * Small pictures; see show.h.
 * Invariant: no value from a log is used as an index without a bound.
 */
#include "show.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static const struct {
    enum glyph glyph;
    enum style style;
} states[RS_COUNT] = {
    [RS_QUEUED] = {GL_QUEUED, ST_DIM},
    [RS_RUNNING] = {GL_RUN, ST_RUN},
    [RS_WAITING] = {GL_PAUSE, ST_DIM},
    [RS_PASSED] = {GL_PASS, ST_PASS},
    [RS_FAILED] = {GL_FAIL, ST_FAIL},
    [RS_INVALID] = {GL_INVALID, ST_WARN},
    [RS_UNSUPPORTED] = {GL_UNSUPPORTED, ST_DIM},
    [RS_NA] = {GL_NA, ST_DIM},
    [RS_STOPPED] = {GL_INVALID, ST_WARN},
};

enum style show_state_style(enum row_state s)
{
    return states[s].style;
}

void show_state_glyph(struct buf *b, enum row_state s)
{
    mk_style(b, states[s].style);
    mk_glyph(b, states[s].glyph);
    mk_style(b, ST_NORMAL);
}

void show_state(struct buf *b, enum row_state s)
{
    mk_style(b, states[s].style);
    mk_glyph(b, states[s].glyph);
    mk_text(b, " ");
    mk_text(b, row_state_word(s));
    mk_style(b, ST_NORMAL);
}

void show_spark(struct buf *b, const double *x, size_t n, int columns)
{
    size_t first = n > (size_t)columns ? n - (size_t)columns : 0;
    double low = INFINITY, high = -INFINITY;
    int at = 0;

    for (size_t i = first; i < n; i++) {
        low = fmin(low, x[i]);
        high = fmax(high, x[i]);
    }
    for (size_t i = first; i < n; i++, at++) {
        /* Spread of less than 1 % is drawn flat: noise is no landscape. */
        double f = high - low > 0.01 * high ? (x[i] - low) / (high - low) : 0.45;
        int k = f >= 0 && f <= 1 ? (int)(f * 7.999) : 0;

        mk_glyph(b, (enum glyph)(GL_SPARK1 + (k > 7 ? 7 : k)));
    }
    for (; at < columns; at++)
        mk_text(b, " ");
}

void show_bar(struct buf *b, double fraction, int columns)
{
    int full = fraction > 0 ? (int)(fmin(fraction, 1) * columns + 0.5) : 0;

    for (int i = 0; i < columns; i++)
        mk_glyph(b, i < full ? GL_FULL : GL_EMPTY);
}

void show_duration(struct buf *b, double seconds, int columns)
{
    char text[32];

    text_duration(seconds, text, sizeof text);
    mk_printf(b, "%*s", columns, text);
}

void show_figure(struct buf *b, double v, int columns)
{
    char text[40] = "-";

    if (isfinite(v) && fabs(v) < 1e12)
        text_figure(v, text, sizeof text);
    mk_printf(b, "%*s", columns, text);
}

static int column_of(double v, double low, double high, int columns)
{
    double f = high > low ? (v - low) / (high - low) : 0.5;

    f = f >= 0 ? f <= 1 ? f : 1 : 0;
    return (int)(f * (columns - 1) + 0.5);
}

static void put_picture(struct buf *b, const unsigned char *picture, int columns)
{
    for (int i = 0; i < columns; i++) {
        if (picture[i] >= GLYPH_BASE)
            mk_glyph(b, (enum glyph)(picture[i] - GLYPH_BASE));
        else
            mk_text(b, " ");
    }
}

void show_strip(struct buf *b, const double *x, size_t n, double low, double high, int columns)
{
    unsigned char *p = mem_zalloc((size_t)columns + 1);
    double min = INFINITY, max = -INFINITY;

    for (size_t i = 0; i < n; i++) {
        min = fmin(min, x[i]);
        max = fmax(max, x[i]);
    }
    if (n) {
        int a = column_of(min, low, high, columns), z = column_of(max, low, high, columns);

        for (int i = a; i <= z; i++)
            p[i] = GLYPH_BASE + GL_HBAR;
        p[a] = GLYPH_BASE + GL_LEFT_END;
        p[z] = GLYPH_BASE + GL_RIGHT_END;
        for (size_t i = 0; i < n; i++)
            p[column_of(x[i], low, high, columns)] = GLYPH_BASE + GL_DOT;
        p[column_of(stats_median(x, n), low, high, columns)] = GLYPH_BASE + GL_MIDDLE;
    }
    put_picture(b, p, columns);
    free(p);
}

void show_ratio_strip(struct buf *b, double ratio, double from, double to, double low, double high,
                      int columns)
{
    unsigned char *p = mem_zalloc((size_t)columns + 1);

    if (isfinite(from) && isfinite(to)) {
        int a = column_of(from, low, high, columns), z = column_of(to, low, high, columns);

        for (int i = a; i <= z; i++)
            p[i] = GLYPH_BASE + GL_HBAR;
        p[a] = GLYPH_BASE + GL_LEFT_END;
        p[z] = GLYPH_BASE + GL_RIGHT_END;
    }
    if (low <= 1 && high >= 1)
        p[column_of(1, low, high, columns)] = GLYPH_BASE + GL_VBAR;
    if (isfinite(ratio))
        p[column_of(ratio, low, high, columns)] = GLYPH_BASE + GL_DOT;
    put_picture(b, p, columns);
    free(p);
}

void show_speed(struct buf *b, const struct model *m, struct model_work *w, bool wide)
{
    struct speed s;

    if (work_speed(m, w, &s) < 0) {
        mk_style(b, ST_DIM);
        mk_text(b, work_state(m, w) == RS_FAILED || work_state(m, w) == RS_INVALID ? "no ratio"
                                                                                   : "no ratio yet");
        mk_style(b, ST_NORMAL);
        return;
    }
    if (s.who == 0) {
        mk_printf(b, "undecided, %.3fx", s.times);
    } else {
        mk_style(b, s.who > 0 ? ST_CAPOS : ST_LINUX);
        mk_printf(b, "%s %.3fx faster", s.who > 0 ? "capOS" : "Linux", s.times);
        mk_style(b, ST_NORMAL);
    }
    if (isfinite(s.low) && isfinite(s.high))
        mk_printf(b, " [%.3f, %.3f]", s.low, s.high);
    else
        mk_text(b, " [no interval: 1 pair]");
    if (wide)
        mk_printf(b, ", %zu of %u pairs", s.pairs, m->pairs);
}

const char *show_guest(int guest)
{
    static const char *const names[] = {"capOS", "Linux", "native"};

    return guest >= 0 && guest < 3 ? names[guest] : "?";
}

const char *show_accel(const struct model *m)
{
    if (!m->accel)
        return "accelerator not known";
    if (strcmp(m->accel, "tcg") == 0)
        return "tcg: EMULATED processor";
    if (strcmp(m->accel, "icount") == 0)
        return "icount: VIRTUAL time";
    return strcmp(m->accel, "kvm") == 0 ? "kvm: hardware" : m->accel;
}

static const char *fitting(const char *name, int columns)
{
    const char *slash = strrchr(name, '/');

    return slash && slash[1] && (int)strlen(name) > columns ? slash + 1 : name;
}

const char *show_name(const struct model_work *w, int columns)
{
    return fitting(w->label, columns);
}

const char *show_bare_name(const struct model_work *w, int columns)
{
    return fitting(w->name, columns);
}
