/* SPDX-License-Identifier: MIT */
/*
 * The program console of tty.h. Input is taken from the device only while someone reads. Invariant:
 * tty.waiters is in the order of tty.h; a ^C is told to a process once; tty.line holds the half line typed so
 * far, under the limits of the first reader, whose prompt was the last one shown.
 */
#include "kernel/tty.h"

#include "kernel/cap_params.h"
#include "kernel/clock.h"
#include "kernel/line.h"
#include "kernel/process.h"

#define PROGRAM_CONSOLE 1u
#define PROMPT_MAX      1024u
#define LATE_NS         UINT64_C(3000000000) /* so long a ^C is told to who did not read when it came */

struct tty_reader {
    struct tty_request request; /* its prompt points behind the struct */
    uint32_t depth;             /* of its process */
    bool told;                  /* of the ^C that has just come */
    char prompt[];
};

static struct {
    bool ready;
    struct call_list waiters;
    struct line line;
    uint64_t interrupt_ns; /* when ^C was last typed; 0: never */
    uint8_t input[256];    /* taken from the device, not yet used */
    size_t input_at, input_len;
    char log[160]; /* a line for the serial log, when there is no device */
    size_t log_len;
} tty;

/* ---- output ---- */

static void log_write(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool end = bytes[i] == '\n';

        if (!end)
            tty.log[tty.log_len++] = bytes[i];
        if (end || tty.log_len == sizeof tty.log) {
            klog("console: %.*s", (int)tty.log_len, tty.log);
            tty.log_len = 0;
        }
    }
}

void tty_write(const void *bytes, size_t n)
{
    if (n > 0 && (!vconsole_present(PROGRAM_CONSOLE) || vconsole_write(PROGRAM_CONSOLE, bytes, n) < 0))
        log_write(bytes, n);
}

void tty_write_line(const void *bytes, size_t n)
{
    tty_write(bytes, n);
    tty_write("\n", 1);
}

/* ---- input ---- */

static bool input_byte(uint8_t *byte)
{
    if (tty.input_at == tty.input_len) {
        tty.input_at = 0;
        tty.input_len = vconsole_read(PROGRAM_CONSOLE, tty.input, sizeof tty.input);
    }
    if (tty.input_len == 0)
        return false;
    *byte = tty.input[tty.input_at++];
    return true;
}

static struct tty_reader *reader_of(const struct call *c)
{
    return c->priv;
}

/* The reader that is served from now on. What was typed unseen, or would be from now on, is not kept. */
static void reader_begin(const struct tty_request *r)
{
    uint32_t kept = tty.line.visible && (r->visible || r->block) ? tty.line.len : 0;

    line_begin(&tty.line, r->max, r->visible, r->allow_empty);
    tty.line.len = kept < tty.line.max ? kept : tty.line.max;
    tty_write(r->prompt, r->prompt_len);
    if (r->prompt_len > 0 && r->visible) {
        const char *shown = NULL;
        size_t n = 0;

        line_shown(&tty.line, &shown, &n);
        tty_write(shown, n);
    }
}

/* Takes what is there, unedited; ^D as the first byte closes. */
static enum line_outcome block_pump(void)
{
    uint8_t byte = 0;

    while (tty.line.len < tty.line.max && input_byte(&byte)) {
        if (byte == 4 && tty.line.len == 0)
            return LINE_CLOSED;
        tty.line.bytes[tty.line.len++] = byte;
    }
    return tty.line.len == 0 ? LINE_PENDING : LINE_SUBMITTED;
}

static enum line_outcome reader_pump(const struct tty_request *r)
{
    enum line_outcome outcome = LINE_PENDING;
    uint8_t byte = 0;

