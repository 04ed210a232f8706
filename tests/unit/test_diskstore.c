/* SPDX-License-Identifier: MIT */
/*
 * The persistent store under the object half of the kernel: a disk of plain memory, a boot that grants its
 * tree and its blobs, a process that uses them. Invariant: after each boot every frame is back, whatever
 * failed in it, and the disk holds a sound store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/bench.h"
#include "abi/errno.h"
#include "abi/fields.h"
#include "host_image.h"
#include "host_process.h"
#include "kernel/diskstore.h"
#include "kernel/textcache.h"
#include "store/store.h"

#define DISK_BYTES (2u << 20)

static uint8_t disk[DISK_BYTES];
static struct host_image image;
static struct process *program;
static struct hp_call call;
static uint64_t frames_before;
static bool memory_short; /* allocations fail: a call may end without an exception's text */

/* ---- the disk as the host tool would see it ---- */

static int plain_read(void *ctx, uint64_t block, uint32_t count, void *const *pages)
{
    (void)ctx;
    for (uint32_t i = 0; i < count; i++)
        memcpy(pages[i], disk + (block + i) * STORE_BLOCK_SIZE, STORE_BLOCK_SIZE);
    return 0;
}

static int plain_write(void *ctx, uint64_t block, uint32_t count, const void *const *pages)
{
    (void)ctx;
    for (uint32_t i = 0; i < count; i++)
        memcpy(disk + (block + i) * STORE_BLOCK_SIZE, pages[i], STORE_BLOCK_SIZE);
    return 0;
}

static int plain_flush(void *ctx)
{
    (void)ctx;
    return 0;
}

static uint64_t plain_size(void *ctx)
{
    (void)ctx;
    return DISK_BYTES / STORE_BLOCK_SIZE;
}

