/* SPDX-License-Identifier: MIT */
/*
 * Parts of the persistent store: known digests, the tree against a sorted array. Invariant tested throughout:
 * every allocation comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emudisk.h"
#include "store/core.h"

static void test_sum(void **state)
{
    uint8_t bytes[256];

    (void)state;
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    assert_true(store_sum("", 0, 0) == UINT64_C(0xef46db3751d8e999));
    assert_true(store_sum("a", 1, 0) == UINT64_C(0xd24ec4f1a98c6e5b));
    assert_true(store_sum("abc", 3, 0) == UINT64_C(0x44bc2cf5ad770999));
    assert_true(store_sum(bytes, 200, 1) != store_sum(bytes, 200, 2));
    for (unsigned i = 0; i < sizeof bytes; i++) { /* every byte counts */
        uint64_t before = store_sum(bytes, sizeof bytes, 7);

        bytes[i] ^= 0x10;
        assert_true(store_sum(bytes, sizeof bytes, 7) != before);
        bytes[i] ^= 0x10;
    }
}

static void digest_is(const void *data, size_t n, size_t piece, const char *hex)
{
    struct store_digest d;
    uint8_t out[32];
    char text[65];

    store_digest_start(&d);
    for (size_t at = 0; at < n; at += piece)
        store_digest_add(&d, (const uint8_t *)data + at, n - at < piece ? n - at : piece);
    store_digest_end(&d, out);
    for (unsigned i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", out[i]);
    assert_string_equal(text, hex);
}

static void test_digest(void **state)
{
    static char million[1000000];

    (void)state;
    memset(million, 'a', sizeof million);
    digest_is("", 0, 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest_is("abc", 3, 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_is("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, 56,
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    for (size_t piece = 1; piece < 200; piece += 13)
        digest_is(million, sizeof million, 1000 * piece + piece,
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

enum { NAMES = 1500, ROUNDS = 12000 };

struct bound {
    char name[STORE_NAME_MAX + 1];
    size_t len;
    bool there;
    uint8_t hash[STORE_HASH_SIZE];
};

static struct bound bounds[NAMES];
static unsigned nbounds;

static int bound_order(const void *a, const void *b)
{
    const struct bound *x = a, *y = b;
    int r = memcmp(x->name, y->name, x->len < y->len ? x->len : y->len);

    return r != 0 ? r : (x->len > y->len) - (x->len < y->len);
}

static void bounds_check(struct store *s)
{
    char name[STORE_NAME_MAX + 1] = "";
    uint8_t hash[STORE_HASH_SIZE];
    uint32_t len = 0;

    for (unsigned i = 0; i < nbounds; i++) {
        if (!bounds[i].there) {
            assert_int_equal(store_resolve(s, bounds[i].name, bounds[i].len, hash), -ENOENT);
            continue;
        }
        assert_int_equal(store_bind_next(s, name, len, name, &len, hash), 1);
        assert_int_equal(len, bounds[i].len);
        assert_memory_equal(name, bounds[i].name, len);
        assert_memory_equal(hash, bounds[i].hash, sizeof hash);
    }
    assert_int_equal(store_bind_next(s, name, len, name, &len, hash), 0);
}

/* Names of all lengths, bound and unbound at random: the tree grows to several levels and shrinks to one
 * leaf. */
static void test_tree(void **state)
{
    struct store_format_options format = {77, 0};
    struct emudisk d;
    struct emumem m = {0};
    struct store_env env = emumem_env(&m);
    struct store_device dev;
    struct store_stats stats;
    struct store *s = NULL;

    (void)state;
    srand(3);
    for (unsigned i = 0; i < NAMES; i++) {
        bounds[i].len = i % 3 == 0 ? 200 + (size_t)rand() % 56 : 1 + (size_t)rand() % 40;
        for (size_t k = 0; k < bounds[i].len; k++)
            bounds[i].name[k] = (char)('a' + rand() % (i % 2 == 0 ? 2 : 26));
        bounds[i].there = false;
    }
    qsort(bounds, NAMES, sizeof bounds[0], bound_order);
    for (unsigned i = 0; i < NAMES; i++) /* the same name twice would be one */
        if (nbounds == 0 || bound_order(&bounds[nbounds - 1], &bounds[i]) != 0)
            bounds[nbounds++] = bounds[i];
    emudisk_open(&d, 2048);
    dev = emudisk_device(&d);
    assert_int_equal(store_format(&dev, &env, &format), 0);
    assert_int_equal(store_mount(&s, &dev, &env, NULL), 0);
    for (unsigned r = 0; r < ROUNDS; r++) {
        struct bound *b = &bounds[(unsigned)rand() % nbounds];
        bool shrinking = r > ROUNDS / 2;

        if (rand() % 8 < (shrinking ? 2 : 6)) {
            for (unsigned i = 0; i < STORE_HASH_SIZE; i++)
                b->hash[i] = (uint8_t)rand();
            assert_int_equal(store_bind(s, b->name, b->len, b->hash), 0);
            b->there = true;
        } else {
            assert_int_equal(store_unbind(s, b->name, b->len), b->there ? 0 : -ENOENT);
            b->there = false;
        }
        if (r == ROUNDS / 2) {
            store_statistics(s, &stats);
            assert_in_range(stats.height, 3, 5);
        }
        if (r % 1000 == 999) {
            bounds_check(s);
            assert_int_equal(r % 2000 == 999 ? store_unmount(s) : (store_sync(s), store_abandon(s), 0), 0);
            assert_int_equal(m.live, 0);
            assert_int_equal(store_check(&dev, &env, NULL, NULL), 0);
            assert_int_equal(store_mount(&s, &dev, &env, NULL), 0);
            bounds_check(s);
        }
    }
    for (unsigned i = 0; i < nbounds; i++)
        if (bounds[i].there)
            assert_int_equal(store_unbind(s, bounds[i].name, bounds[i].len), 0);
    store_statistics(s, &stats);
    assert_int_equal(stats.height, 1);
    assert_int_equal(stats.nodes, 1);
    assert_int_equal(store_unmount(s), 0);
    assert_int_equal(m.live, 0);
    emudisk_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_tree),
    };

    return cmocka_run_group_tests_name("store parts", tests, NULL, NULL);
}
