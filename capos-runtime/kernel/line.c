/* SPDX-License-Identifier: MIT */
/*
 * Line discipline (see line.h). Editing: backspace or DEL takes back one character (a whole UTF-8 sequence),
 * ^U the whole line, ^C cancels, ^D on an empty line closes; NUL is dropped; CR, LF and CR LF each end a line
 * once; bytes over the limit are dropped unechoed.
 */
#include "kernel/line.h"

enum {
    CTRL_C = 3,
    CTRL_D = 4,
    BACKSPACE = 8,
    LINE_FEED = 10,
    CARRIAGE_RETURN = 13,
    CTRL_U = 21,
    DELETE = 127
};

static const char erase_one[] = "\b \b";

static char erase_bytes[LINE_ECHO_MAX];

void line_begin(struct line *l, uint32_t max, bool visible, bool allow_empty)
{
    l->max = max == 0 ? LINE_DEFAULT_MAX : max > LINE_MAX ? LINE_MAX : max;
    l->len = 0;
    l->visible = visible;
    l->allow_empty = allow_empty;
}

/* Takes the last character off the line: its continuation bytes too. False when the line is empty. */
static bool line_pop(struct line *l)
{
    if (l->len == 0)
        return false;
    do
        l->len--;
    while (l->len > 0 && (l->bytes[l->len] & 0xc0) == 0x80);
    return true;
}

static enum line_outcome line_erase(struct line *l, bool all, const char **echo, size_t *echo_len)
{
    size_t n = 0;

    while (line_pop(l)) {
        for (size_t i = 0; i < 3; i++)
            erase_bytes[n++] = erase_one[i];
        if (!all)
            break;
    }
    if (l->visible) {
        *echo = erase_bytes;
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
        *echo = (const char *)&l->bytes[l->len - 1];
        *echo_len = 1;
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
        return line_erase(l, false, echo, echo_len);
    case CTRL_U:
        return line_erase(l, true, echo, echo_len);
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
