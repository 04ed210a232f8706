/* SPDX-License-Identifier: MIT */
/*
 * The bench channel's parser: every defect of a frame, every way to cut the stream, and bench.raw's round
 * trip. Invariant: each defect test starts from a stream that is accepted as it is.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "channel_frames.h"
#include "channel_raw.h"

#define STREAM_MAX 4096

struct seen {
    unsigned type[16], n;
    size_t bytes;
};

static int sink(void *ctx, const struct bench_frame *h, const uint8_t *payload)
{
    struct seen *s = ctx;

    (void)payload;
    s->type[s->n++ % 16] = h->type;
    s->bytes += h->len;
    return 0;
}

/* HELLO, BEGIN, OUTPUT, END, EXIT, FILE_BEGIN, FILE_DATA, FILE_END, DONE; `at[i]` is where frame i starts. */
static size_t stream_good(uint8_t *b, size_t *at)
{
    struct bench_mark m = {.iteration = 1};
    struct bench_exit x = {.kind = BENCH_EXITED, .code = -3};
    const uint8_t out[7] = {1, 0, 0, 0, 'a', 'b', 'c'};
    size_t n = 0, k = 0;

    at[k++] = n, n += frame_hello(b + n, FRAMES_NONCE, "agent 1 capos");
    at[k++] = n, n += frame_put(b + n, FRAMES_NONCE, 1, BENCH_BEGIN, &m, sizeof m);
    at[k++] = n, n += frame_put(b + n, FRAMES_NONCE, 2, BENCH_OUTPUT, out, sizeof out);
    at[k++] = n, n += frame_put(b + n, FRAMES_NONCE, 3, BENCH_END, &m, sizeof m);
    at[k++] = n, n += frame_put(b + n, FRAMES_NONCE, 4, BENCH_EXIT, &x, sizeof x);
    at[k++] = n, n += frame_file(b + n, FRAMES_NONCE, 5, 3, 0, "out/a", 5);
    at[k++] = n, n += frame_put(b + n, FRAMES_NONCE, 6, BENCH_FILE_DATA, "xyz", 3);
    at[k++] = n, n += frame_put(b + n, FRAMES_NONCE, 7, BENCH_FILE_END, NULL, 0);
    at[k++] = n, n += frame_done(b + n, FRAMES_NONCE, 8, 0);
    at[k] = n;
    return n;
}

static struct channel *channel_make(struct seen *s)
{
    struct channel *c = calloc(1, sizeof *c);

    assert_non_null(c);
    channel_init(c, FRAMES_NONCE, sink, s);
    return c;
}

