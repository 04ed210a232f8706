/* SPDX-License-Identifier: MIT */
/*
 * The persistent store from outside: names, sparse files, removed files, a full device, damage in every
 * block, the cost of a sync. Invariant tested throughout: the check finds nothing that was not put there, all
 * memory comes back.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emudisk.h"
#include "model.h"

static struct emudisk disk;
static struct emumem mem;
static struct store_device dev;
static struct store_env env;

static struct store *begin(uint64_t blocks, uint32_t log_blocks)
{
    struct store_format_options format = {12345, log_blocks};
    struct store *s = NULL;

    memset(&mem, 0, sizeof mem);
    emudisk_open(&disk, blocks);
    dev = emudisk_device(&disk);
    env = emumem_env(&mem);
    assert_int_equal(store_format(&dev, &env, &format), 0);
    assert_int_equal(store_mount(&s, &dev, &env, NULL), 0);
    return s;
}

/* Ends the mount, checks, and mounts again. */
static struct store *again(struct store *s, bool cut)
{
    if (cut)
        store_abandon(s);
    else
        assert_int_equal(store_unmount(s), 0);
    assert_int_equal(mem.live, 0);
    assert_int_equal(store_check(&dev, &env, NULL, NULL), 0);
    assert_int_equal(store_mount(&s, &dev, &env, NULL), 0);
    return s;
}

static void end(struct store *s)
{
    store_abandon(again(s, false));
    assert_int_equal(mem.live, 0);
    emudisk_close(&disk);
}

static struct store_node *make(struct store *s, const char *name, enum store_kind kind)
{
    struct store_node *root = store_root(s), *n = NULL;

    assert_int_equal(store_create(root, name, strlen(name), kind, &n), 0);
    store_node_put(root);
    return n;
}

static struct store_node *find(struct store *s, const char *name)
{
    struct store_node *root = store_root(s), *n = NULL;

    assert_int_equal(store_lookup(root, name, strlen(name), &n), 0);
    store_node_put(root);
    return n;
}

static void test_names(void **state)
{
    struct store *s = begin(256, 0);
    struct store_node *root = store_root(s), *n = NULL, *sub = make(s, "sub", STORE_DIR);
    struct store_entry e = {0};
    char longest[300];

    (void)state;
    memset(longest, 'n', sizeof longest);
    assert_int_equal(store_create(root, "", 0, STORE_FILE, &n), -EINVAL);
    assert_int_equal(store_create(root, ".", 1, STORE_FILE, &n), -EINVAL);
    assert_int_equal(store_create(root, "..", 2, STORE_FILE, &n), -EINVAL);
    assert_int_equal(store_create(root, "a/b", 3, STORE_FILE, &n), -EINVAL);
    assert_int_equal(store_create(root, "a\0b", 3, STORE_FILE, &n), -EINVAL);
    assert_int_equal(store_create(root, longest, 256, STORE_FILE, &n), -ENAMETOOLONG);
    assert_int_equal(store_create(root, "b", 1, STORE_BLOB, &n), -EINVAL);
    assert_int_equal(store_create(root, longest, 255, STORE_FILE, &n), 0);
    assert_int_equal(store_write(sub, 0, "x", 1), -EISDIR);
    assert_int_equal(store_truncate(sub, 0), -EISDIR);
    assert_int_equal(store_lookup(n, "x", 1, &n), -ENOTDIR);
    store_node_put(n);
    n = NULL;
    assert_int_equal(store_create(root, "sub", 3, STORE_FILE, &n), -EEXIST);
    assert_int_equal(store_rename(root, "sub", 3, longest, 255), -EEXIST);
    assert_int_equal(store_rename(root, "none", 4, "x", 1), -ENOENT);
    assert_int_equal(store_remove(root, "none", 4), -ENOENT);
    assert_int_equal(store_create(sub, "in", 2, STORE_FILE, &n), 0);
    store_node_put(n);
    assert_int_equal(store_remove(root, "sub", 3), -ENOTEMPTY);
    assert_int_equal(store_rename(root, "sub", 3, "moved", 5), 0);
    assert_int_equal(store_next(root, "", 0, &e), 1);
    assert_string_equal(e.name, "moved");
    assert_int_equal(e.info.kind, STORE_DIR);
    assert_int_equal(store_next(root, e.name, e.len, &e), 1);
    assert_int_equal(e.len, 255);
    assert_int_equal(store_next(root, e.name, e.len, &e), 0);
    assert_int_equal(store_remove(sub, "in", 2), 0);
    assert_int_equal(store_remove(root, "moved", 5), 0);
    assert_int_equal(store_create(sub, "late", 4, STORE_FILE, &n), -ENOENT); /* the directory is gone */
    store_node_put(sub);
    store_node_put(root);
    end(s);
}

