/* SPDX-License-Identifier: MIT */
/* Console, TerminalSession, StdIO and the small objects: Timer, WallClock, EntropySource, SystemInfo,
 * BootPackage, NullCap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cap_harness.h"
#include "kernel/line.h"

static int begin(void **state)
{
    (void)state;
    harness_begin();
    return 0;
}

static void type(const char *text)
{
    harness_type(1, text, strlen(text));
}

static struct hcall *text_call(struct cap_object *o, uint16_t method, const char *text)
{
    struct hcall *h = h_new(o, method, 1, 1);

    assert_int_equal(capnp_set_text(&h->params, 0, text, strlen(text)), 0);
    return h;
}

static struct hcall *data_call(struct cap_object *o, uint16_t method, const char *text)
{
    struct hcall *h = h_new(o, method, 1, 1);

    assert_int_equal(capnp_set_data(&h->params, 0, text, strlen(text)), 0);
    return h;
}

static struct hcall *read_line(struct cap_object *o, const char *prompt, uint32_t max, unsigned echo,
                               bool empty)
{
    struct hcall *h = h_new(o, CAPOS_M_TERMINAL_SESSION_READ_LINE, CAPOS_P_TERMINAL_SESSION_READ_LINE_WORDS,
                            CAPOS_P_TERMINAL_SESSION_READ_LINE_PTRS);
    struct capnp_bstruct r;

    assert_int_equal(capnp_set_struct(&h->params, CAPOS_P_TERMINAL_SESSION_READ_LINE_REQUEST_PTR,
                                      CAPOS_S_LINE_REQUEST_WORDS, CAPOS_S_LINE_REQUEST_PTRS, &r),
                     0);
    assert_int_equal(capnp_set_text(&r, CAPOS_S_LINE_REQUEST_PROMPT_PTR, prompt, strlen(prompt)), 0);
    capnp_set_u32(&r, CAPOS_S_LINE_REQUEST_MAX_BYTES, max);
    capnp_set_u16(&r, CAPOS_S_LINE_REQUEST_ECHO, (uint16_t)echo);
    capnp_set_bool(&r, CAPOS_S_LINE_REQUEST_ALLOW_EMPTY_BIT, empty);
    return h;
}

static struct hcall *stdio_read(struct cap_object *o, unsigned mode, uint32_t max)
{
    struct hcall *h = h_new(o, CAPOS_M_STDIO_READ, CAPOS_P_STDIO_READ_WORDS, CAPOS_P_STDIO_READ_PTRS);
    struct capnp_bstruct r;

    assert_int_equal(capnp_set_struct(&h->params, CAPOS_P_STDIO_READ_REQUEST_PTR,
                                      CAPOS_S_STDIO_READ_REQUEST_WORDS, CAPOS_S_STDIO_READ_REQUEST_PTRS, &r),
                     0);
    capnp_set_u16(&r, CAPOS_S_STDIO_READ_REQUEST_MODE, (uint16_t)mode);
    capnp_set_u32(&r, CAPOS_S_STDIO_READ_REQUEST_MAX_BYTES, max);
    return h;
}

static void expect(struct hcall *h, unsigned status, const char *bytes)
{
    const uint8_t *p = NULL;
    uint32_t n = 0;

    h_ok(h_run(h));
    assert_int_equal(capnp_get_u16(&h->results, CAPOS_R_STDIO_READ_STATUS), status);
    assert_int_equal(capnp_get_data(&h->results, CAPOS_R_STDIO_READ_TEXT_PTR, &p, &n), 0);
    if (n > 0 && p[n - 1] == '\0') /* a Text's NUL */
        n--;
    assert_int_equal(n, strlen(bytes));
    assert_memory_equal(p, bytes, n);
    h_free(h);
}

/* Feeds one line discipline; what it echoes is collected. */
static enum line_outcome feed(struct line *l, const char *typed, char *echoed)
{
    enum line_outcome outcome = LINE_PENDING;

    echoed[0] = '\0';
    for (; *typed != '\0' && outcome == LINE_PENDING; typed++) {
        const char *e = NULL;
        size_t n = 0;

        outcome = line_step(l, (uint8_t)*typed, &e, &n);
        strncat(echoed, e, n);
    }
    return outcome;
}

