/* SPDX-License-Identifier: MIT */
/* Write logs and the power cuts made of them: what is refused, what a cut may leave and what it must not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "blkcut.h"
#include "blklog.h"

enum { SECTOR = BLKLOG_SECTOR, DEVICE = 16 * SECTOR, ROOM = 64 * SECTOR };

static uint8_t bytes[ROOM], image[DEVICE];
static size_t len;
static struct blklog parsed;

static void put(uint8_t *p, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static void log_begin(void)
{
    memset(bytes, 0, sizeof bytes);
    put(bytes, UINT64_C(0x6a736677736872));
    put(bytes + 8, 1);
    put(bytes + 24, SECTOR);
    len = SECTOR;
}

/* One entry; sectors 0: a flush. Each sector of a write is filled with `fill`. */
static void log_add(uint64_t place, uint64_t sectors, uint8_t fill)
{
    put(bytes + len, place);
    put(bytes + len + 8, sectors);
    put(bytes + len + 16, sectors == 0);
    memset(bytes + len + SECTOR, fill, sectors * SECTOR);
    len += (1 + sectors) * SECTOR;
    bytes[16]++;
}

static int parse(void)
{
    const char *why = NULL;
    int rc = blklog_parse(&parsed, bytes, len, DEVICE, &why);

    assert_true((rc < 0) == (why != NULL));
    return rc;
}

/* write 0-1 as 1, flush, write 2 as 2, write 0 as 3 and 1 as 3, flush, write 4-5 as 4 */
static void usual(void)
{
    log_begin();
    log_add(0, 2, 1);
    log_add(0, 0, 0);
    log_add(2, 1, 2);
    log_add(0, 2, 3);
    log_add(0, 0, 0);
    log_add(4, 2, 4);
    assert_int_equal(parse(), 0);
}

static void test_parsed(void **state)
{
    (void)state;
    usual();
    assert_int_equal(parsed.n, 6);
    assert_int_equal(parsed.entries[2].offset, 2 * SECTOR);
    assert_int_equal(parsed.entries[2].len, SECTOR);
    assert_int_equal(parsed.entries[2].data[SECTOR - 1], 2);
    assert_null(parsed.entries[4].data);
    blklog_free(&parsed);
}

static void test_refused(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
        int err;
    } damage[] = {
        {0, 0, -EINVAL},             /* magic */
        {8, 2, -EINVAL},             /* version */
        {25, 16, -EINVAL},           /* sectors of 4 KiB */
        {16, 7, -EINVAL},            /* one entry more than there is */
        {23, 255, -EINVAL},          /* and very many */
        {SECTOR + 16, 4, -ENOTSUP},  /* a discard */
        {SECTOR + 16, 3, -ENOTSUP},  /* a forced write */
        {SECTOR + 16, 1, -EINVAL},   /* a flush with data */
        {SECTOR + 8, 0, -EINVAL},    /* a write without */
        {SECTOR + 15, 255, -EINVAL}, /* data beyond the log */
        {SECTOR, 15, -EINVAL},       /* beyond the device */
        {SECTOR + 7, 255, -EINVAL},  /* far beyond */
    };

    (void)state;
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        usual();
        blklog_free(&parsed);
        bytes[damage[i].at] = damage[i].value;
        if (parse() != damage[i].err)
            fail_msg("damage %zu is not refused so", i);
        assert_null(parsed.entries);
    }
    for (size_t cut = 0; cut < 2; cut++) {
        usual();
        blklog_free(&parsed);
        len = cut == 0 ? SECTOR - 1 : len - 1;
        assert_int_equal(parse(), -EINVAL);
    }
}

static void leave(enum blkcut_kind kind, size_t at, uint64_t detail)
{
    const struct blkcut c = {kind, at, detail};

    memset(image, 0xee, sizeof image);
    blkcut_apply(&parsed, &c, image);
}

static void test_prefix(void **state)
{
    static const uint8_t want[7][3] = {{0xee, 0xee, 0xee}, {1, 1, 0xee}, {1, 1, 0xee}, {1, 1, 2},
                                       {3, 3, 2},          {3, 3, 2},    {3, 3, 2}};

    (void)state;
    usual();
    for (size_t at = 0; at <= 6; at++) {
        leave(BLKCUT_PREFIX, at, 0);
        for (size_t s = 0; s < 3; s++)
            assert_int_equal(image[s * SECTOR + at], want[at][s]);
        assert_int_equal(image[4 * SECTOR], at == 6 ? 4 : 0xee);
    }
    blklog_free(&parsed);
}

/* What was flushed is always there, what was not is old or new sector by sector, and each outcome happens. */
static void test_choices(void **state)
{
    unsigned seen = 0, torn = 0;

    (void)state;
    usual();
    assert_int_equal(blkcut_epoch(&parsed, 1), 0);
    assert_int_equal(blkcut_epoch(&parsed, 4), 2);
    assert_int_equal(blkcut_epoch(&parsed, 5), 5);
    for (uint64_t detail = 0; detail < 2000; detail++) {
        leave(BLKCUT_REORDER, 4, detail);
        for (size_t s = 0; s < 2; s++)
            assert_true(image[s * SECTOR] == 1 || image[s * SECTOR] == 3);
        assert_true(image[2 * SECTOR] == 0xee || image[2 * SECTOR] == 2);
        assert_int_equal(image[4 * SECTOR], 0xee);
        seen |= 1u << ((image[0] == 3) | (image[SECTOR] == 3) << 1 | (image[2 * SECTOR] == 2) << 2);
        leave(BLKCUT_TORN, 3, detail);
        assert_int_equal(image[2 * SECTOR], 2);
        for (size_t s = 0; s < 2; s++)
            assert_true(image[s * SECTOR] == image[s * SECTOR + SECTOR - 1]);
        torn |= 1u << ((image[0] == 3) | (image[SECTOR] == 3) << 1);
    }
    assert_int_equal(seen, 0xff);
    assert_int_equal(torn, 0x0f);
    blklog_free(&parsed);
}

static void test_names(void **state)
{
    static const char *const wrong[] = {"",          "prefix",     "prefix:1", "prefix:7:0",
                                        "whole:1:0", "torn:1:0:1", "torn:1:z"};
    struct blkcut c, again;
    unsigned kinds = 0;

    (void)state;
    usual();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(blkcut_parse(wrong[i], &parsed, &c));
    for (uint64_t n = 0; n < 300; n++) {
        char text[BLKCUT_TEXT];

        c = blkcut_case(&parsed, 5, n);
        blkcut_print(&c, text);
        assert_true(blkcut_parse(text, &parsed, &again));
        assert_true(c.kind == again.kind && c.at == again.at && c.detail == again.detail);
        assert_true(c.kind != BLKCUT_TORN || c.at == parsed.n || parsed.entries[c.at].data != NULL);
        kinds |= 1u << c.kind;
    }
    assert_int_equal(kinds, 7);
    blklog_free(&parsed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parsed),  cmocka_unit_test(test_refused), cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_choices), cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
