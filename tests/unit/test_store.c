/* SPDX-License-Identifier: MIT */
/* Store and Namespace; SHA-256 against published digests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cap_harness.h"
#include "store/hash.h"

static int begin(void **state)
{
    (void)state;
    harness_begin();
    return 0;
}

static const char *hex(const uint8_t *p)
{
    static char out[65];

    for (unsigned i = 0; i < 32; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", p[i]);
    return out;
}

/* The examples of FIPS 180-4 (one block, two blocks, a million bytes), the empty string, and every padding
 * length. */
static void test_sha256(void **state)
{
    static uint8_t million[1000000];
    static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    uint8_t out[32], acc[32] = {0};

    (void)state;
    store_digest_of("", 0, out);
    assert_string_equal(hex(out), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    store_digest_of("abc", 3, out);
    assert_string_equal(hex(out), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    store_digest_of(two, sizeof two - 1, out);
    assert_string_equal(hex(out), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    memset(million, 'a', sizeof million);
    store_digest_of(million, sizeof million, out);
    assert_string_equal(hex(out), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    for (size_t n = 0; n < 200; n++) { /* digests of 0…199 bytes chained: any wrong padding changes the end */
        uint8_t chain[32 + 200];

        memcpy(chain, acc, 32);
        memset(chain + 32, (int)n, n);
        store_digest_of(chain, 32 + n, acc);
    }
    assert_string_equal(hex(acc), "480eb042362ca2b32f0b6926534cf3fc60306d9712c731539371295d8fade891");
}

static struct hcall *data_call(struct cap_object *s, uint16_t method, const void *p, size_t n)
{
    struct hcall *h = h_new(s, method, 0, 1);

    assert_int_equal(capnp_set_data(&h->params, 0, p, n), 0);
    return h;
}

static void put(struct cap_object *s, const void *p, size_t n, uint8_t hash[32])
{
    struct hcall *h = h_run(data_call(s, CAPOS_M_STORE_PUT, p, n));
    const uint8_t *got = NULL;
    uint32_t len = 0;

    h_ok(h);
    assert_int_equal(capnp_get_data(&h->results, CAPOS_R_STORE_PUT_HASH_PTR, &got, &len), 0);
    assert_int_equal(len, 32);
    memcpy(hash, got, 32);
    h_free(h);
}

static bool has(struct cap_object *s, const uint8_t hash[32])
{
    struct hcall *h = h_run(data_call(s, CAPOS_M_STORE_HAS, hash, 32));
    bool yes = false;

    h_ok(h);
    yes = capnp_get_bool(&h->results, CAPOS_R_STORE_HAS_EXISTS_BIT);
    h_free(h);
    return yes;
}

static void expect_blob(struct cap_object *s, const uint8_t hash[32], const void *p, size_t n)
{
    struct hcall *h = h_run(data_call(s, CAPOS_M_STORE_GET, hash, 32));
    const uint8_t *got = NULL;
    uint32_t len = 0;

    h_ok(h);
    assert_int_equal(capnp_get_data(&h->results, CAPOS_R_STORE_GET_DATA_PTR, &got, &len), 0);
    assert_int_equal(len, n);
    assert_memory_equal(got, p, n);
    h_free(h);
}

static void test_store(void **state)
{
    static uint8_t big[CAPOS_INLINE_DATA_BYTES];
    struct cap_object *s = cap_store_new();
    uint8_t a[32], b[32], none[32] = {0};

    (void)state;
    put(s, "abc", 3, a);
    assert_string_equal(hex(a), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    put(s, "", 0, b);
    assert_true(has(s, a) && has(s, b) && !has(s, none));
    expect_blob(s, a, "abc", 3);
    expect_blob(s, b, "", 0);
    put(s, "abc", 3, b); /* kept once: one delete takes it away */
    assert_memory_equal(a, b, 32);
    h_ok_free(data_call(s, CAPOS_M_STORE_DELETE, a, 32));
    assert_false(has(s, a));
    h_raised_free(data_call(s, CAPOS_M_STORE_GET, a, 32), CAPOS_EXC_FAILED, "errno 2");
    h_raised_free(data_call(s, CAPOS_M_STORE_DELETE, a, 32), CAPOS_EXC_FAILED, "errno 2");
    h_raised_free(data_call(s, CAPOS_M_STORE_GET, a, 31), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(data_call(s, CAPOS_M_STORE_HAS, a, 0), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(data_call(s, CAPOS_M_STORE_DELETE, big, 33), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    put(s, big, 65512, a);
    expect_blob(s, a, big, 65512);
    h_raised_free(data_call(s, CAPOS_M_STORE_PUT, big, 65513), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    harness_heap_fail_after = 1;
    h_raised_free(data_call(s, CAPOS_M_STORE_PUT, "new", 3), CAPOS_EXC_OVERLOADED, "errno 28");
    harness_frames_left = 10;
    h_raised_free(data_call(s, CAPOS_M_STORE_PUT, "new", 3), CAPOS_EXC_OVERLOADED, "errno 28");
    harness_frames_left = frame_total_count();
    cap_unref(s);
    harness_heap_fail_after = 2;
    assert_null(cap_store_new());
    harness_end();
}

static void test_many_blobs(void **state)
{
    enum { N = 3000 };
    static uint8_t hashes[N][32];
    struct cap_object *s = cap_store_new();

    (void)state;
    for (uint32_t i = 0; i < N; i++)
        put(s, &i, sizeof i, hashes[i]);
    for (uint32_t i = 0; i < N; i += 3)
        h_ok_free(data_call(s, CAPOS_M_STORE_DELETE, hashes[i], 32));
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(has(s, hashes[i]), i % 3 != 0);
        if (i % 3 != 0)
            expect_blob(s, hashes[i], &i, sizeof i);
    }
    cap_unref(s);
    harness_end();
}

static struct hcall *bind_call(struct cap_object *ns, const char *name, const void *hash, size_t len)
{
    struct hcall *h =
        h_new(ns, CAPOS_M_NAMESPACE_BIND, CAPOS_P_NAMESPACE_BIND_WORDS, CAPOS_P_NAMESPACE_BIND_PTRS);

    assert_int_equal(capnp_set_text(&h->params, CAPOS_P_NAMESPACE_BIND_NAME_PTR, name, strlen(name)), 0);
    assert_int_equal(capnp_set_data(&h->params, CAPOS_P_NAMESPACE_BIND_HASH_PTR, hash, len), 0);
    return h;
}

static struct hcall *text_call(struct cap_object *ns, uint16_t method, const char *name)
{
    struct hcall *h = h_new(ns, method, 0, 1);

    assert_int_equal(capnp_set_text(&h->params, 0, name, strlen(name)), 0);
    return h;
}

static void expect_hash(struct cap_object *ns, const char *name, const uint8_t hash[32])
{
    struct hcall *h = h_run(text_call(ns, CAPOS_M_NAMESPACE_RESOLVE, name));
    const uint8_t *got = NULL;
    uint32_t len = 0;

    h_ok(h);
    assert_int_equal(capnp_get_data(&h->results, CAPOS_R_NAMESPACE_RESOLVE_HASH_PTR, &got, &len), 0);
    assert_int_equal(len, 32);
    assert_memory_equal(got, hash, 32);
    h_free(h);
}

/* Names joined by blanks must equal want. */
static void expect_names(struct cap_object *ns, const char *want)
{
    struct hcall *h = h_run(h_new(ns, CAPOS_M_NAMESPACE_LIST, 0, 0));
    struct capnp_list names;
    char all[4096] = "";

    h_ok(h);
    assert_int_equal(capnp_get_list(&h->results, CAPOS_R_NAMESPACE_LIST_NAMES_PTR, &names), 0);
    for (uint32_t i = 0; i < names.count; i++) {
        const char *name = NULL;
        uint32_t len = 0;

        assert_int_equal(capnp_list_text(&names, i, &name, &len), 0);
        (void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i > 0 ? " " : "", name);
    }
    assert_string_equal(all, want);
    h_free(h);
}

static struct cap_object *sub(struct cap_object *ns, const char *prefix)
{
    struct hcall *h = h_run(text_call(ns, CAPOS_M_NAMESPACE_SUB, prefix));
    struct cap_object *o = NULL;
    uint32_t index = 9;

    h_ok(h);
    assert_int_equal(capnp_get_cap(&h->results, CAPOS_R_NAMESPACE_SUB_NS_PTR, &index), 0);
    assert_int_equal(index, 0);
    o = h_take(h, 0);
    h_free(h);
    return o;
}

static void test_namespace(void **state)
{
    struct cap_object *ns = cap_namespace_new(), *usr = NULL, *bin = NULL;
    uint8_t one[32] = {1}, two[32] = {2};
    char longest[300] = {0};

    (void)state;
    expect_names(ns, "");
    h_ok_free(bind_call(ns, "usr/bin/b", one, 32));
    h_ok_free(bind_call(ns, "usr/bin/a", two, 32));
    h_ok_free(bind_call(ns, "usr/", one, 32));
    h_ok_free(bind_call(ns, "usr", one, 32));
    h_ok_free(bind_call(ns, "usrx", one, 32));
    h_ok_free(bind_call(ns, "etc", one, 32));
    h_ok_free(bind_call(ns, "etc", two, 32)); /* replaced */
    expect_hash(ns, "etc", two);
    expect_names(ns, "etc usr usr/ usr/bin/a usr/bin/b usrx");
    usr = sub(ns, "usr/");
    expect_names(usr, "bin/a bin/b");
    bin = sub(usr, "bin/");
    expect_names(bin, "a b");
    expect_hash(bin, "b", one);
    h_ok_free(bind_call(bin, "c", two, 32));
    expect_hash(ns, "usr/bin/c", two);
    h_raised_free(text_call(bin, CAPOS_M_NAMESPACE_RESOLVE, "etc"), CAPOS_EXC_FAILED, "errno 2");
    h_raised_free(text_call(bin, CAPOS_M_NAMESPACE_RESOLVE, "../etc"), CAPOS_EXC_FAILED, "errno 2");
    h_raised_free(text_call(ns, CAPOS_M_NAMESPACE_RESOLVE, ""), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(text_call(ns, CAPOS_M_NAMESPACE_SUB, ""), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    h_raised_free(bind_call(ns, "x", one, 31), CAPOS_EXC_INVALID_ARGUMENT, "errno 22");
    memset(longest, 'n', 255);
    h_ok_free(bind_call(ns, longest, one, 32));
    h_raised_free(bind_call(bin, longest, one, 32), CAPOS_EXC_INVALID_ARGUMENT, "errno 36");
    harness_free_slots = 0;
    h_raised_free(text_call(ns, CAPOS_M_NAMESPACE_SUB, "usr"), CAPOS_EXC_OVERLOADED, "errno 24");
    harness_heap_fail_after = 1;
    h_raised_free(bind_call(ns, "new", one, 32), CAPOS_EXC_OVERLOADED, "errno 28");
    cap_unref(ns);
    expect_names(bin, "a b c"); /* a view keeps the table alive */
    cap_unref(usr);
    cap_unref(bin);
    harness_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sha256, begin),
        cmocka_unit_test_setup(test_store, begin),
        cmocka_unit_test_setup(test_many_blobs, begin),
        cmocka_unit_test_setup(test_namespace, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
