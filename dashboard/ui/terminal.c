/* SPDX-License-Identifier: MIT */
/*
 * The ncursesw back-end; see terminal.h.
 * Invariant: only cell_text strings and curses' own sequences are written.
 */
#include "terminal.h"

#include <curses.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

static struct {
    SCREEN *screen;
    struct term_look look;
    int fd;
    struct termios before;
    bool have_before, raw;
    char rescue[256];
    size_t rescue_len;
    attr_t attr[ST_COUNT];
    short pair[ST_COUNT];
} term;

/* Colours by number of colours and ground: 256 on dark, 256 on light, 8 on dark, 8 on light. -1: the default.
 */
static const short colours[ST_COUNT][4] = {
    [ST_NORMAL] = {-1, -1, -1, -1}, [ST_DIM] = {245, 241, -1, -1}, [ST_BOLD] = {-1, -1, -1, -1},
    [ST_TITLE] = {-1, -1, -1, -1},  [ST_TAB] = {-1, -1, -1, -1},   [ST_TAB_ON] = {-1, -1, -1, -1},
    [ST_PASS] = {79, 30, 6, 4},     [ST_FAIL] = {208, 160, 1, 1},  [ST_WARN] = {221, 130, 3, 5},
    [ST_RUN] = {117, 25, 6, 4},     [ST_CAPOS] = {80, 24, 6, 4},   [ST_LINUX] = {183, 90, 5, 5},
    [ST_KEY] = {117, 25, 6, 4},     [ST_HIT] = {-1, -1, -1, -1},
};

static const attr_t attributes[ST_COUNT] = {
    [ST_BOLD] = A_BOLD, [ST_TITLE] = A_BOLD, [ST_TAB_ON] = A_REVERSE | A_BOLD,   [ST_FAIL] = A_BOLD,
    [ST_RUN] = A_BOLD,  [ST_KEY] = A_BOLD,   [ST_HIT] = A_REVERSE | A_UNDERLINE,
};

static char *capability(const char *name)
{
    char copy[32];
    char *s;

    snprintf(copy, sizeof copy, "%s", name);
    s = tigetstr(copy);
    return s == (char *)-1 ? NULL : s;
}

bool term_usable(const char *type)
{
    int err;
    char *name = NULL;
    bool usable;

    if (!type)
        type = getenv("TERM");
    if (!type || !*type || strcmp(type, "dumb") == 0)
        return false;
    name = mem_dup(type);
    usable = setupterm(name, STDOUT_FILENO, &err) == OK && capability("cup") != NULL;
    free(name);
    return usable;
}

bool term_light(void)
{
    const char *s = getenv("COLORFGBG"), *last = s ? strrchr(s, ';') : NULL;
    long ground = last ? strtol(last + 1, NULL, 10) : 0;

    return ground == 7 || ground >= 9;
}

static void set_looks(void)
{
    bool colour = !term.look.mono && has_colors() && start_color() == OK && use_default_colors() == OK;
    int k = COLORS >= 256 ? 0 : 2;

    k += term.look.light;
    for (int i = 0; i < ST_COUNT; i++) {
        term.attr[i] = attributes[i];
        term.pair[i] = 0;
        if (colour && colours[i][k] >= 0 && colours[i][k] < COLORS &&
            init_pair((short)(i + 1), colours[i][k], -1) == OK)
            term.pair[i] = (short)(i + 1);
        else if (i == ST_DIM && !colour)
            term.attr[i] |= A_DIM;
    }
}

/* What restores the terminal, padding left out; made ahead because a signal handler may not ask terminfo. */
static void prepare_rescue(void)
{
    static const char *const caps[] = {"sgr0", "rmkx", "cnorm", "rmcup"};

    term.rescue_len = 0;
    if (term.look.mouse)
        term.rescue_len = (size_t)snprintf(term.rescue, sizeof term.rescue, "\033[?1000l\033[?1006l");
    for (size_t i = 0; i < sizeof caps / sizeof caps[0]; i++)
        for (const char *s = capability(caps[i]); s && *s && term.rescue_len < sizeof term.rescue - 1; s++) {
            if (s[0] == '$' && s[1] == '<' && strchr(s, '>')) {
                s = strchr(s, '>');
                continue;
            }
            term.rescue[term.rescue_len++] = *s;
        }
}

static void modes(void)
{
    cbreak();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    scrollok(stdscr, FALSE);
    set_escdelay(25);
    curs_set(0);
    if (term.look.mouse) {
        mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
        mouseinterval(0);
    }
}