    if (r->block)
        return block_pump();
    while (outcome == LINE_PENDING && input_byte(&byte)) {
        const char *echo = NULL;
        size_t echo_len = 0;

        outcome = line_step(&tty.line, byte, &echo, &echo_len);
        tty_write(echo, echo_len);
        if (outcome == LINE_REPROMPT) {
            tty_write(r->prompt, r->prompt_len);
            outcome = LINE_PENDING;
        }
    }
    return outcome;
}

static int reader_answer(struct call *c, const struct tty_request *r, enum line_outcome outcome)
{
    struct capnp_bstruct results;
    uint16_t status = outcome == LINE_SUBMITTED   ? CAPOS_LINE_SUBMITTED
                      : outcome == LINE_CANCELLED ? CAPOS_LINE_CANCELLED
                                                  : CAPOS_LINE_CLOSED;
    size_t len = outcome == LINE_SUBMITTED ? tty.line.len : 0;

    (void)call_results(c, CAPOS_R_STDIO_READ_WORDS, CAPOS_R_STDIO_READ_PTRS, &results);
    capnp_set_u16(&results, CAPOS_R_STDIO_READ_STATUS, status);
    if (!r->text) {
        capnp_set_data(&results, CAPOS_R_TERMINAL_SESSION_READ_LINE_LINE_PTR, tty.line.bytes, len);
    } else {
        line_make_text(tty.line.bytes, len);
        capnp_set_text(&results, CAPOS_R_STDIO_READ_TEXT_PTR, (const char *)tty.line.bytes, len);
    }
    return 0;
}

/* Somebody has got the line (or its cancellation): the next one begins empty, for whoever waits. */
static void line_done(void)
{
    tty.line.len = 0;
    if (tty.waiters.first != NULL)
        reader_begin(&reader_of(tty.waiters.first)->request);
}

static void reader_take(struct call *c)
{
    call_list_remove(&tty.waiters, c);
    heap_free(c->priv);
    c->priv = NULL;
}

/* ---- ^C ---- */

/* p is told: to those above it the ^C is no news any more. */
static void interrupt_note(struct process *p)
{
    for (; p != NULL && p->interrupted_ns != tty.interrupt_ns; p = process_find(p->parent))
        p->interrupted_ns = tty.interrupt_ns;
}

/* Whether p was there when ^C came and has not been told. */
static bool interrupt_owed(const struct process *p)
{
    return tty.interrupt_ns != 0 && clock_ns() - tty.interrupt_ns < LATE_NS &&
           p->started_ns < tty.interrupt_ns && p->interrupted_ns < tty.interrupt_ns;
}

static bool stands_above(const struct process *p, const struct process *below)
{
    while (below != NULL && below->depth > p->depth)
        below = process_find(below->parent);
    return below == p;
}

/* Whether somebody below p reads: one of those waiting, or `also`. */
static bool reader_below(const struct process *p, const struct process *also)
{
    if (also != NULL && also != p && stands_above(p, also))
        return true;
    for (const struct call *c = tty.waiters.first; c != NULL; c = c->next)
        if (c->process != p && stands_above(p, c->process))
            return true;
    return false;
}

/* ^C has come, to the read of `served` first (NULL: not begun yet, or none): to all that nobody reads below.
 */
static void interrupt_tell(struct process *served)
{
    tty.interrupt_ns = clock_ns();
    if (served != NULL)
        interrupt_note(served);
    for (struct call *c = tty.waiters.first; c != NULL; c = c->next)
        reader_of(c)->told = !reader_below(c->process, served);
    for (struct call *c = tty.waiters.first, *next; c != NULL; c = next) {
        struct tty_reader *r = c->priv;

        next = c->next;
        if (!r->told)
            continue;
        interrupt_note(c->process);
        call_resume(c);
        (void)reader_answer(c, &r->request, LINE_CANCELLED);
        reader_take(c);
        call_complete(c);
    }
}

/* The device has input, or the first reader went: serves readers until one has to wait. From interrupt
 * context too. */
