/* SPDX-License-Identifier: MIT */
/*
 * Line discipline: turns typed bytes into one edited line, and says what to echo. Knows no device, no call
 * and no object. Invariant: `len` never exceeds `max`, and `max` never exceeds LINE_MAX; a step echoes
 * nothing of a hidden line.
 */
#ifndef KERNEL_LINE_H
#define KERNEL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_MAX         4096u /* longest line; a longer request is cut to it */
#define LINE_DEFAULT_MAX 256u  /* what a request of 0 bytes gets: upstream's own bound */
#define LINE_ECHO_MAX    (6u * LINE_MAX)

enum line_outcome {
    LINE_PENDING,   /* goes on */
    LINE_SUBMITTED, /* Enter: the line is complete */
    LINE_REPROMPT,  /* Enter on an empty line that may not be empty: show the prompt again */
    LINE_CANCELLED, /* ^C: the line is empty now */
    LINE_CLOSED,    /* ^D on an empty line: end of input */
};

struct line {
    uint32_t max, len;
    bool visible, allow_empty;
    bool saw_cr; /* survives line_begin: a line feed right after a carriage return belongs to it */
    uint8_t bytes[LINE_MAX];
};

/* Starts a line of at most max bytes (0: the default). Keeps only saw_cr of what was there. */
void line_begin(struct line *l, uint32_t max, bool visible, bool allow_empty);
/* Takes one byte. *echo points at static or line memory, *echo_len bytes to be written to the terminal (may
 * be 0). */
enum line_outcome line_step(struct line *l, uint8_t byte, const char **echo, size_t *echo_len);
/* What the line looks like on the terminal: as line_step's echo. */
void line_shown(const struct line *l, const char **echo, size_t *echo_len);
/* Replaces every byte that is not part of well-formed UTF-8 by '?', in place: Text must be text. */
void line_make_text(uint8_t *bytes, size_t len);

#endif