static void test_sparse(void **state)
{
    struct store *s = begin(512, 0);
    struct store_node *n = make(s, "f", STORE_FILE);
    uint64_t far = UINT64_C(5) << 30;
    struct store_info info;
    uint8_t buf[9000];

    (void)state;
    assert_int_equal(store_write(n, far, "end", 3), 3);
    assert_int_equal(store_write(n, 5, "begin", 5), 5);
    assert_int_equal(store_write(n, STORE_FILE_MAX - 1, "xy", 2), -EFBIG);
    assert_int_equal(store_truncate(n, STORE_FILE_MAX + 1), -EFBIG);
    assert_int_equal(store_write(n, 0, buf, 0), 0);
    store_node_put(n);
    assert_int_equal(store_sync(s), 0);
    s = again(s, true);
    n = find(s, "f");
    store_node_info(n, &info);
    assert_true(info.size == far + 3);
    assert_int_equal(store_read(n, far - 4, buf, sizeof buf), 7);
    assert_memory_equal(buf, "\0\0\0\0end", 7);
    assert_int_equal(store_read(n, 0, buf, sizeof buf), sizeof buf);
    assert_memory_equal(buf, "\0\0\0\0\0begin", 10);
    for (unsigned i = 10; i < sizeof buf; i++)
        assert_int_equal(buf[i], 0);
    assert_int_equal(store_read(n, far + 3, buf, 1), 0);
    /* What is cut off does not come back. */
    assert_int_equal(store_truncate(n, 7), 0);
    assert_int_equal(store_truncate(n, 100), 0);
    assert_int_equal(store_read(n, 0, buf, sizeof buf), 100);
    assert_memory_equal(buf, "\0\0\0\0\0be\0\0\0\0", 11);
    store_node_put(n);
    end(s);
}

static uint64_t free_blocks(const struct store *s)
{
    struct store_stats stats;

    store_statistics(s, &stats);
    return stats.free_blocks;
}

/* A removed file lives while it is held; a cut in between leaves nothing of it. */
static void test_removed(void **state)
{
    static uint8_t big[1 << 20], back[1 << 20];
    struct store *s = begin(1024, 0);
    struct store_node *root = store_root(s), *n = make(s, "f", STORE_FILE);
    uint64_t before = 0;

    (void)state;
    memset(big, 0x5a, sizeof big);
    assert_int_equal(store_sync(s), 0);
    before = free_blocks(s);
    for (int cut = 0; cut < 2; cut++) {
        assert_int_equal(store_write(n, 0, big, sizeof big), sizeof big);
        assert_int_equal(store_remove(root, "f", 1), 0);
        assert_int_equal(store_sync(s), 0);
        assert_true(free_blocks(s) + 256 <= before);
        assert_int_equal(store_read(n, 0, back, sizeof back), sizeof back);
        assert_memory_equal(back, big, sizeof big);
        assert_int_equal(store_truncate(n, 5), 0);
        assert_int_equal(store_truncate(n, 50), 0);
        assert_int_equal(store_read(n, 0, back, 50), 50);
        assert_int_equal(back[4], 0x5a);
        assert_int_equal(back[5], 0);
        assert_int_equal(store_write(n, 3 << 20, "more", 4), 4);
        store_node_put(n);
        store_node_put(root);
        if (cut == 0) {
            assert_int_equal(store_sync(s), 0);
            s = again(s, false);
            assert_true(free_blocks(s) + 8 >= before);
            n = make(s, "f", STORE_FILE);
        } else {
            s = again(s, true);
            assert_true(free_blocks(s) + 8 >= before);
        }
        root = store_root(s);
    }
    store_node_put(root);
    end(s);
}

