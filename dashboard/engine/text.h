/* SPDX-License-Identifier: MIT */
/*
 * Text for people and for the run plan.
 * Invariant: what text_escape gives holds printable ASCII only (and newlines where asked for), so that
 * nothing from a guest reaches a terminal or a JSON file unescaped.
 */
#ifndef ENGINE_TEXT_H
#define ENGINE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include "mem.h"

/* Appends n bytes with everything outside 0x20..0x7e, and the backslash, written \xHH; `lines` keeps \n and
 * \t. */
void text_escape(struct buf *out, const void *bytes, size_t n, bool lines);
/*
 * For a terminal: newlines, tabs, backslashes and well-formed UTF-8 stay, control characters (also U+0080 to
 * U+009F) and everything else is escaped as above.
 */
void text_escape_terminal(struct buf *out, const void *bytes, size_t n);
/* The same into fresh memory (caller frees), without newlines, cut to at most `max` source bytes. */
char *text_escaped(const void *bytes, size_t n, size_t max);
/* Appends s as one token of a run plan (workloads/PROTOCOL.md). */
void text_plan_token(struct buf *out, const char *s);
/* "m:ss" or "h:mm:ss" for a number of seconds, rounded; negative gives "?". Writes at most n bytes. */
void text_duration(double seconds, char *out, size_t n);
/* A figure in at most 4 significant digits or more when it is larger ("0.1234", "12.34", "12345"). */
void text_figure(double value, char *out, size_t n);

#endif