static void test_line(void **state)
{
    static struct line l;
    static char echoed[LINE_ECHO_MAX];
    const char *e = NULL;
    size_t n = 0;

    (void)state;
    line_begin(&l, 5, true, false);
    assert_int_equal(feed(&l, "abcdefg\r", echoed), LINE_SUBMITTED);
    assert_string_equal(echoed, "abcde\r\n");
    assert_int_equal(l.len, 5);
    line_begin(&l, 100, true, false);
    assert_int_equal(line_step(&l, '\n', &e, &n), LINE_PENDING); /* second half of CR LF */
    assert_int_equal(feed(&l, "\n", echoed), LINE_REPROMPT);
    assert_int_equal(feed(&l,
                          "\x7f\x08"
                          "ab\x7f"
                          "c\n",
                          echoed),
                     LINE_SUBMITTED);
    assert_string_equal(echoed, "ab\b \bc\r\n");
    assert_memory_equal(l.bytes, "ac", 2);
    line_begin(&l, 100, true, true);
    assert_int_equal(feed(&l, "x\xc3\xa4\x7f\n", echoed), LINE_SUBMITTED); /* a whole character goes */
    assert_int_equal(l.len, 1);
    line_begin(&l, 100, true, true);
    assert_int_equal(feed(&l, "abc\x15z\n", echoed), LINE_SUBMITTED);
    assert_string_equal(echoed, "abc\b \b\b \b\b \bz\r\n");
    assert_int_equal(l.len, 1);
    line_begin(&l, 100, true, true);
    assert_int_equal(feed(&l, "one two  \x17x\x17\x17\x17y\n", echoed),
                     LINE_SUBMITTED); /* words, then nothing */
    assert_string_equal(echoed, "one two  \b \b\b \b\b \b\b \b\b \bx\b \b\b \b\b \b\b \b\b \by\r\n");
    assert_int_equal(l.len, 1);
    line_begin(&l, 100, true, true);
    assert_int_equal(feed(&l, "a\033[A\tb", echoed), LINE_PENDING); /* no cursor moves */
    assert_string_equal(echoed, "a^[[A\tb");
    line_shown(&l, &e, &n);
    assert_int_equal(n, 7);
    assert_memory_equal(e, "a^[[A\tb", 7);
    assert_int_equal(feed(&l, "\x08\x08\x08\x08\x08\n", echoed), LINE_SUBMITTED);
    assert_string_equal(echoed, "\b \b\b \b\b \b\b \b\b \b\b \b\r\n");
    assert_int_equal(l.len, 1);
    line_begin(&l, 100, false, true);
    assert_int_equal(feed(&l, "secret\x7f\r", echoed), LINE_SUBMITTED);
    assert_string_equal(echoed, "\r\n");
    assert_int_equal(l.len, 5);
    line_begin(&l, 100, true, true);
    assert_int_equal(feed(&l, "ab\x03", echoed), LINE_CANCELLED);
    assert_string_equal(echoed, "ab^C\r\n");
    line_begin(&l, 100, true, true);
    assert_int_equal(feed(&l, "ab\x04", echoed), LINE_PENDING);
    line_begin(&l, 100, true, true);
    assert_int_equal(feed(&l, "\x04", echoed), LINE_CLOSED);
    line_begin(&l, 0, true, true);
    assert_int_equal(l.max, LINE_DEFAULT_MAX);
    line_begin(&l, UINT32_MAX, true, true);
    assert_int_equal(l.max, LINE_MAX);
    assert_int_equal(line_step(&l, 0, &e, &n), LINE_PENDING);
    assert_int_equal(l.len, 0);
    uint8_t text[] = "ok\xc3\xa4\xff\xc3z\xe2\x82\xac\xed\xa0\x80\xf0\x9f\x98\x80\xc0\x80";
    line_make_text(text, sizeof text - 1);
    assert_string_equal((char *)text, "ok\xc3\xa4??z\xe2\x82\xac???\xf0\x9f\x98\x80??");
    harness_end();
}

