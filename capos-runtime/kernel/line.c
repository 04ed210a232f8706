/* SPDX-License-Identifier: MIT */
/*
 * Line discipline (see line.h). Editing: backspace or DEL takes back one character (a whole UTF-8 sequence),
 * ^W a word and the spaces after it, ^U the whole line, ^C cancels, ^D on an empty line closes; NUL is
 * dropped; CR, LF and CR LF each end a line once; bytes over the limit are dropped unechoed. Other control
 * characters are kept, and shown as ^X but for the tab, so that none moves the cursor where it should not be.
 */
#include "kernel/line.h"

enum {
    CTRL_C = 3,
    CTRL_D = 4,
    BACKSPACE = 8,
    LINE_FEED = 10,
    CARRIAGE_RETURN = 13,
    CTRL_U = 21,
    CTRL_W = 23,
    TAB = 9,
    DELETE = 127
};

enum line_erased { ERASE_ONE, ERASE_WORD, ERASE_ALL };

static const char erase_one[] = "\b \b";

static char echo_bytes[LINE_ECHO_MAX];

/* Is it shown as ^ and a letter? */
static bool is_control(uint8_t byte)
{
    return (byte < ' ' && byte != TAB) || byte == DELETE;
}

/* What a byte of the line looks like, at `to`. Its length. */
static size_t show(char *to, uint8_t byte)
{
    if (!is_control(byte)) {
        to[0] = (char)byte;
        return 1;
    }
    to[0] = '^';
    to[1] = (char)(byte ^ 0x40);
    return 2;
}

void line_shown(const struct line *l, const char **echo, size_t *echo_len)
{
    *echo = echo_bytes;
    *echo_len = 0;
    for (uint32_t i = 0; i < l->len; i++)
        *echo_len += show(echo_bytes + *echo_len, l->bytes[i]);
}

void line_begin(struct line *l, uint32_t max, bool visible, bool allow_empty)
{
    l->max = max == 0 ? LINE_DEFAULT_MAX : max > LINE_MAX ? LINE_MAX : max;
    l->len = 0;
    l->visible = visible;
    l->allow_empty = allow_empty;
}

/* Takes the last character off a line that has one: its continuation bytes too. */
static void line_pop(struct line *l)
{
    do
        l->len--;
    while (l->len > 0 && (l->bytes[l->len] & 0xc0) == 0x80);
}

static bool at_space(const struct line *l)
{
    return l->bytes[l->len - 1] == ' ' || l->bytes[l->len - 1] == TAB;
}

static enum line_outcome line_erase(struct line *l, enum line_erased what, const char **echo,
                                    size_t *echo_len)
{
    size_t n = 0;
    bool word = false; /* a part of it has gone */

    while (l->len > 0 && !(what == ERASE_WORD && word && at_space(l))) {
        bool wide = is_control(l->bytes[l->len - 1]);

        word |= !at_space(l);
        line_pop(l);
        for (size_t i = 0; i < (wide ? 6u : 3u); i++)
            echo_bytes[n++] = erase_one[i % 3];
        if (what == ERASE_ONE)
            break;
    }
    if (l->visible) {
        *echo = echo_bytes;
        *echo_len = n;
    }
    return LINE_PENDING;
}

static enum line_outcome line_enter(struct line *l, const char **echo, size_t *echo_len)
{
    *echo = "\r\n";
    *echo_len = 2;
    return l->len == 0 && !l->allow_empty ? LINE_REPROMPT : LINE_SUBMITTED;
}

static enum line_outcome line_put(struct line *l, uint8_t byte, const char **echo, size_t *echo_len)
{
    if (l->len == l->max)
        return LINE_PENDING;
    l->bytes[l->len++] = byte;
    if (l->visible) {
        *echo = echo_bytes;
        *echo_len = show(echo_bytes, byte);
    }
    return LINE_PENDING;
}

enum line_outcome line_step(struct line *l, uint8_t byte, const char **echo, size_t *echo_len)
{
    bool after_cr = l->saw_cr;

    *echo = "";
    *echo_len = 0;
    if (byte == 0)
        return LINE_PENDING;
    l->saw_cr = byte == CARRIAGE_RETURN;
    switch (byte) {
    case CTRL_C:
        l->len = 0;
        *echo = "^C\r\n";
        *echo_len = 4;
        return LINE_CANCELLED;
    case CTRL_D:
        return l->len == 0 ? LINE_CLOSED : LINE_PENDING;
    case LINE_FEED:
        return after_cr ? LINE_PENDING : line_enter(l, echo, echo_len);
    case CARRIAGE_RETURN:
        return line_enter(l, echo, echo_len);
    case BACKSPACE:
    case DELETE:
        return line_erase(l, ERASE_ONE, echo, echo_len);
    case CTRL_W:
        return line_erase(l, ERASE_WORD, echo, echo_len);
    case CTRL_U:
        return line_erase(l, ERASE_ALL, echo, echo_len);
    default:
        return line_put(l, byte, echo, echo_len);
    }
}

/* Length of the well-formed UTF-8 sequence at p, or 0. */
static size_t utf8_length(const uint8_t *p, size_t left)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

    if (n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if (n == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)))
        return 0;
    if (n == 4 && ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)))
        return 0;
    return n;
}

void line_make_text(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t n = utf8_length(bytes + i, len - i);

        if (n == 0)
            bytes[i++] = '?';
        else
            i += n;
    }
}
