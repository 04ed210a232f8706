/* SPDX-License-Identifier: MIT */
/* The kernel's message formatting. Invariant: expectations are spelled out, not taken from the C library. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include "kernel/format.h"

static char text[256];
static size_t length;

/* A sink of three bytes that is emptied into `text`. */
static char few[3];

static void few_out(struct format_sink *s)
{
    memcpy(text + length, few, (size_t)(s->at - few));
    length += (size_t)(s->at - few);
    text[length] = 0;
    s->at = few;
}

static void escaped(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void escaped(const char *fmt, ...)
{
    struct format_sink s = {few, few + sizeof(few), 0, few_out};
    va_list ap;

    length = 0;
    va_start(ap, fmt);
    format_out(&s, true, fmt, ap);
    va_end(ap);
    few_out(&s);
    assert_int_equal(s.lost, 0);
}

static size_t plain(size_t n, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static size_t plain(size_t n, const char *fmt, ...)
{
    va_list ap;
    size_t r;

    va_start(ap, fmt);
    r = format_buf(text, n, fmt, ap);
    va_end(ap);
    return r;
}

static void numbers(void **state)
{
    (void)state;
    escaped("%d %d %u %x", -5, 0, 4000000000u, 0xabcu);
    assert_string_equal(text, "-5 0 4000000000 abc");
    escaped("%ld %lu %lx %zu", INT64_MIN, UINT64_MAX, UINT64_MAX, (size_t)7);
    assert_string_equal(text, "-9223372036854775808 18446744073709551615 ffffffffffffffff 7");
    escaped("[%4u] [%04x] [%016lx] [%5d] [%05d]", 7u, 0x1fu, 0x12ul, -42, -42);
    assert_string_equal(text, "[   7] [001f] [0000000000000012] [  -42] [-0042]");
}

static void strings(void **state)
{
    const char *volatile none = NULL; /* volatile: the compiler would warn */

    (void)state;
    escaped("%s|%.*s|%c|%%|%s", "a b", 3, "abcdef", 'z', none);
    assert_string_equal(text, "a b|abc|z|%|(null)");
    escaped("%.*s", 2, (const char[2]){'x', 'y'}); /* no NUL needed within the limit */
    assert_string_equal(text, "xy");
}

static void escapes(void **state)
{
    (void)state;
    escaped("\n%s%c", "a\n\x1b[0m\\\x7f\xff~", '\r');
    assert_string_equal(text, "\na\\x0a\\x1b[0m\\x5c\\x7f\\xff~\\x0d"); /* the format itself is trusted */
}

static void buffers(void **state)
{
    (void)state;
    assert_int_equal(plain(sizeof(text), "%s-%u", "ab\n", 12u), 6);
    assert_string_equal(text, "ab\n-12");
    memset(text, 'x', sizeof(text));
    assert_int_equal(plain(4, "%s", "abcdef"), 6);
    assert_string_equal(text, "abc");
    assert_int_equal(text[4], 'x');
    assert_int_equal(plain(0, "%s", "abcdef"), 6);
    assert_int_equal(text[0], 'a');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(strings),
        cmocka_unit_test(escapes),
        cmocka_unit_test(buffers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