static void test_output(void **state)
{
    struct cap_object *c = cap_console_new(), *t = cap_terminal_new(), *s = cap_stdio_new();
    struct hcall *h = NULL;

    (void)state;
    assert_false(c->cls->transferable);
    h_ok_free(data_call(c, CAPOS_M_CONSOLE_WRITE, "raw"));
    h_ok_free(text_call(c, CAPOS_M_CONSOLE_WRITE_LINE, "line"));
    h_ok_free(text_call(c, CAPOS_M_CONSOLE_WRITE_LINE, ""));
    h_ok_free(data_call(t, CAPOS_M_TERMINAL_SESSION_WRITE, "t"));
    h_ok_free(text_call(t, CAPOS_M_TERMINAL_SESSION_WRITE_LINE, "u"));
    h_ok_free(text_call(s, CAPOS_M_STDIO_WRITE, "s"));
    assert_string_equal(harness_written(1, NULL), "rawline\n\ntu\ns");
    h = text_call(s, CAPOS_M_STDIO_WRITE, "s");
    capnp_set_u16(&h->params, CAPOS_P_STDIO_WRITE_STREAM, 3);
    h_raised_free(h, CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h = h_new(c, CAPOS_M_CONSOLE_WRITE_LINE, 0, 1); /* bytes without a NUL where Text is due */
    assert_int_equal(capnp_set_data(&h->params, 0, "x", 1), 0);
    h_raised_free(h, CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_ok_free(h_new(s, CAPOS_M_STDIO_CLOSE, 0, 0));
    h_raised_free(text_call(s, CAPOS_M_STDIO_WRITE, "s"), CAPOS_EXC_FAILED, "errno 9");
    expect(stdio_read(s, CAPOS_READ_LINE, 10), CAPOS_LINE_CLOSED, "");
    harness_console[1] = false; /* without the device: the serial log, by lines */
    h_ok_free(data_call(c, CAPOS_M_CONSOLE_WRITE, "one\ntw"));
    h_ok_free(text_call(c, CAPOS_M_CONSOLE_WRITE_LINE, "o"));
    assert_string_equal(harness_log(), "console: one\nconsole: two\n");
    expect(read_line(t, "", 10, CAPOS_ECHO_VISIBLE, true), CAPOS_LINE_CLOSED, "");
    cap_unref(c);
    cap_unref(t);
    cap_unref(s);
    harness_end();
}

static void test_read_line(void **state)
{
    struct cap_object *t = cap_terminal_new();
    struct hcall *h = h_run(read_line(t, "> ", 80, CAPOS_ECHO_VISIBLE, false));

    (void)state;
    assert_true(h->pending);
    assert_string_equal(harness_written(1, NULL), "> ");
    type("he");
    assert_true(h->pending);
    type("llo\rahead\r");
    expect(h, CAPOS_LINE_SUBMITTED, "hello");
    assert_string_equal(harness_written(1, NULL), "hello\r\n");
    expect(read_line(t, "$ ", 80, CAPOS_ECHO_HIDDEN, false), CAPOS_LINE_SUBMITTED,
           "ahead"); /* typed ahead: at once */
    assert_string_equal(harness_written(1, NULL), "$ \r\n");
    h = h_run(read_line(t, "? ", 80, CAPOS_ECHO_VISIBLE, false));
    type("\r");
    assert_true(h->pending);
    assert_string_equal(harness_written(1, NULL), "? \r\n? ");
    type("x\x03");
    expect(h, CAPOS_LINE_CANCELLED, "");
    h = h_run(read_line(t, "", 80, CAPOS_ECHO_VISIBLE, true));
    type("\n");
    expect(h, CAPOS_LINE_SUBMITTED, "");
    h = h_run(read_line(t, "", 80, CAPOS_ECHO_VISIBLE, true));
    type("\x04");
    expect(h, CAPOS_LINE_CLOSED, "");
    h_raised_free(read_line(t, "", 80, 2, true), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h = read_line(t, "", 80, 0, true);
    h->c.result_cap = 40; /* one word of line, one byte of it a NUL's place */
    h_run(h);
    type("0123456789\n");
    expect(h, CAPOS_LINE_SUBMITTED, "0123456");
    h = read_line(t, "", 80, 0, true);
    h->c.result_cap = 32;
    h_raised_free(h, CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    harness_heap_fail_after = 1;
    h_raised_free(read_line(t, "", 80, 0, true), CAPOS_EXC_OVERLOADED, "errno 12");
    cap_unref(t);
    harness_end();
}

/* Readers on one console: the newest is served; one dies, another's StdIO is closed. */
static void test_newest_first(void **state)
{
    struct cap_object *t = cap_terminal_new(), *s = cap_stdio_new();
    struct hcall *a = h_run(read_line(t, "a>", 80, 0, true)), *b = h_run(stdio_read(s, CAPOS_READ_LINE, 80)),
                 *c = h_run(read_line(t, "c>", 80, 0, true)), *d = h_run(read_line(t, "d>", 80, 0, true));

    (void)state;
    assert_string_equal(harness_written(1, NULL), "a>c>d>");
    type("dee\n");
    expect(d, CAPOS_LINE_SUBMITTED, "dee");
    assert_string_equal(harness_written(1, NULL), "dee\r\nc>"); /* the next newest again */
    h_kill(c);
    h_free(c);
    type("b\xff\n");
    expect(b, CAPOS_LINE_SUBMITTED, "b?"); /* Text stays text */
    assert_string_equal(harness_written(1, NULL), "b\xff\r\na>");
    b = h_run(stdio_read(s, CAPOS_READ_HIDDEN, 80));
    h_ok_free(h_new(s, CAPOS_M_STDIO_CLOSE, 0, 0));
    expect(b, CAPOS_LINE_CLOSED, "");
    assert_string_equal(harness_written(1, NULL), "a>");
    type("\x03");
    expect(a, CAPOS_LINE_CANCELLED, "");
    cap_unref(t);
    cap_unref(s);
    harness_end();
}

/* A program reads before the shell that waits for it, whoever asked first. */
static void test_deepest_first(void **state)
{
    struct cap_object *t = cap_terminal_new();
    struct hcall *shell = NULL, *program = NULL;

    (void)state;
    harness_process.depth = 2;
    program = h_run(read_line(t, "p>", 80, 0, true));
    harness_process.depth = 1;
    shell = h_run(read_line(t, "s>", 80, 0, true));
    assert_string_equal(harness_written(1, NULL), "p>");
    type("one\n");
    expect(program, CAPOS_LINE_SUBMITTED, "one");
    assert_string_equal(harness_written(1, NULL), "one\r\ns>");
    harness_process.depth = 2;
    program = h_run(read_line(t, "", 80, 0, true));
    type("two\n");
    expect(program, CAPOS_LINE_SUBMITTED, "two");
    type("\x03");
    expect(shell, CAPOS_LINE_CANCELLED, "");
    cap_unref(t);
    harness_end();
}

static struct hcall *read_by(struct cap_object *t, struct process *p)
{
    struct hcall *h = read_line(t, "", 80, 0, true);

    h->c.process = p;
    return h_run(h);
}

static struct process *family(uint32_t pid, uint32_t parent, uint32_t depth)
{
    struct process *p = &harness_family[pid];

    *p = (struct process){.pid = pid, .parent = parent, .depth = depth, .started_ns = harness_now_ns - 1};
    return p;
}

/* ^C reaches every branch of a job at its lowest reader, and who comes late, but nobody twice. */
static void test_interrupt(void **state)
{
    struct cap_object *t = cap_terminal_new();

    harness_now_ns += UINT64_C(10000000000); /* long after any other */
    struct process *shell = family(1, 0, 1), *left = family(2, 1, 2), *cat = family(3, 2, 3),
                   *right = family(4, 1, 2), *late = family(5, 4, 3);
    struct hcall *s = read_by(t, shell), *l = read_by(t, left), *c = read_by(t, cat), *r = read_by(t, right);

    (void)state;
    type("half\x03");
    expect(c, CAPOS_LINE_CANCELLED, "");
    expect(r, CAPOS_LINE_CANCELLED, "");
    assert_true(l->pending && s->pending);
    expect(read_by(t, late), CAPOS_LINE_CANCELLED, "");
    c = read_by(t, late);
    assert_true(c->pending); /* once */
    r = read_by(t, right);
    assert_true(r->pending);
    type("one\n");
    expect(c, CAPOS_LINE_SUBMITTED, "one");
    harness_now_ns += 10;
    type("two\ntyped\x03"); /* two for right or left, who are equals: the newer */
    expect(r, CAPOS_LINE_SUBMITTED, "two");
    expect(l, CAPOS_LINE_CANCELLED, "");
    assert_true(s->pending);
    family(6, 1, 2)->started_ns = harness_now_ns;
    c = read_by(t, &harness_family[6]); /* started after it */
    assert_true(c->pending);
    harness_now_ns += UINT64_C(3000000000);
    r = read_by(t, right); /* too long ago */
    assert_true(r->pending);
    type("\x03");
    expect(c, CAPOS_LINE_CANCELLED, "");
    expect(r, CAPOS_LINE_CANCELLED, "");
    h_kill(s);
    h_free(s);
    cap_unref(t);
    harness_end();
}

/* A half line stays with the terminal: it passes to a newer reader, and back when that one goes. */
static void test_half_line(void **state)
{
    struct cap_object *t = cap_terminal_new(), *s = cap_stdio_new();
    struct hcall *a = h_run(read_line(t, "a>", 80, 0, true)), *b = NULL;

    (void)state;
    type("ha");
    b = h_run(read_line(t, "b>", 80, 0, true));
    assert_string_equal(harness_written(1, NULL), "a>hab>ha");
    type("l");
    h_kill(b);
    h_free(b);
    assert_string_equal(harness_written(1, NULL), "la>hal");
    type("f\n");
    expect(a, CAPOS_LINE_SUBMITTED, "half");
    a = h_run(read_line(t, "", 80, 0, true));
    type("typed");
    b = h_run(read_line(t, "", 80, CAPOS_ECHO_HIDDEN, true)); /* a password begins empty */
    type("pw\n");
    expect(b, CAPOS_LINE_SUBMITTED, "pw");
    type("new\n");
    expect(a, CAPOS_LINE_SUBMITTED, "new");
    a = h_run(read_line(t, "", 80, 0, true));
    type("xyz");
    expect(stdio_read(s, CAPOS_READ_BLOCK, 2), CAPOS_LINE_SUBMITTED, "xy"); /* shorter than what is there */
    type("w\n");
    expect(a, CAPOS_LINE_SUBMITTED, "w");
    cap_unref(t);
    cap_unref(s);
    harness_end();
}

static void test_close_newest(void **state)
{
    struct cap_object *t = cap_terminal_new(), *s = cap_stdio_new();
    struct hcall *b = h_run(read_line(t, "b>", 80, 0, true)), *a = h_run(stdio_read(s, CAPOS_READ_LINE, 80));

    (void)state;
    h_ok_free(h_new(s, CAPOS_M_STDIO_CLOSE, 0, 0));
    expect(a, CAPOS_LINE_CLOSED, "");
    assert_string_equal(harness_written(1, NULL), "b>b>");
    type("x\n");
    expect(b, CAPOS_LINE_SUBMITTED, "x");
    cap_unref(t);
    cap_unref(s);
    harness_end();
}

static void test_block_mode(void **state)
{
    struct cap_object *s = cap_stdio_new();
    struct hcall *h = h_run(stdio_read(s, CAPOS_READ_BLOCK, 4));

    (void)state;
    assert_true(h->pending);
    type("a\rb\x7f"
         "cdef");
    expect(h, CAPOS_LINE_SUBMITTED, "a\rb\x7f");
    expect(stdio_read(s, CAPOS_READ_BLOCK, 100), CAPOS_LINE_SUBMITTED, "cdef");
    type("\x04");
    expect(stdio_read(s, CAPOS_READ_BLOCK, 100), CAPOS_LINE_CLOSED, "");
    h_raised_free(stdio_read(s, 3, 100), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    cap_unref(s);
    harness_end();
}

static struct hcall *sleep_call(struct cap_object *t, uint64_t ns)
{
    struct hcall *h = h_new(t, CAPOS_M_TIMER_SLEEP, CAPOS_P_TIMER_SLEEP_WORDS, CAPOS_P_TIMER_SLEEP_PTRS);

    capnp_set_u64(&h->params, CAPOS_P_TIMER_SLEEP_DURATION_NS, ns);
    return h;
}

static void test_timer(void **state)
{
    struct cap_object *t = cap_timer_new();
    struct hcall *h = h_run(h_new(t, CAPOS_M_TIMER_NOW, 0, 0)), *s[CAPOS_MAX_SLEEPERS];

    (void)state;
    h_ok(h);
    assert_int_equal(capnp_get_u64(&h->results, CAPOS_R_TIMER_NOW_MONOTONIC_NS), harness_now_ns);
    assert_int_equal(capnp_get_u64(&h->results, CAPOS_R_TIMER_NOW_TICK), 3 * harness_now_ns);
    h_free(h);
    h_ok_free(sleep_call(t, 0));
    for (unsigned i = 0; i < CAPOS_MAX_SLEEPERS; i++) {
        s[i] = h_run(sleep_call(t, i == 7 ? UINT64_MAX : 100 * (i + 1)));
        assert_true(s[i]->pending);
    }
    h_raised_free(sleep_call(t, 5), CAPOS_EXC_OVERLOADED, "too many sleeps");
    harness_tick(99);
    assert_true(s[0]->pending);
    harness_tick(1);
    assert_true(s[0]->done && s[1]->pending);
    assert_int_equal(s[0]->bytes, 0);
    h_ok_free(s[0]);
    s[0] = h_run(sleep_call(t, 5)); /* a place is free again */
    assert_true(s[0]->pending);
    h_kill(s[7]);
    h_free(s[7]);
    harness_tick(10000);
    for (unsigned i = 0; i < 7; i++)
        h_ok_free(s[i]);
    assert_int_equal(harness_process.nsleepers, 0);
    harness_heap_fail_after = 1;
    h_raised_free(sleep_call(t, 5), CAPOS_EXC_OVERLOADED, "errno 12");
    cap_unref(t);
    harness_end();
}

static void test_wall_clock(void **state)
{
    struct cap_object *w = cap_wall_clock_new();
    struct hcall *h = h_run(h_new(w, CAPOS_M_WALL_CLOCK_WALL_TIME, 0, 0));

    (void)state;
    h_ok(h);
    assert_int_equal(capnp_get_u64(&h->results, CAPOS_R_WALL_CLOCK_WALL_TIME_UTC_SECONDS), 1700000000);
    assert_int_equal(capnp_get_u32(&h->results, CAPOS_R_WALL_CLOCK_WALL_TIME_UTC_NANOS), 1000);
    assert_int_equal(capnp_get_u64(&h->results, CAPOS_R_WALL_CLOCK_WALL_TIME_MONOTONIC_NS), 1000);
    assert_int_equal(capnp_get_u16(&h->results, CAPOS_R_WALL_CLOCK_WALL_TIME_PROVENANCE),
                     CAPOS_CLOCK_MEASURED_BOOT_MONOTONIC);
    h_free(h);
    harness_wall = INT64_MIN;
    h = h_run(h_new(w, CAPOS_M_WALL_CLOCK_WALL_TIME, 0, 0));
    h_ok(h);
    assert_int_equal(capnp_get_u64(&h->results, CAPOS_R_WALL_CLOCK_WALL_TIME_UTC_SECONDS), 0);
    assert_int_equal(capnp_get_u16(&h->results, CAPOS_R_WALL_CLOCK_WALL_TIME_PROVENANCE),
                     CAPOS_CLOCK_UNTRUSTED);
    h_free(h);
    cap_unref(w);
    harness_end();
}

static struct hcall *fill_call(struct cap_object *e, uint32_t n)
{
    struct hcall *h = h_new(e, CAPOS_M_ENTROPY_SOURCE_FILL, CAPOS_P_ENTROPY_SOURCE_FILL_WORDS,
                            CAPOS_P_ENTROPY_SOURCE_FILL_PTRS);

    capnp_set_u32(&h->params, CAPOS_P_ENTROPY_SOURCE_FILL_BYTES, n);
    return h;
}

static void expect_entropy(struct cap_object *e, uint32_t want, unsigned status, uint32_t got)
{
    struct hcall *h = h_run(fill_call(e, want));
    const uint8_t *p = NULL;
    uint32_t n = 0;

    h_ok(h);
    assert_int_equal(capnp_get_u16(&h->results, CAPOS_R_ENTROPY_SOURCE_FILL_STATUS), status);
    assert_int_equal(capnp_get_data(&h->results, CAPOS_R_ENTROPY_SOURCE_FILL_DATA_PTR, &p, &n), 0);
    assert_int_equal(n, got);
    h_free(h);
}

static void test_entropy(void **state)
{
    struct cap_object *e = cap_entropy_new();
    struct hcall *h = NULL;

    (void)state;
    expect_entropy(e, 32, CAPOS_ENTROPY_OK, 32);
    expect_entropy(e, 4096, CAPOS_ENTROPY_OK, 4096);
    expect_entropy(e, 0, CAPOS_ENTROPY_OK, 0);
    h_raised_free(fill_call(e, 4097), CAPOS_EXC_INVALID_ARGUMENT, "errno 34");
    h = fill_call(e, 100);
    h->c.result_cap = 64;
    h_run(h);
    assert_true(h->done && h->bytes == -ENOSPC);
    h_free(h);
    harness_entropy = false;
    expect_entropy(e, 32, CAPOS_ENTROPY_UNAVAILABLE, 0);
    cap_unref(e);
    harness_end();
}

static void test_info_and_null(void **state)
{
    struct cap_object *i = cap_system_info_new(), *n = cap_null_new();
    struct hcall *h = h_run(h_new(i, CAPOS_M_SYSTEM_INFO_HOSTNAME, 0, 0));
    const char *text = NULL;
    uint32_t len = 0;

    (void)state;
    h_ok(h);
    assert_int_equal(capnp_get_text(&h->results, CAPOS_R_SYSTEM_INFO_HOSTNAME_NAME_PTR, &text, &len), 0);
    assert_string_equal(text, "capos");
    h_free(h);
    h = h_run(h_new(i, CAPOS_M_SYSTEM_INFO_MOTD, 0, 0));
    h_ok(h);
    assert_int_equal(capnp_get_text(&h->results, CAPOS_R_SYSTEM_INFO_MOTD_TEXT_PTR, &text, &len), 0);
    assert_true(len > 0);
    h_free(h);
    for (uint16_t m = 0; m < n->cls->nmethods; m++) {
        h = h_run(h_new(n, m, 3, 3));
        h_ok(h);
        assert_int_equal(h->bytes, 0);
        h_free(h);
    }
    cap_unref(i);
    cap_unref(n);
    harness_end();
}

static void expect_manifest(struct cap_object *b, uint64_t offset, uint32_t max, const char *want)
{
    struct hcall *h =
        h_new(b, CAPOS_M_BOOT_PACKAGE_READ_MANIFEST, CAPOS_P_BOOT_PACKAGE_READ_MANIFEST_WORDS, 0);
    const uint8_t *p = NULL;
    uint32_t n = 0;

    capnp_set_u64(&h->params, CAPOS_P_BOOT_PACKAGE_READ_MANIFEST_OFFSET, offset);
    capnp_set_u32(&h->params, CAPOS_P_BOOT_PACKAGE_READ_MANIFEST_MAX_BYTES, max);
    h_run(h);
    if (want == NULL) {
        h_raised(h, CAPOS_EXC_INVALID_ARGUMENT, "errno 34");
    } else {
        h_ok(h);
        assert_int_equal(capnp_get_data(&h->results, CAPOS_R_BOOT_PACKAGE_READ_MANIFEST_DATA_PTR, &p, &n), 0);
        assert_int_equal(n, strlen(want));
        assert_memory_equal(p, want, n);
    }
    h_free(h);
}

static void test_boot_package(void **state)
{
    struct cap_object *b = cap_boot_package_new((const uint8_t *)"manifest", 8);
    struct hcall *h = h_run(h_new(b, CAPOS_M_BOOT_PACKAGE_MANIFEST_SIZE, 0, 0));

    (void)state;
    h_ok(h);
    assert_int_equal(capnp_get_u64(&h->results, CAPOS_R_BOOT_PACKAGE_MANIFEST_SIZE_SIZE), 8);
    h_free(h);
    expect_manifest(b, 0, 100, "manifest");
    expect_manifest(b, 4, 2, "fe");
    expect_manifest(b, 8, 100, "");
    expect_manifest(b, 9, 100, NULL);
    expect_manifest(b, UINT64_MAX, UINT32_MAX, NULL);
    cap_unref(b);
    harness_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_line, begin),          cmocka_unit_test_setup(test_output, begin),
        cmocka_unit_test_setup(test_read_line, begin),     cmocka_unit_test_setup(test_newest_first, begin),
        cmocka_unit_test_setup(test_deepest_first, begin), cmocka_unit_test_setup(test_interrupt, begin),
        cmocka_unit_test_setup(test_half_line, begin),     cmocka_unit_test_setup(test_close_newest, begin),
        cmocka_unit_test_setup(test_block_mode, begin),    cmocka_unit_test_setup(test_timer, begin),
        cmocka_unit_test_setup(test_wall_clock, begin),    cmocka_unit_test_setup(test_entropy, begin),
        cmocka_unit_test_setup(test_info_and_null, begin), cmocka_unit_test_setup(test_boot_package, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
