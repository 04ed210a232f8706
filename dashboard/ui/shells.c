/* SPDX-License-Identifier: MIT */
/* Two panes and who types into them; see shells.h. Invariant: at least one pane has the keys. */
#include "shells.h"

#include <stdlib.h>
#include <string.h>

#include "align.h"
#include "keyboard.h"
#include "view.h"

static const char *const names[SHELLS] = {"capOS", "Linux"};
static const char *const guests[SHELLS] = {"capos", "linux"};
static const enum style styles[SHELLS] = {ST_CAPOS, ST_LINUX};

/* Both panes have the same size, so that rows break alike. */
static int pane_width(int w)
{
    return w < 21 ? 10 : (w - 1) / 2;
}

static int pane_height(int h)
{
    return h < 3 ? 3 : h;
}

int shells_open_programs(struct shells *s, char *const *left, char *const *right, int w, int h)
{
    char *const *argv[SHELLS] = {left, right};
    int rc = 0;

    *s = (struct shells){.to = {true, true}};
    for (int i = 0; i < SHELLS; i++)
        s->pane[i].fd = -1;
    for (int i = 0; i < SHELLS && rc == 0; i++)
        rc = pane_open(&s->pane[i], argv[i], pane_width(w), pane_height(h));
    if (rc < 0)
        shells_close(s);
    return rc;
}

int shells_open(struct shells *s, char *const *args, size_t nargs, int w, int h)
{
    char program[] = "/proc/self/exe", word[] = "shell", quiet[] = "--quiet", option[] = "--guest";
    char **argv[SHELLS];
    int rc;

    for (int i = 0; i < SHELLS; i++) {
        size_t n = 0;

        argv[i] = mem_zalloc((nargs + 6) * sizeof(char *));
        argv[i][n++] = program;
        argv[i][n++] = word;
        argv[i][n++] = quiet;
        argv[i][n++] = option;
        argv[i][n++] = mem_dup(guests[i]);
        for (size_t k = 0; k < nargs; k++)
            argv[i][n++] = args[k];
    }
    rc = shells_open_programs(s, argv[SHELL_LEFT], argv[SHELL_RIGHT], w, h);
    for (int i = 0; i < SHELLS; i++) {
        free(argv[i][4]);
        free(argv[i]);
    }
    return rc;
}

void shells_resize(struct shells *s, int w, int h)
{
    for (int i = 0; i < SHELLS; i++)
        pane_resize(&s->pane[i], pane_width(w), pane_height(h));
}

bool shells_advance(struct shells *s)
{
    bool left = pane_advance(&s->pane[SHELL_LEFT]);

    return pane_advance(&s->pane[SHELL_RIGHT]) || left;
}

bool shells_running(const struct shells *s)
{
    return pane_running(&s->pane[SHELL_LEFT]) || pane_running(&s->pane[SHELL_RIGHT]);
}

static void type(struct shells *s, const char *bytes, size_t n)
{
    for (int i = 0; i < SHELLS; i++)
        if (s->to[i])
            pane_type(&s->pane[i], bytes, n);
}

static void aim(struct shells *s, bool left, bool right)
{
    s->to[SHELL_LEFT] = left;
    s->to[SHELL_RIGHT] = right;
}

static int menu_key(struct shells *s, int key)
{
    const char escape = KEYBOARD_ESCAPE;

    s->menu = false;
    switch (key) {
    case 'b':
        aim(s, true, true);
        break;
    case 'l':
    case KEY_UI_LEFT:
        aim(s, true, false);
        break;
    case 'r':
    case KEY_UI_RIGHT:
        aim(s, false, true);
        break;
    case 'a':
        s->as_is = !s->as_is;
        break;
    case 'q':
        return SHELLS_LEAVE;
    case KEYBOARD_ESCAPE:
        type(s, &escape, 1);
        break;
    default:
        if (key >= '1' && key <= '9')
            return key;
    }
    return SHELLS_STAY;
}