/* Full: an error, nothing changed, reading and removing work, and then writing again. */
static void test_full(void **state)
{
    static uint8_t piece[65536];
    struct store *s = begin(600, 0);
    struct store_node *root = store_root(s), *n = make(s, "big", STORE_FILE), *m = NULL;
    uint64_t size = 0;
    int64_t r = 0;
    int err = 0;
    char name[32];

    (void)state;
    for (int round = 0; round < 3; round++) {
        size = 0;
        while ((r = store_write(n, size, piece, sizeof piece)) == (int64_t)sizeof piece)
            size += sizeof piece;
        assert_int_equal(r, -ENOSPC);
        assert_in_range(size, 300 * 4096, 600 * 4096);
        while ((r = store_write(n, size, piece, 4096)) == 4096)
            size += 4096;
        assert_int_equal(r, -ENOSPC);
        for (int i = 0; i < 20000; i++) { /* no room for names without end either */
            snprintf(name, sizeof name, "file number %d", i);
            err = store_create(root, name, strlen(name), STORE_FILE, &m);
            if (err < 0)
                break;
            store_node_put(m);
        }
        assert_int_equal(err, -ENOSPC);
        assert_int_equal(store_sync(s), 0);
        assert_int_equal(store_read(n, size - 10, piece, 100), 10);
        store_node_put(n);
        store_node_put(root);
        s = again(s, round % 2 == 0);
        root = store_root(s);
        assert_int_equal(store_remove(root, "big", 3), 0);
        n = make(s, "big", STORE_FILE);
        assert_int_equal(store_write(n, 0, piece, sizeof piece), sizeof piece);
        for (int i = 0; i < 20000; i++) {
            snprintf(name, sizeof name, "file number %d", i);
            if (store_remove(root, name, strlen(name)) < 0)
                break;
        }
        assert_int_equal(store_truncate(n, 0), 0);
    }
    store_node_put(n);
    store_node_put(root);
    end(s);
}

static void test_blobs(void **state)
{
    static uint8_t bytes[300000], back[300001];
    struct store *s = begin(1024, 0);
    uint8_t hash[STORE_HASH_SIZE], other[STORE_HASH_SIZE];
    struct store_blob *b = NULL;
    struct store_node *n = NULL;
    uint64_t size = 0, before = 0;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * i >> 7);
    assert_int_equal(store_blob_put(s, bytes, sizeof bytes, hash), 0);
    before = free_blocks(s);
    assert_int_equal(store_blob_begin(s, &b), 0);
    for (size_t at = 0; at < sizeof bytes; at += 7777)
        assert_int_equal(
            store_blob_append(b, bytes + at, sizeof bytes - at < 7777 ? sizeof bytes - at : 7777), 0);
    assert_int_equal(store_blob_finish(b, other), 0); /* the same bytes: the same blob */
    assert_memory_equal(hash, other, sizeof hash);
    assert_int_equal(store_sync(s), 0);
    assert_true(free_blocks(s) + 4 >= before);
    assert_int_equal(store_blob_begin(s, &b), 0);
    assert_int_equal(store_blob_append(b, bytes, 100000), 0);
    store_blob_cancel(b);
    assert_int_equal(store_bind(s, "name", 4, hash), 0);
    assert_int_equal(store_sync(s), 0);
    s = again(s, true);
    assert_int_equal(store_resolve(s, "name", 4, other), 0);
    assert_int_equal(store_blob_open(s, other, &n), 0);
    assert_int_equal(store_read(n, 0, back, sizeof back), sizeof bytes);
    assert_memory_equal(back, bytes, sizeof bytes);
    assert_int_equal(store_write(n, 0, "x", 1), -EPERM);
    assert_int_equal(store_blob_delete(s, hash), 0); /* held: its bytes stay */
    assert_int_equal(store_read(n, 299990, back, 100), 10);
    store_node_put(n);
    assert_int_equal(store_blob_open(s, hash, &n), -ENOENT);
    assert_int_equal(store_blob_has(s, hash, &size), -ENOENT);
    assert_int_equal(store_resolve(s, "name", 4, other), 0);
    assert_int_equal(store_unbind(s, "name", 4), 0);
    assert_int_equal(store_unbind(s, "name", 4), -ENOENT);
    end(s);
}