int term_open(const char *type, FILE *out, FILE *in, const struct term_look *look)
{
    memset(&term, 0, sizeof term);
    term.look = *look;
    term.fd = fileno(out);
    term.have_before = tcgetattr(term.fd, &term.before) == 0;
    /* A stale LINES or COLUMNS would hide the real size and every resize. */
    unsetenv("LINES");
    unsetenv("COLUMNS");
    term.screen = newterm(type, out, in);
    if (!term.screen)
        return -ENOTTY;
    set_term(term.screen);
    set_looks();
    prepare_rescue();
    modes();
    return 0;
}

void term_close(void)
{
    if (!term.screen)
        return;
    endwin();
    delscreen(term.screen);
    term.screen = NULL;
    term.rescue_len = 0;
}

void term_suspend(void)
{
    if (term.screen)
        endwin();
}

void term_resume(void)
{
    if (!term.screen)
        return;
    term.raw = false;
    modes();
    clearok(curscr, TRUE);
    wrefresh(stdscr);
}

void term_raw(bool on)
{
    if (!term.screen || term.raw == on)
        return;
    term.raw = on;
    if (on)
        raw();
    else
        noraw();
    if (!on)
        cbreak();
    keypad(stdscr, on ? FALSE : TRUE);
}

void term_size(int *w, int *h)
{
    getmaxyx(stdscr, *h, *w);
}

void term_resize(int w, int h)
{
    resizeterm(h, w);
}

static void draw_run(const struct grid *g, int y, int x, int end)
{
    unsigned style = g->cell[y * g->w + x].style, plain = (style & 0x3f) % ST_COUNT;
    attr_t attr = term.attr[plain] | ((style & ST_SELECT) ? A_REVERSE : 0);

    wattr_set(stdscr, attr, term.pair[plain], NULL);
    wmove(stdscr, y, x);
    for (; x < end; x++)
        waddstr(stdscr, cell_text(&g->cell[y * g->w + x], term.look.ascii));
}

void term_draw(const struct grid *g)
{
    int w, h;

    term_size(&w, &h);
    werase(stdscr);
    for (int y = 0; y < g->h && y < h; y++)
        for (int x = 0, end; x < g->w && x < w; x = end) {
            end = x + 1;
            while (end < g->w && end < w && g->cell[y * g->w + end].style == g->cell[y * g->w + x].style)
                end++;
            draw_run(g, y, x, end);
        }
    wnoutrefresh(stdscr);
    doupdate();
}

static int mouse_key(struct view *v)
{
    MEVENT e;

    if (getmouse(&e) != OK)
        return KEY_UI_CLICK;
    v->mouse_row = e.y;
    v->mouse_col = e.x;
    if (e.bstate & BUTTON4_PRESSED)
        return KEY_UI_WHEEL_UP;
    return (e.bstate & BUTTON5_PRESSED) ? KEY_UI_WHEEL_DOWN : KEY_UI_CLICK;
}

int term_key(struct view *v)
{
    static const struct {
        int curses, key;
    } map[] = {{KEY_UP, KEY_UI_UP},
               {KEY_DOWN, KEY_UI_DOWN},
               {KEY_LEFT, KEY_UI_LEFT},
               {KEY_RIGHT, KEY_UI_RIGHT},
               {KEY_PPAGE, KEY_UI_PAGE_UP},
               {KEY_NPAGE, KEY_UI_PAGE_DOWN},
               {KEY_HOME, KEY_UI_HOME},
               {KEY_END, KEY_UI_END},
               {KEY_ENTER, KEY_UI_ENTER},
               {'\r', KEY_UI_ENTER},
               {'\n', KEY_UI_ENTER},
               {'\t', KEY_UI_TAB},
               {KEY_BTAB, KEY_UI_BACK_TAB},
               {27, KEY_UI_ESC},
               {KEY_BACKSPACE, KEY_UI_BACKSPACE}};
    int c = wgetch(stdscr);

    if (c == ERR)
        return -1;
    if (c == KEY_RESIZE)
        return 0;
    if (c == KEY_MOUSE)
        return mouse_key(v);
    for (size_t i = 0; i < sizeof map / sizeof map[0]; i++)
        if (map[i].curses == c)
            return map[i].key;
    return c < 0x100 ? c : 0x1ff; /* no key of ours */
}

void term_rescue(void)
{
    ssize_t n = 0;

    if (!term.rescue_len)
        return;
    if (term.rescue_len)
        n = write(term.fd, term.rescue, term.rescue_len);
    if (term.have_before && n >= 0)
        (void)tcsetattr(term.fd, TCSANOW, &term.before);
}