int shells_key(struct shells *s, int key)
{
    static const struct {
        int key;
        const char *bytes;
    } sent[] = {{KEY_UI_UP, "\033[A"},        {KEY_UI_DOWN, "\033[B"},     {KEY_UI_RIGHT, "\033[C"},
                {KEY_UI_LEFT, "\033[D"},      {KEY_UI_HOME, "\033[H"},     {KEY_UI_END, "\033[F"},
                {KEY_UI_ENTER, "\r"},         {KEY_UI_ESC, "\033"},        {KEY_UI_TAB, "\t"},
                {KEY_UI_BACKSPACE, "\177"},   {KEY_UI_BACK_TAB, "\033[Z"}, {KEY_UI_PAGE_UP, "\033[5~"},
                {KEY_UI_PAGE_DOWN, "\033[6~"}};
    char byte = (char)key;

    if (s->menu)
        return menu_key(s, key);
    if (key == KEYBOARD_ESCAPE) {
        s->menu = true;
        return SHELLS_STAY;
    }
    if (key > 0 && key < 0x100)
        type(s, &byte, 1);
    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++)
        if (sent[i].key == key)
            type(s, sent[i].bytes, strlen(sent[i].bytes));
    return SHELLS_STAY;
}

char *shells_hint(const struct shells *s, bool screens)
{
    struct buf b = {0};

    mk_style(&b, s->menu ? ST_WARN : ST_DIM);
    if (s->menu)
        mk_printf(&b, "b both  l left  r right  a rows %s  q end the shells%s  any other key: back",
                  s->as_is ? "lined up" : "as they are", screens ? "  1-6 screen" : "");
    else
        mk_printf(&b, "keys go to %s    Ctrl-] menu    rows that differ are marked",
                  s->to[SHELL_LEFT] && s->to[SHELL_RIGHT] ? "both" : names[s->to[SHELL_RIGHT]]);
    return buf_take(&b);
}

void shells_close(struct shells *s)
{
    for (int i = 0; i < SHELLS; i++)
        pane_close(&s->pane[i]);
}

/* ---- drawing ---- */

static void draw_head(const struct shells *s, struct grid *g, int row)
{
    for (int i = 0; i < SHELLS; i++) {
        const struct pane *p = &s->pane[i];
        struct buf b = {0};

        mk_style(&b, s->to[i] ? ST_TAB_ON : styles[i]);
        mk_printf(&b, " %s ", names[i]);
        mk_style(&b, ST_DIM);
        if (!pane_running(p))
            mk_printf(&b, " ended, exit %d", p->status);
        else if (s->to[i])
            mk_text(&b, " typing");
        grid_draw(g, row, i * (p->w + 1), p->w, b.p, ST_NORMAL, false);
        buf_free(&b);
    }
}

static void draw_cells(const struct pane *p, int y, struct grid *g, int row, int col, bool cursor)
{
    int cy = -1, cx = -1;

    if (cursor && !pane_cursor(p, &cy, &cx))
        cy = -1;
    for (int x = 0; x < p->w && col + x < g->w; x++) {
        struct cell c = pane_cell(p, y, x);

        if (y == cy && x == cx)
            c.style ^= ST_SELECT;
        g->cell[row * g->w + col + x] = c;
    }
}

static void draw_mark(const struct aligned *a, struct grid *g, int row, int col)
{
    unsigned code = GLYPH_BASE + GL_VBAR;

    if (a && a->differ)
        code = a->left < 0 ? '>' : a->right < 0 ? '<' : '!';
    if (col < g->w)
        g->cell[row * g->w + col] = (struct cell){(unsigned char)code, a && a->differ ? ST_WARN : ST_DIM};
}

void shells_draw(const struct shells *s, struct grid *g, int top, int bottom)
{
    const struct pane *l = &s->pane[SHELL_LEFT], *r = &s->pane[SHELL_RIGHT];
    struct aligned *list;
    int n, first;

    if (top >= bottom)
        return;
    draw_head(s, g, top++);
    n = (int)panes_align(l, r, s->as_is, &list);
    first = n > bottom - top ? n - (bottom - top) : 0;
    for (int row = top; row < bottom; row++) {
        int i = first + row - top;

        draw_mark(i < n ? &list[i] : NULL, g, row, l->w);
        if (i < n && list[i].left >= 0)
            draw_cells(l, list[i].left, g, row, 0, s->to[SHELL_LEFT]);
        if (i < n && list[i].right >= 0)
            draw_cells(r, list[i].right, g, row, l->w + 1, s->to[SHELL_RIGHT]);
    }
    free(list);
}