/* One changed byte anywhere: an error, or nothing that matters. Never other content. */
static void test_damage(void **state)
{
    struct store *s = begin(224, 8);
    struct store_options look = {true, 0};
    struct model m;
    uint64_t digest = 0, noticed = 0;

    (void)state;
    model_open(&m, 11);
    for (int i = 0; i < 400; i++)
        (void)model_step(&m, s, false);
    assert_int_equal(store_unmount(s), 0);
    for (uint64_t at = 5; at < disk.blocks * STORE_BLOCK_SIZE; at += 509) {
        int err = 0, problems = 0;

        disk.image[at] ^= 0x20;
        err = store_mount(&s, &dev, &env, &look);
        if (err == 0) {
            err = model_store_digest(s, &digest);
            store_abandon(s);
            assert_true(err == -EBADMSG || (err == 0 && digest == model_digest(&m)));
        } else {
            assert_int_equal(err, -EBADMSG);
        }
        problems = store_check(&dev, &env, NULL, NULL);
        assert_true(err == 0 ? problems == 0 : problems > 0);
        noticed += err != 0;
        disk.image[at] ^= 0x20;
    }
    assert_true(noticed > 100);
    assert_int_equal(mem.live, 0);
    model_close(&m);
    emudisk_close(&disk);
}

/* A transaction of the log that is damaged, and not the last, is no torn end: the mount says so. */
static void test_log_damage(void **state)
{
    struct store *s = begin(256, 16);
    struct store_node *n = make(s, "f", STORE_FILE);

    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(store_write(n, (uint64_t)i * 4096, "page", 4), 4);
        assert_int_equal(store_sync(s), 0);
    }
    store_node_put(n);
    store_abandon(s);
    for (unsigned tx = 0; tx < 4; tx++) {
        uint8_t *byte = disk.image + (2 + tx) * STORE_BLOCK_SIZE + 50;

        *byte ^= 1;
        assert_int_equal(store_mount(&s, &dev, &env, NULL), -EBADMSG);
        *byte ^= 1;
    }
    assert_int_equal(store_mount(&s, &dev, &env, NULL), 0);
    end(s);
}

/* What DESIGN.md promises: a synced page write costs two blocks and a flush, a sync of nothing nothing. */
static void test_cost(void **state)
{
    static uint8_t page[4096];
    struct store *s = begin(8192, 0);
    struct store_node *n = make(s, "db", STORE_FILE);
    struct store_stats a, b;
    unsigned seed = 1;

    (void)state;
    for (unsigned i = 0; i < 2000; i++)
        assert_int_equal(store_write(n, i * 4096u, page, sizeof page), sizeof page);
    assert_int_equal(store_sync(s), 0);
    store_statistics(s, &a);
    for (unsigned i = 0; i < 50; i++) {
        seed = seed * 1103515245u + 12345u;
        assert_int_equal(store_write(n, (seed >> 8) % 2000 * 4096u, page, sizeof page), sizeof page);
        assert_int_equal(store_sync(s), 0);
        assert_int_equal(store_sync(s), 0);
    }
    store_statistics(s, &b);
    assert_int_equal(b.checkpoints, a.checkpoints);
    assert_int_equal(b.written_blocks - a.written_blocks, 100);
    assert_int_equal(b.flushes - a.flushes, 50);
    for (unsigned i = 0; i < 5000; i++) {
        seed = seed * 1103515245u + 12345u;
        assert_int_equal(store_write(n, (seed >> 8) % 2000 * 4096u, page, sizeof page), sizeof page);
        assert_int_equal(store_sync(s), 0);
    }
    store_statistics(s, &a);
    print_message("# %d.%02d blocks written and %d.%02d flushes for each synced page, checkpoints included\n",
                  (int)((a.written_blocks - b.written_blocks) / 5000),
                  (int)((a.written_blocks - b.written_blocks) / 50 % 100),
                  (int)((a.flushes - b.flushes) / 5000), (int)((a.flushes - b.flushes) / 50 % 100));
    assert_true(a.written_blocks - b.written_blocks < 5000 * 205 / 100);
    assert_true(a.flushes - b.flushes < 5000 * 102 / 100);
    store_node_put(n);
    end(s);
}