static void test_crc(void **state)
{
    (void)state;
    assert_int_equal(channel_crc32(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(channel_crc32(channel_crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
    assert_int_equal(channel_crc32(0, "", 0), 0);
}

/* Accepted whole, byte by byte, and in every two pieces. */
static void test_good(void **state)
{
    uint8_t b[STREAM_MAX];
    size_t at[16], n = stream_good(b, at);

    (void)state;
    for (size_t split = 0; split <= n + 1; split++) {
        struct seen s = {0};
        struct channel *c = channel_make(&s);
        if (split <= n) {
            assert_int_equal(channel_feed(c, b, split), 0);
            assert_int_equal(channel_feed(c, b + split, n - split), 0);
        } else {
            for (size_t i = 0; i < n; i++)
                assert_int_equal(channel_feed(c, b + i, 1), 0);
        }
        assert_int_equal(s.n, 9);
        assert_int_equal(s.type[8], BENCH_DONE);
        assert_int_equal(channel_end(c), 0);
        free(c);
    }
}

/* One spoiled copy of the good stream: refused, with a reason holding `want`, after `before` good frames. */
static void spoil(const uint8_t *b, size_t n, const char *want, unsigned before)
{
    struct seen s = {0};
    struct channel *c = channel_make(&s);
    int err = channel_feed(c, b, n);

    if (!err)
        err = channel_end(c);
    if (err != -EBADMSG || !strstr(c->why, want))
        fail_msg("wanted '%s' after %u frames, got %d '%s' after %u", want, before, err, c->why, s.n);
    assert_int_equal(s.n, before);
    assert_true(c->broken);
    assert_int_equal(channel_feed(c, b, 1), -EBADMSG);
    free(c);
}

/* Sets one field of frame i (offset, size, value), seals the header again unless it is the checksum, and
 * expects refusal. */
static void spoil_field(unsigned i, size_t offset, size_t size, uint64_t value, bool seal, const char *want)
{
    uint8_t b[STREAM_MAX];
    size_t at[16], n = stream_good(b, at);

    memcpy(b + at[i] + offset, &value, size);
    if (seal)
        frame_seal(b + at[i]);
    spoil(b, n, want, i);
}

#define FIELD(i, f, v, seal, want)                                                                           \
    spoil_field(i, offsetof(struct bench_frame, f), sizeof((struct bench_frame *)NULL)->f, v, seal, want)

static void test_header_defects(void **state)
{
    (void)state;
    FIELD(0, magic, 0x12345678, true, "no frame");
    FIELD(3, magic, 0, true, "no frame");
    FIELD(2, header_crc, 1, false, "header checksum");
    FIELD(2, guest_ns, 77, false, "header checksum");
    FIELD(1, nonce, FRAMES_NONCE + 1, true, "nonce");
    FIELD(3, seq, 2, true, "sequence number 2");
    FIELD(3, seq, 4, true, "sequence number 4");
    FIELD(3, zero, 1, true, "reserved");
    FIELD(3, type, 0, true, "unknown type 0");
    FIELD(3, type, 15, true, "unknown type 15");
    FIELD(3, type, BENCH_STDIN, true, "unknown type 32");
    FIELD(3, type, 0xffff, true, "unknown type");
    FIELD(2, payload_crc, 9, true, "payload checksum");
    FIELD(2, len, BENCH_MAX_PAYLOAD + 1, true, "OUTPUT with");
    FIELD(2, len, 0xffffffff, true, "OUTPUT with");
    FIELD(2, len, 3, true, "OUTPUT with 3 bytes");
    FIELD(1, len, 15, true, "BEGIN with 15");
    FIELD(4, len, 25, true, "EXIT with 25");
    FIELD(5, len, 16, true, "FILE_BEGIN with 16");
    FIELD(5, len, 16 + BENCH_PATH_MAX + 1, true, "FILE_BEGIN with");
    FIELD(6, len, 0, true, "FILE_DATA with 0");
    FIELD(7, len, 1, true, "FILE_END with 1");
    FIELD(8, len, 7, true, "DONE with 7");
}

/* A frame in place of frame i of the good stream. */
static void spoil_frame(unsigned i, unsigned type, const void *payload, size_t len, const char *want)
{
    uint8_t b[STREAM_MAX];
    size_t at[16];

    stream_good(b, at);
    size_t n = at[i] + frame_put(b + at[i], FRAMES_NONCE, i, type, payload, len);
    spoil(b, n, want, i);
}

static void test_payload_defects(void **state)
{
    struct bench_mark mark = {.warmup = 2}, mark_zero = {.zero = 1};
    struct bench_exit kind = {.kind = 4}, kind_zero = {.zero = 1};
    struct bench_done frames = {.frames = 7};
    const uint32_t streams[] = {0, 3};

    (void)state;
    spoil_frame(1, BENCH_BEGIN, &mark, sizeof mark, "bad mark");
    spoil_frame(3, BENCH_END, &mark_zero, sizeof mark_zero, "bad mark");
    spoil_frame(4, BENCH_EXIT, &kind, sizeof kind, "unknown kind 4");
    spoil_frame(4, BENCH_EXIT, &kind_zero, sizeof kind_zero, "unknown kind");
    spoil_frame(2, BENCH_OUTPUT, &streams[0], 4, "stream 0");
    spoil_frame(2, BENCH_OUTPUT, &streams[1], 4, "stream 3");
    spoil_frame(8, BENCH_DONE, &frames, sizeof frames, "counts 7");
    spoil_frame(0, BENCH_LOG, "x", 1, "before HELLO");
    spoil_frame(1, BENCH_HELLO, "agent 1 capos", 13, "again");
}

static void path_refused(const char *path, size_t len, uint64_t size, uint32_t kind)
{
    uint8_t b[STREAM_MAX];
    size_t at[16];

    stream_good(b, at);
    size_t n = at[5] + frame_file(b + at[5], FRAMES_NONCE, 5, size, kind, path, len);
    spoil(b, n, "FILE_BEGIN", 5);
}

static void test_paths(void **state)
{
    static const char *const bad[] = {"/etc/passwd", "../x", "a/../b", "a/..", ".",     "..",   "./a", "a/.",
                                      "a//b",        "/",    "a/",     "a\nb", "a\x1b", "a\\b", "\x7f"};
    char longest[BENCH_PATH_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        path_refused(bad[i], strlen(bad[i]), 0, 0);
    path_refused("a\0b", 3, 0, 0);
    path_refused("a", 1, 0, 2);
    path_refused("a", 1, 5, 1);
    memset(longest, 'p', sizeof longest);
    assert_true(channel_path_safe((const uint8_t *)longest, BENCH_PATH_MAX));
    assert_false(channel_path_safe((const uint8_t *)longest, BENCH_PATH_MAX + 1));
    assert_false(channel_path_safe((const uint8_t *)longest, 0));
    assert_true(channel_path_safe((const uint8_t *)"..a/b..", 7));
}

static void test_stream_defects(void **state)
{
    uint8_t b[STREAM_MAX];
    size_t at[16], n = stream_good(b, at);

    (void)state;
    spoil(b, at[8], "without DONE", 8);
    spoil(b, n - 1, "cut off", 8);
    spoil(b, at[8] + 10, "cut off after 10", 8);
    spoil(b, 0, "nothing ever came", 0);
    spoil((const uint8_t *)"Linux version 6.1 boots here, see for yourself", 46, "no frame", 0);
    n += frame_put(b + n, FRAMES_NONCE, 9, BENCH_LOG, "x", 1);
    spoil(b, n, "after DONE", 9);
    /* A frame left out, and one sent twice. */
    n = stream_good(b, at);
    memmove(b + at[3], b + at[4], n - at[4]);
    spoil(b, n - (at[4] - at[3]), "sequence number 4", 3);
    n = stream_good(b, at);
    memmove(b + at[4] + (at[4] - at[3]), b + at[4], n - at[4]);
    memcpy(b + at[4], b + at[3], at[4] - at[3]);
    spoil(b, n + (at[4] - at[3]), "sequence number 3", 4);
}

static int sink_refuse(void *ctx, const struct bench_frame *h, const uint8_t *payload)
{
    (void)ctx;
    (void)payload;
    return h->type == BENCH_OUTPUT ? -EFBIG : 0;
}

static void test_sink_stops(void **state)
{
    uint8_t b[STREAM_MAX];
    size_t at[16], n = stream_good(b, at);
    struct channel *c = calloc(1, sizeof *c);

    (void)state;
    assert_non_null(c);
    channel_init(c, FRAMES_NONCE, sink_refuse, NULL);
    assert_int_equal(channel_feed(c, b, n), -EFBIG);
    assert_false(c->broken);
    free(c);
}

static void test_raw(void **state)
{
    char path[] = "/tmp/capbench-raw-XXXXXX";
    int fd = mkstemp(path);
    uint8_t b[STREAM_MAX], payload[BENCH_MAX_PAYLOAD];
    size_t at[16], n = stream_good(b, at);
    struct channel_raw_head h;
    FILE *f;

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    f = channel_raw_create(path);
    assert_non_null(f);
    for (unsigned i = 0; at[i] < n; i++) {
        struct bench_frame frame;
        memcpy(&frame, b + at[i], sizeof frame);
        assert_int_equal(channel_raw_add(f, 5000 + i, &frame, b + at[i] + sizeof frame), 0);
    }
    assert_int_equal(fclose(f), 0);
    assert_int_equal(channel_raw_open(path, &f), 0);
    for (unsigned i = 0; at[i] < n; i++) {
        assert_int_equal(channel_raw_next(f, &h, payload), 1);
        assert_int_equal(h.host_ns, 5000 + i);
        assert_memory_equal(&h.frame, b + at[i], sizeof h.frame);
        assert_int_equal(h.omitted, h.frame.type == BENCH_FILE_DATA);
        if (!h.omitted)
            assert_memory_equal(payload, b + at[i] + sizeof h.frame, h.frame.len);
    }
    assert_int_equal(channel_raw_next(f, &h, payload), 0);
    fclose(f);
    /* One byte of a payload changed, then the file cut off. */
    f = fopen(path, "r+");
    assert_non_null(f);
    fseek(f, 8 + (long)sizeof h + 2, SEEK_SET);
    fputc('X', f);
    fclose(f);
    assert_int_equal(channel_raw_open(path, &f), 0);
    assert_int_equal(channel_raw_next(f, &h, payload), -EBADMSG);
    fclose(f);
    assert_int_equal(truncate(path, 30), 0);
    assert_int_equal(channel_raw_open(path, &f), 0);
    assert_int_equal(channel_raw_next(f, &h, payload), -EBADMSG);
    fclose(f);
    assert_int_equal(truncate(path, 4), 0);
    assert_int_equal(channel_raw_open(path, &f), -EINVAL);
    unlink(path);
    assert_int_equal(channel_raw_open(path, &f), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc),
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_header_defects),
        cmocka_unit_test(test_payload_defects),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_stream_defects),
        cmocka_unit_test(test_sink_stops),
        cmocka_unit_test(test_raw),
    };

    return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
