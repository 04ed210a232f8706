/* SPDX-License-Identifier: MIT */
/*
 * Two programs side by side: lining up, marks, keys to one or both, hostile bytes, ends. The programs are the
 * host's own shell, so that nothing is booted here.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keyboard.h"
#include "line_diff.h"
#include "screens.h"
#include "shells.h"

#define WAIT_MS 20000

static struct shells s;
static struct grid g;

static char *drawn(int w, int h)
{
    grid_resize(&g, w, h);
    shells_draw(&s, &g, 0, h);
    return screen_text(&g, true);
}

/* Runs until the screen holds `text`. */
static bool wait_for(const char *text, int w, int h)
{
    for (int left = WAIT_MS; left > 0; left -= 10) {
        struct pollfd p[SHELLS];
        char *now;
        bool there;

        for (int i = 0; i < SHELLS; i++)
            p[i] = (struct pollfd){.fd = s.pane[i].fd, .events = POLLIN};
        (void)poll(p, SHELLS, 10);
        (void)shells_advance(&s);
        now = drawn(w, h);
        there = strstr(now, text) != NULL;
        free(now);
        if (there)
            return true;
    }
    char *now = drawn(w, h);
    printf("# waited in vain for %s in:\n# %s\n", text, now);
    free(now);
    return false;
}

static bool on_screen(const char *what, int w, int h)
{
    char *text = drawn(w, h);
    bool there = strstr(text, what) != NULL;

    free(text);
    return there;
}

static void open_sh(const char *left, const char *right, int w, int h)
{
    char sh[] = "/bin/sh", c[] = "-c", *l = mem_dup(left), *r = mem_dup(right);
    char *lv[] = {sh, c, l, NULL}, *rv[] = {sh, c, r, NULL};

    check(shells_open_programs(&s, lv, rv, w, h) == 0, "two programs start");
    free(l);
    free(r);
}

static void type(const char *keys)
{
    for (; *keys; keys++)
        (void)shells_key(&s, (unsigned char)*keys);
}

static void diffs(void)
{
    static const struct {
        const char *a, *b, *want;
    } cases[] = {{"", "", ""},
                 {"a\nb\n", "a\nb", ""},
                 {"a\nb\nc\n", "a\nc\n", "-2b"},
                 {"a\nc\n", "a\nb\nc\n", "+2b"},
                 {"", "x\ny\n", "+1x+2y"},
                 {"a\nb\nc\nd\n", "a\nx\nc\ny\nd\n", "-2b+2x+4y"},
                 {"1\n2\n3\n", "3\n2\n1\n", "-1:1-2:2+2:2+3:1"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct line_change *list;
        size_t n = line_diff(cases[i].a, strlen(cases[i].a), cases[i].b, strlen(cases[i].b), &list);
        struct buf b = {0};

        for (size_t k = 0; k < n; k++)
            buf_printf(&b, "%c%zu%s%.*s", list[k].second ? '+' : '-', list[k].number, i == 6 ? ":" : "",
                       (int)list[k].line.len, list[k].line.at);
        /* The last one has two shortest answers: any of four lines will do. */
        check(i == 6 ? n == 4 : strcmp(b.p ? b.p : "", cases[i].want) == 0, "differences %zu: %s", i,
              b.p ? b.p : "none");
        buf_free(&b);
        free(list);
    }
}

static void lined_up(void)
{
    char *text;

    open_sh("stty -echo; printf 'one\\nleft\\ntwo\\nthree\\n'; cat",
            "stty -echo; printf 'one\\ntwo\\nTHREE\\nmore\\n'; cat", 41, 8);
    check(wait_for("three", 41, 9) && wait_for("more", 41, 9), "both have written");
    text = drawn(41, 9);
    check(same_screen(" capOS  typing        Linux  typing\n"
                      "one                 |one\n"
                      "left                <\n"
                      "two                 |two\n"
                      "three               !THREE\n"
                      "                    >more\n"
                      "                    |\n"
                      "                    |\n"
                      "                    |\n",
                      text),
          "equal rows stand beside each other, others are marked");
    free(text);
    (void)shells_key(&s, KEYBOARD_ESCAPE);
    (void)shells_key(&s, 'a');
    text = drawn(41, 9);
    check(strstr(text, "left                !two") && strstr(text, "one                 |one"),
          "rows as they are");
    free(text);
    text = drawn(5, 3);
    check(grid_clean(&g), "a screen far too small");
    free(text);
    shells_close(&s);
    check(!shells_running(&s), "closing ends both");
}

static void resized(void)
{
    open_sh("trap 'stty size' WINCH; stty size; while :; do sleep 0.05; done",
            "stty size; while read l; do stty size; done", 41, 8);
    check(wait_for("8 20                |8 20", 41, 9), "the panes' size");
    shells_resize(&s, 61, 10);
    check(wait_for("10 30", 61, 11), "another size is told by SIGWINCH");
    (void)shells_key(&s, KEYBOARD_ESCAPE);
    (void)shells_key(&s, 'r');
    type("\r");
    check(wait_for("10 30                         |10 30", 61, 11), "and when asked for");
    shells_close(&s);
}

static void keys(void)
{
    open_sh("while read l; do echo \"L:$l:\"; done; exit 7", "while read l; do echo \"R:$l:\"; done; exit 8",
            61, 10);
    type("both\r");
    check(wait_for("L:both:", 61, 12) && wait_for("R:both:", 61, 12), "keys go to both");
    (void)shells_key(&s, KEYBOARD_ESCAPE);
    check(shells_key(&s, '3') == '3', "the menu gives a screen's digit");
    (void)shells_key(&s, KEYBOARD_ESCAPE);
    (void)shells_key(&s, 'r');
    type("one\r");
    check(wait_for("R:one:", 61, 12) && !on_screen("L:one:", 61, 12), "then to the right one alone");
    (void)shells_key(&s, 4);
    check(wait_for("ended, exit 8", 61, 12) && shells_running(&s),
          "Ctrl-D ends that one; its exit code is shown");
    (void)shells_key(&s, KEYBOARD_ESCAPE);
    (void)shells_key(&s, 'l');
    (void)shells_key(&s, 'x');
    (void)shells_key(&s, KEY_UI_BACKSPACE);
    type("y");
    (void)shells_key(&s, KEY_UI_ENTER);
    check(wait_for("L:y:", 61, 12), "keys of the dashboard's kind are sent as bytes");
    (void)shells_key(&s, 4);
    check(wait_for("ended, exit 7", 61, 12) && !shells_running(&s), "both have ended");
    (void)shells_key(&s, KEYBOARD_ESCAPE);
    check(shells_key(&s, 'q') == SHELLS_LEAVE, "q in the menu leaves");
    shells_close(&s);
}

static void hostile(void)
{
    static const char bytes[] =
        "i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %03o $i)\"; i=$((i+1)); done; "
        "printf "
        "'\\033]0;owned\\007\\033P+q544e\\033\\\\\\033[c\\033[6n\\033[?1049h\\303\\244\\342\\224\\200'; "
        "printf 'X%.0s' $(seq 5000); printf '\\033[2J\\033[Hdone\\n'; cat";

    open_sh(bytes, "cat", 81, 20);
    check(wait_for("done", 81, 22) && grid_clean(&g), "every byte value and escape ends as clean cells");
    shells_close(&s);
}

int main(void)
{
    diffs();
    lined_up();
    resized();
    keys();
    hostile();
    grid_free(&g);
    return check_done();
}
