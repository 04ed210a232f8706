/* SPDX-License-Identifier: MIT */
/*
 * Shared by the screen tests; see screens.h.
 * Invariant: no test state beyond the TAP counters.
 */
#include "screens.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

static int count, failures;

/* Curses keeps what it allocated for a terminal; that is not ours to free. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libncursesw\nleak:libtinfo\nleak:newterm\nleak:setupterm\n";
}

void check(bool ok, const char *fmt, ...)
{
    va_list ap;

    printf("%sok %d - ", ok ? "" : "not ", ++count);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
    fflush(stdout);
    failures += !ok;
}

int check_done(void)
{
    printf("1..%d\n", count);
    return failures ? 1 : 0;
}

void vscreen_open(struct vscreen *v, int w, int h)
{
    v->vt = vterm_new(h, w);
    v->w = w;
    v->h = h;
    vterm_set_utf8(v->vt, 1);
    v->screen = vterm_obtain_screen(v->vt);
    vterm_screen_enable_altscreen(v->screen, 1);
    vterm_screen_reset(v->screen, 1);
}

void vscreen_close(struct vscreen *v)
{
    vterm_free(v->vt);
}

void vscreen_feed(struct vscreen *v, const char *bytes, size_t n)
{
    vterm_input_write(v->vt, bytes, n);
}

void vscreen_resize(struct vscreen *v, int w, int h)
{
    vterm_set_size(v->vt, h, w);
    v->w = w;
    v->h = h;
}

static void put_utf8(struct buf *b, uint32_t c)
{
    if (c < 0x80) {
        buf_putc(b, (char)c);
    } else if (c < 0x800) {
        buf_putc(b, (char)(0xc0 | c >> 6));
        buf_putc(b, (char)(0x80 | (c & 0x3f)));
    } else {
        buf_putc(b, (char)(0xe0 | c >> 12));
        buf_putc(b, (char)(0x80 | (c >> 6 & 0x3f)));
        buf_putc(b, (char)(0x80 | (c & 0x3f)));
    }
}

char *vscreen_text(const struct vscreen *v)
{
    struct buf b = {0};

    for (int y = 0; y < v->h; y++) {
        size_t keep = b.len;

        for (int x = 0; x < v->w; x++) {
            VTermScreenCell cell;

            vterm_screen_get_cell(v->screen, (VTermPos){.row = y, .col = x}, &cell);
            put_utf8(&b, cell.chars[0] ? cell.chars[0] : ' ');
            if (cell.chars[0] && cell.chars[0] != ' ')
                keep = b.len;
        }
        b.len = keep;
        buf_putc(&b, '\n');
    }
    return buf_take(&b);
}

char *screen_text(const struct grid *g, bool ascii)
{
    struct buf b = {0};

    grid_text(g, ascii, &b);
    return buf_take(&b);
}

/* Columns of a line of UTF-8 (every character of ours takes one). */
static int columns(const char *s, size_t n)
{
    int c = 0;

    for (size_t i = 0; i < n; i++)
        c += ((unsigned char)s[i] & 0xc0) != 0x80;
    return c;
}

bool same_screen(const char *expected, const char *got)
{
    int w = 0;

    if (strcmp(expected, got) == 0)
        return true;
    for (const char *s = expected; *s; s += strcspn(s, "\n") + (s[strcspn(s, "\n")] == '\n')) {
        int c = columns(s, strcspn(s, "\n"));

        w = c > w ? c : w;
    }
    printf("# %-*s | got\n", w, "expected");
    while (*expected || *got) {
        size_t a = strcspn(expected, "\n"), b = strcspn(got, "\n");
        bool same = a == b && memcmp(expected, got, a) == 0;

        printf("# %.*s%*s %c %.*s\n", (int)a, expected, w - columns(expected, a), "", same ? '|' : '#',
               (int)b, got);
        expected += a + (expected[a] == '\n');
        got += b + (got[b] == '\n');
    }
    return false;
}

bool grid_clean(const struct grid *g)
{
    for (int i = 0; i < g->w * g->h; i++) {
        unsigned c = g->cell[i].code;

        if (!(c >= 0x20 && c <= 0x7e) && !(c >= GLYPH_BASE && c < GLYPH_BASE + GL_COUNT))
            return false;
        if ((g->cell[i].style & 0x3f) >= ST_COUNT)
            return false;
    }
    return true;
}

char *slurp(const char *path, size_t *len)
{
    char *text;

    return files_read(path, 64u << 20, &text, len) < 0 ? NULL : text;
}