static void tty_serve(void *ctx)
{
    struct call *c = NULL;

    (void)ctx;
    while ((c = tty.waiters.first) != NULL) {
        struct tty_reader *r = c->priv;
        enum line_outcome outcome = reader_pump(&r->request);

        if (outcome == LINE_PENDING)
            return;
        if (outcome == LINE_CANCELLED) {
            interrupt_tell(NULL);
        } else {
            call_resume(c);
            (void)reader_answer(c, &r->request, outcome);
            reader_take(c);
            call_complete(c);
        }
        line_done();
    }
}

static void reader_cancel(struct call *c)
{
    bool was_first = tty.waiters.first == c;

    reader_take(c);
    if (was_first && tty.waiters.first != NULL) {
        reader_begin(&reader_of(tty.waiters.first)->request);
        tty_serve(NULL);
    }
}

static struct tty_reader *reader_new(const struct tty_request *r)
{
    struct tty_reader *reader = heap_alloc(sizeof *reader + r->prompt_len);

    if (reader == NULL)
        return NULL;
    reader->request = *r;
    memcpy(reader->prompt, r->prompt, r->prompt_len);
    reader->request.prompt = reader->prompt;
    return reader;
}

/* The first reader that a new one of that depth comes before; NULL: none. */
static struct call *reader_after(uint32_t depth)
{
    struct call *c = tty.waiters.first;

    while (c != NULL && reader_of(c)->depth > depth)
        c = c->next;
    return c;
}

static void tty_init(void)
{
    if (tty.ready)
        return;
    tty.ready = true;
    call_list_init(&tty.waiters);
    vconsole_on_input(PROGRAM_CONSOLE, tty_serve, NULL);
}

int tty_read(struct call *c, const struct tty_request *request)
{
    struct tty_request r = *request;
    uint32_t room = answer_room(c, CAPOS_R_STDIO_READ_WORDS, CAPOS_R_STDIO_READ_PTRS);
    struct tty_reader *reader = NULL;
    struct call *after = NULL;
    enum line_outcome outcome = LINE_PENDING;

    if (r.prompt_len > PROMPT_MAX)
        return call_raise_errno(c, -EINVAL, "prompt");
    if (room <= 1)
        return call_raise_errno(c, -EINVAL, "result buffer");
    if (r.max == 0)
        r.max = LINE_DEFAULT_MAX;
    if (r.max > room - 1) /* a Text ends in NUL */
        r.max = room - 1;
    if (!vconsole_present(PROGRAM_CONSOLE))
        return reader_answer(c, &r, LINE_CLOSED);
    tty_init();
    if (interrupt_owed(c->process)) {
        interrupt_note(c->process);
        return reader_answer(c, &r, LINE_CANCELLED);
    }
    reader = reader_new(&r);
    if (reader == NULL)
        return call_raise_errno(c, -ENOMEM, "reader");
    reader->depth = c->process->depth;
    after = reader_after(reader->depth);
    if (after == tty.waiters.first) {
        reader_begin(&r);
        outcome = reader_pump(&r);
    }
    if (outcome != LINE_PENDING) {
        heap_free(reader);
        if (outcome == LINE_CANCELLED)
            interrupt_tell(c->process);
        (void)reader_answer(c, &r, outcome);
        line_done();
        return 0;
    }
    c->priv = reader;
    c->cancel = reader_cancel;
    call_list_insert(&tty.waiters, c, after);
    return CALL_PENDING;
}

void tty_close(struct cap_object *o)
{
    bool was_first = true;

    if (!tty.ready)
        return;
    for (struct call *c = tty.waiters.first, *next; c != NULL; c = next) {
        next = c->next;
        if (c->object == o) {
            struct tty_reader *r = c->priv;

            call_resume(c);
            (void)reader_answer(c, &r->request, LINE_CLOSED);
            reader_take(c);
            call_complete(c);
            if (was_first && next != NULL)
                reader_begin(&reader_of(next)->request);
        } else {
            was_first = false;
        }
    }
    tty_serve(NULL);
}