static void *plain_alloc(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void plain_free(void *ctx, void *p, size_t size)
{
    (void)ctx;
    (void)size;
    free(p);
}

static const struct store_device device = {
    .read = plain_read, .write = plain_write, .flush = plain_flush, .size = plain_size};
static const struct store_env env = {.alloc = plain_alloc, .free = plain_free};

static void disk_format(void)
{
    const struct store_format_options options = {.id = 77};

    memset(disk, 0, sizeof disk);
    assert_int_equal(store_format(&device, &env, &options), 0);
}

static void tell(void *ctx, const char *line)
{
    (void)ctx;
    fprintf(stderr, "%s\n", line);
}

static void disk_sound(void)
{
    assert_int_equal(store_check(&device, &env, tell, NULL), 0);
}

/* ---- a boot ---- */

static void boot(void)
{
    static const struct hi_cap caps[] = {{"timer", "timer", NULL},
                                         {"data", "writable_fs_root", NULL},
                                         {"view", "read_only_fs_root", NULL},
                                         {"blobs", "persistent_store", NULL},
                                         {"ram", "directory", NULL}};

    host_reset();
    host.disk = disk;
    host.disk_blocks = DISK_BYTES / BLOCK_SIZE;
    image = hi_standard(caps, sizeof caps / sizeof caps[0]);
    frames_before = frame_free_count();
}

/* False: the boot was refused. */
static bool go(void)
{
    HOST_RUN(objects_start(image.bytes, image.len, ""));
    if (host.exit_value != 0)
        return false;
    program = NULL;
    for (uint32_t pid = 1; program == NULL; pid++)
        program = process_find(pid);
    host.current = program->threads;
    return true;
}

static void halt(void)
{
    if (process_count() > 0)
        hp_end(program, 0);
    if (host.exit_value == 0)
        HOST_RUN(host.idle(host.idle_ctx));
    assert_int_equal(host.exit_value, BENCH_QEMU_SUCCESS);
    assert_int_equal(process_count(), 0);
    assert_int_equal(frame_free_count(), frames_before);
    assert_null(strstr(host.log, "frames lost"));
    hi_free(&image);
}

/* A boot that was refused leaves the mount behind: the machine is over. */
static void refused(void)
{
    assert_int_equal(host.exit_value, BENCH_QEMU_BOOT_REFUSED);
    assert_non_null(strstr(host.log, "boot refused"));
    diskstore_end();
    textcache_drop();
    hi_free(&image);
}

static void start(void)
{
    boot();
    assert_true(go());
}

/* ---- calls; 0, or the exception's text ---- */

static const char *done(void)
{
    static char texts[8][200];
    static unsigned turn;
    unsigned type;
    uint64_t armed = frame_fail_after;
    struct capos_cqe e;

    frame_fail_after = 0; /* the test's own copies do not count */
    hp_call_submit(program, &call);
    frame_fail_after = armed;
    hp_enter(1, 0);
    assert_true(hp_take(program, &e));
    armed = frame_fail_after;
    frame_fail_after = 0;
    hp_call_read(program, &call, &e);
    frame_fail_after = armed;
    if (e.result >= 0)
        return NULL;
    if (memory_short && e.result != CAPOS_ERR_EXCEPTION)
        return "no memory: not even for the answer";
    assert_int_equal(e.result, CAPOS_ERR_EXCEPTION);
    turn = (turn + 1) % 8;
    (void)snprintf(texts[turn], sizeof texts[0], "%s", hp_exception(&call, &type));
    return texts[turn];
}

static const char *named(uint32_t dir, uint16_t method, const char *name, uint32_t flags, uint32_t *cap)
{
    const char *text = NULL;

    hp_call_begin(&call, dir, method, 1, 1);
    capnp_set_text(&call.params, 0, name, strlen(name));
    capnp_set_u32(&call.params, CAPOS_P_DIRECTORY_OPEN_FLAGS, flags);
    text = done();
    if (text == NULL && cap != NULL)
        *cap = call.caps[0].cap_id;
    return text;
}

static const char *put(uint32_t file, uint64_t offset, const char *bytes, size_t len)
{
    hp_call_begin(&call, file, CAPOS_M_FILE_WRITE, CAPOS_P_FILE_WRITE_WORDS, CAPOS_P_FILE_WRITE_PTRS);
    capnp_set_u64(&call.params, CAPOS_P_FILE_WRITE_OFFSET, offset);
    capnp_set_data(&call.params, CAPOS_P_FILE_WRITE_DATA_PTR, bytes, len);
    return done();
}

static void read_begin(uint32_t file, uint64_t offset, uint32_t len)
{
    hp_call_begin(&call, file, CAPOS_M_FILE_READ, CAPOS_P_FILE_READ_WORDS, CAPOS_P_FILE_READ_PTRS);
    capnp_set_u64(&call.params, CAPOS_P_FILE_READ_OFFSET, offset);
    capnp_set_u32(&call.params, CAPOS_P_FILE_READ_LENGTH, len);
}

static void got(const char *bytes, size_t len)
{
    const uint8_t *p = NULL;
    uint32_t n = 0;

    assert_int_equal(capnp_get_data(&call.root, 0, &p, &n), 0);
    assert_int_equal(n, len);
    assert_memory_equal(p, bytes, len);
}

static const char *simple(uint32_t cap, uint16_t method)
{
    hp_call_begin(&call, cap, method, 0, 0);
    return done();
}

static const char *blob(uint16_t method, const void *bytes, size_t len)
{
    hp_call_begin(&call, hp_id(program, "blobs"), method, 0, 1);
    capnp_set_data(&call.params, 0, bytes, len);
    return done();
}

static char page[4096];

/* ---- tests ---- */

static void files_last(void **state)
{
    uint32_t file = 0, sub = 0;

    (void)state;
    disk_format();
    start();
    memset(page, 'p', sizeof page);
    assert_null(named(hp_id(program, "data"), CAPOS_M_DIRECTORY_MKDIR, "d", 0, &sub));
    assert_null(named(sub, CAPOS_M_DIRECTORY_OPEN, "f", CAPOS_OPEN_CREATE, &file));
    assert_null(put(file, 100, page, sizeof page));
    assert_null(simple(file, CAPOS_M_FILE_SYNC));
    read_begin(file, 99, 3);
    assert_null(done());
    got("\0pp", 3);
    assert_null(named(sub, CAPOS_M_DIRECTORY_REMOVE, "f", 0, NULL));
    assert_null(put(file, 0, "still", 5)); /* open: it lives */
    assert_null(named(sub, CAPOS_M_DIRECTORY_OPEN, "g", CAPOS_OPEN_CREATE, &file));
    assert_null(put(file, 0, "g", 1));
    halt();
    assert_non_null(strstr(host.log, "store mounted ns="));
    assert_non_null(strstr(host.log, "store unmounted reads="));
    assert_non_null(strstr(host.log, "error=0"));
    disk_sound();
    start(); /* another boot */
    assert_non_null(strstr(host.log, "replayed=0"));
    assert_null(named(hp_id(program, "view"), CAPOS_M_DIRECTORY_SUB, "d", 0, &sub));
    assert_string_equal(named(sub, CAPOS_M_DIRECTORY_OPEN, "f", 0, NULL), "not found: open");
    assert_null(named(sub, CAPOS_M_DIRECTORY_OPEN, "g", 0, &file));
    read_begin(file, 0, 10);
    assert_null(done());
    got("g", 1);
    assert_string_equal(put(file, 0, "x", 1), "read-only: File");
    assert_string_equal(simple(file, CAPOS_M_FILE_SYNC), "read-only: File");
    assert_string_equal(named(sub, CAPOS_M_DIRECTORY_CREATE, "n", 0, NULL), "read-only: create");
    assert_null(simple(sub, CAPOS_M_DIRECTORY_LIST));
    halt();
    disk_sound();
}

static void blobs_last(void **state)
{
    static uint8_t hash[32];
    const uint8_t *p = NULL;
    uint32_t n = 0;

    (void)state;
    disk_format();
    start();
    assert_null(blob(CAPOS_M_STORE_PUT, "content", 7));
    assert_int_equal(capnp_get_data(&call.root, 0, &p, &n), 0);
    assert_int_equal(n, sizeof hash);
    memcpy(hash, p, sizeof hash);
    disk_sound(); /* durable when it was answered: the disk has it before any unmount */
    {
        struct store *s = NULL;
        uint64_t size = 0;
        static uint8_t copy[DISK_BYTES];

        memcpy(copy, disk, sizeof disk);
        assert_int_equal(store_mount(&s, &device, &env, NULL), 0);
        assert_int_equal(store_blob_has(s, hash, &size), 0);
        assert_int_equal(size, 7);
        store_abandon(s);
        memcpy(disk, copy, sizeof disk);
    }
    halt();
    start();
    assert_null(blob(CAPOS_M_STORE_GET, hash, sizeof hash));
    got("content", 7);
    assert_null(blob(CAPOS_M_STORE_HAS, hash, sizeof hash));
    assert_true(capnp_get_bool(&call.root, CAPOS_R_STORE_HAS_EXISTS_BIT));
    assert_null(blob(CAPOS_M_STORE_DELETE, hash, sizeof hash));
    assert_string_equal(blob(CAPOS_M_STORE_GET, hash, sizeof hash), "not found: Store.get");
    assert_null(blob(CAPOS_M_STORE_HAS, hash, sizeof hash));
    assert_false(capnp_get_bool(&call.root, CAPOS_R_STORE_HAS_EXISTS_BIT));
    halt();
    disk_sound();
}

/* A call that was pending ends while another call of the same process waits for the disk: both answers are
 * whole. */
static void pass_time(void)
{
    host_time(1000000);
}

static void completions_while_waiting(void **state)
{
    static struct hp_call sleeper;
    uint32_t file = 0;
    struct capos_cqe e;

    (void)state;
    disk_format();
    start();
    memset(page, 'q', sizeof page);
    assert_null(named(hp_id(program, "data"), CAPOS_M_DIRECTORY_OPEN, "f", CAPOS_OPEN_CREATE, &file));
    assert_null(put(file, 0, page, sizeof page));
    halt();
    start(); /* nothing is in the cache now */
    assert_null(named(hp_id(program, "data"), CAPOS_M_DIRECTORY_OPEN, "f", 0, &file));
    hp_call_begin(&sleeper, hp_id(program, "timer"), CAPOS_M_TIMER_SLEEP, 1, 0);
    capnp_set_u64(&sleeper.params, CAPOS_P_TIMER_SLEEP_DURATION_NS, 1000);
    sleeper.sqe.user_data = 11;
    hp_call_submit(program, &sleeper);
    assert_int_equal(hp_enter(0, 0), 0);
    read_begin(file, 0, sizeof page);
    call.sqe.user_data = 22;
    hp_call_submit(program, &call);
    host.on_wait = pass_time;
    assert_int_equal(hp_enter(2, 0), 2);
    host.on_wait = NULL;
    assert_true(hp_take(program, &e));
    assert_int_equal(e.user_data, 11); /* ended while the read waited */
    assert_true(hp_take(program, &e));
    assert_int_equal(e.user_data, 22);
    hp_call_read(program, &call, &e);
    got(page, sizeof page);
    halt();
}

/* Reads and writes that go between file and user pages directly: wherever the messages begin, whatever their
 * length, only the message's own bytes change, and a bad page is a refusal that changed nothing. */
#define LARGE 9001u

static struct capos_cqe write_at(uint32_t file, uint64_t addr, const uint8_t *bytes, uint32_t len)
{
    uint64_t m[4 + (LARGE + 7) / 8] = {0};
    const size_t words = 4 + (len + 7) / 8;
    struct capos_sqe s = {.opcode = CAPOS_OP_CALL,
                          .cap_id = file,
                          .method_id = CAPOS_M_FILE_WRITE,
                          .addr = addr,
                          .len = (uint32_t)words * 8,
                          .result_addr = HP_DATA,
                          .result_len = 64};

    m[0] = capnp_flat_frame(words);
    m[1] = capnp_flat_root(1, 1);
    m[2] = 17;
    m[3] = capnp_flat_data(len);
    memcpy(&m[4], bytes, len);
    (void)user_write(program, addr, m, words * 8); /* as far as there are pages */
    return hp_one(program, &s);
}

static struct capos_cqe read_at(uint32_t file, uint64_t addr, uint32_t len, uint32_t room)
{
    uint64_t m[4] = {capnp_flat_frame(4), capnp_flat_root(2, 0), 17, len};
    struct capos_sqe s = {.opcode = CAPOS_OP_CALL,
                          .cap_id = file,
                          .method_id = CAPOS_M_FILE_READ,
                          .addr = HP_DATA,
                          .len = 32,
                          .result_addr = addr,
                          .result_len = room};

    assert_int_equal(user_write(program, HP_DATA, m, sizeof m), 0);
    return hp_one(program, &s);
}

static void direct_check(uint32_t file, uint64_t at, uint32_t len)
{
    static uint8_t bytes[LARGE], mem[LARGE + 200], before[LARGE + 200];
    struct capnp_msg msg;
    struct capnp_struct root;
    const uint8_t *p = NULL;
    uint32_t n = 0;
    struct capos_cqe e;

    for (uint32_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251 + len);
    e = write_at(file, at, bytes, len);
    assert_true(e.result > 0);
    memset(before, 0xa5, sizeof before);
    assert_int_equal(user_write(program, at - 16, before, len + 100), 0);
    e = read_at(file, at, len, len + 60);
    assert_int_equal(e.result, 24 + (len + 7) / 8 * 8);
    assert_int_equal(user_read(program, mem, at - 16, len + 100), 0);
    assert_memory_equal(mem, before, 16);
    assert_memory_equal(mem + 16 + e.result, before, len + 100 - 16 - (size_t)e.result);
    assert_int_equal(capnp_open(&msg, mem + 16, (size_t)e.result, &root), 0);
    assert_int_equal(capnp_get_data(&root, 0, &p, &n), 0);
    assert_int_equal(n, len);
    assert_memory_equal(p, bytes, len);
}

static void direct_bytes(void **state)
{
    static const char *const dirs[] = {"ram", "data"};
    static uint8_t bytes[LARGE] = {9};
    const uint64_t end = HP_DATA + HP_PAGES * 4096;
    uint32_t file = 0;

    (void)state;
    disk_format();
    start();
    for (unsigned d = 0; d < 2; d++) {
        assert_null(named(hp_id(program, dirs[d]), CAPOS_M_DIRECTORY_OPEN, "f", CAPOS_OPEN_CREATE, &file));
        for (unsigned i = 0; i < 40; i++)
            direct_check(file, HP_DATA + 0x2000 - i, i < 20 ? 2000 + i : LARGE - i);
        for (uint32_t len = 1; len < 40; len++)
            direct_check(file, HP_DATA + 0x2ff0 - len, len);
        read_begin(file, 17, 40);
        assert_null(done());
        assert_int_equal(write_at(file, end - 4096, bytes, LARGE).result, CAPOS_ERR_INVALID_PARAMS_BUFFER);
        assert_int_equal(read_at(file, end - 2000, 4000, 4024).result, CAPOS_ERR_INVALID_RESULT_BUFFER);
        assert_int_equal(read_at(file, HP_DATA + 0x2000, 4000, 23).result, CAPOS_ERR_EXCEPTION_TRUNCATED);
        direct_check(file, HP_DATA + 0x2001, LARGE); /* and the file is as usable as before */
    }
    halt();
    disk_sound();
}

static void refusals(void **state)
{
    (void)state;
    boot();
    host.disk = NULL;
    assert_false(go());
    assert_non_null(strstr(host.log, "no disk"));
    refused();
    memset(disk, 0, sizeof disk);
    boot();
    assert_false(go());
    assert_non_null(strstr(host.log, "capstore mkfs"));
    refused();
    disk_format();
    for (size_t i = 10 * STORE_BLOCK_SIZE; i < sizeof disk; i += 512)
        disk[i + 100] ^= 1;
    boot();
    assert_false(go());
    assert_non_null(strstr(host.log, "damaged"));
    refused();
    disk_format();
    boot();
    host.disk_read_only = true;
    assert_true(go());
    assert_string_equal(named(hp_id(program, "data"), CAPOS_M_DIRECTORY_CREATE, "n", 0, NULL),
                        "read-only: create");
    halt();
}

static void damage(void **state)
{
    uint32_t file = 0;

    (void)state;
    disk_format();
    start();
    memset(page, 'Z', sizeof page);
    assert_null(named(hp_id(program, "data"), CAPOS_M_DIRECTORY_OPEN, "f", CAPOS_OPEN_CREATE, &file));
    assert_null(put(file, 0, page, sizeof page));
    halt();
    for (size_t i = 0; i < sizeof disk; i += STORE_BLOCK_SIZE)
        if (memcmp(disk + i, page, sizeof page) == 0)
            disk[i + 1000] = 'z';
    start();
    assert_null(named(hp_id(program, "data"), CAPOS_M_DIRECTORY_OPEN, "f", 0, &file));
    read_begin(file, 0, 1);
    assert_string_equal(done(), "data damaged: File.read");
    assert_null(put(file, 4096, "more", 4)); /* the rest works */
    halt();
}

/* What the two sweeps below do in each boot. Any step may fail; none may do anything else. */
static void workload(const char *allowed)
{
    uint32_t file = 0, dir = hp_id(program, "data");
    const char *text[7] = {NULL};

    text[0] = named(dir, CAPOS_M_DIRECTORY_OPEN, "f", CAPOS_OPEN_CREATE, &file);
    if (text[0] == NULL) {
        text[1] = put(file, 5000, page, sizeof page);
        text[2] = simple(file, CAPOS_M_FILE_SYNC);
        read_begin(file, 5000, sizeof page);
        text[3] = done();
        if (text[1] == NULL && text[3] == NULL)
            got(page, sizeof page);
        text[4] = named(dir, CAPOS_M_DIRECTORY_RENAME, "f", 0, NULL);
    }
    text[5] = blob(CAPOS_M_STORE_PUT, "blob", 4);
    text[6] = named(dir, CAPOS_M_DIRECTORY_REMOVE, "f", 0, NULL);
    for (unsigned i = 0; i < 7; i++)
        if (text[i] != NULL && i != 4 && strstr(text[i], allowed) != text[i] &&
            strstr(text[i], "not found") != text[i] &&
            !(memory_short && strstr(text[i], "too many") == text[i]))
            fail_msg("step %u: %s", i, text[i]);
}

static void every_request_fails(void **state)
{
    bool hit = true;

    (void)state;
    memset(page, 'w', sizeof page);
    for (unsigned n = 1; hit; n++) {
        disk_format();
        boot();
        host.disk_fail_after = n;
        if (go()) {
            workload("input/output error");
            halt();
        } else {
            refused();
        }
        hit = host.disk_fail_after == 0;
        disk_sound();
        assert_true(n < 1000);
    }
}

static void every_allocation_fails(void **state)
{
    bool hit = true;

    (void)state;
    memset(page, 'm', sizeof page);
    memory_short = true;
    for (unsigned n = 1; hit; n++) {
        disk_format();
        boot();
        frame_fail_after = n;
        if (go()) {
            workload("no memory");
            hit = frame_fail_after == 0;
            frame_fail_after = 0;
            halt();
        } else {
            hit = frame_fail_after == 0;
            frame_fail_after = 0;
            refused();
        }
        disk_sound();
        assert_true(n < 5000);
    }
    memory_short = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_last),
        cmocka_unit_test(blobs_last),
        cmocka_unit_test(completions_while_waiting),
        cmocka_unit_test(direct_bytes),
        cmocka_unit_test(refusals),
        cmocka_unit_test(damage),
        cmocka_unit_test(every_request_fails),
        cmocka_unit_test(every_allocation_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