/* A sync that failed, the same page written again, a sync that worked, a cut: the second content is there. */
static void test_retry(void **state)
{
    struct store *s = begin(256, 16);
    struct store_node *n = make(s, "f", STORE_FILE);
    char back[6] = "";

    (void)state;
    assert_int_equal(store_sync(s), 0);
    for (int kind = EMU_WRITE; kind <= EMU_FLUSH; kind++)
        for (unsigned request = 1; request <= (kind == EMU_WRITE ? 2 : 1); request++) {
            assert_int_equal(store_write(n, 0, "first", 5), 5);
            emudisk_fail(&disk, (enum emudisk_request)kind, request, false);
            assert_int_equal(store_sync(s), -EIO);
            assert_int_equal(store_write(n, 0, "again", 5), 5);
            assert_int_equal(store_write(n, 9000, "x", 1), 1);
            assert_int_equal(store_truncate(n, 5), 0); /* a page of the failed sync is no longer there */
            assert_int_equal(store_sync(s), 0);
            store_node_put(n);
            s = again(s, true);
            n = find(s, "f");
            assert_int_equal(store_read(n, 0, back, 5), 5);
            assert_string_equal(back, "again");
        }
    store_node_put(n);
    end(s);
}

static void test_refusals(void **state)
{
    struct store_format_options format = {1, 0};
    struct store_options look = {true, 0};
    struct store *s = begin(256, 0);
    struct store_node *n = make(s, "f", STORE_FILE), *root = NULL, *m = NULL;
    uint8_t hash[STORE_HASH_SIZE] = {0};
    uint64_t writes = 0;

    (void)state;
    store_node_put(n);
    assert_int_equal(store_sync(s), 0);
    store_abandon(s);
    writes = disk.count[EMU_WRITE] + disk.count[EMU_FLUSH];
    assert_int_equal(store_mount(&s, &dev, &env, &look), 0);
    n = find(s, "f");
    root = store_root(s);
    assert_int_equal(store_write(n, 0, "x", 1), -EROFS);
    assert_int_equal(store_truncate(n, 1), -EROFS);
    assert_int_equal(store_create(root, "g", 1, STORE_FILE, &m), -EROFS);
    assert_int_equal(store_remove(root, "f", 1), -EROFS);
    assert_int_equal(store_bind(s, "n", 1, hash), -EROFS);
    assert_int_equal(store_blob_put(s, "x", 1, hash), -EROFS);
    assert_int_equal(store_sync(s), -EROFS);
    store_node_put(n);
    store_node_put(root);
    assert_int_equal(store_unmount(s), 0);
    assert_true(writes == disk.count[EMU_WRITE] + disk.count[EMU_FLUSH]); /* the log was not touched */
    format.log_blocks = 4;
    assert_int_equal(store_format(&dev, &env, &format), -EINVAL);
    format.log_blocks = 100;
    assert_int_equal(store_format(&dev, &env, &format), -EINVAL);
    memset(disk.image, 0, 2 * STORE_BLOCK_SIZE);
    assert_int_equal(store_mount(&s, &dev, &env, NULL), -EINVAL);
    emudisk_close(&disk);
    emudisk_open(&disk, STORE_BLOCKS_MIN - 1);
    format.log_blocks = 0;
    assert_int_equal(store_format(&dev, &env, &format), -EINVAL);
    assert_int_equal(store_mount(&s, &dev, &env, NULL), -EINVAL);
    emudisk_close(&disk);
    assert_int_equal(mem.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),      cmocka_unit_test(test_sparse), cmocka_unit_test(test_removed),
        cmocka_unit_test(test_full),       cmocka_unit_test(test_blobs),  cmocka_unit_test(test_damage),
        cmocka_unit_test(test_log_damage), cmocka_unit_test(test_cost),   cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_retry),
    };

    return cmocka_run_group_tests_name("store files", tests, NULL, NULL);
}
