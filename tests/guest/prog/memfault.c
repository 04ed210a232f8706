/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out in a spawn, in the store, in RAM files, in the kernel's scratch, anywhere: with
 * process_spawner this program is the driver, which starts itself again and again under the kernel option
 * memory-fault (kernel/memfault.h), each time with a later allocation failing; with `starter` it is the
 * worker, which does a bit of everything and tries each step that failed for want of memory once more; with
 * nothing the worker's child, which ends at once. Invariant: the only errors are those of want, the
 * second try works, and what was read is what was written: else the worker's exit code is the step's number
 * and the driver's is 1.
 */
#include "capos/clock.h"
#include "capos/console.h"
#include "capos/file.h"
#include "capos/memory.h"
#include "capos/pipe.h"
#include "capos/process.h"
#include "capos/start.h"
#include "capos/store.h"

#define ROUNDS_MAX 4000u
#define QUIET      60u  /* rounds in a row in which nothing was tried twice end the sweep */
#define RETRIED    (-1) /* exit code of a worker that tried something twice */
#define BYTES      20000u
#define PIECES     3u

/* ---- worker ---- */

static uint8_t data[BYTES], back[65536];
static int64_t result;

/* An error of want: no memory, slots or room, or no page to put the answer into. */
static bool want(int64_t err)
{
    unsigned type;
    const char *text = capos_exception_last(&type);

    if (err == -EIO) /* an answer that could not be written has no text of its own */
        return text[0] != 'i' && text[0] != 'd'; /* input/output error, data damaged */
    return err == -ENOMEM || err == -ENOSPC || err == -EMFILE || err == -EBADF || err == -EMSGSIZE ||
           err == -EFAULT || err == -EAGAIN;
}

static _Noreturn void end(int64_t code)
{
    capos_exit(code);
}

/* Does f once, and once more if that failed for want of something; done: what an earlier try may have left.
 */
#define STEP(number, call, done)                                                                             \
    do {                                                                                                     \
        int64_t r_ = (call);                                                                                 \
        if (r_ < 0 && want(r_)) {                                                                            \
            result = RETRIED;                                                                                \
            r_ = (call);                                                                                     \
        }                                                                                                    \
        if (r_ < 0 && r_ != (done))                                                                          \
            end(number);                                                                                     \
    } while (0)

/* All bytes, in as many writes as it takes: one may be short when room ran out in the middle of it. */
static int64_t write_all(uint32_t file, uint64_t offset)
{
    for (size_t at = 0; at < BYTES;) {
        const int64_t n = capos_file_write(file, offset + at, data + at, BYTES - at);

        if (n <= 0)
            return n < 0 ? n : -EIO;
        at += (size_t)n;
    }
    return 0;
}

static void tree_work(int base, uint32_t dir, bool durable)
{
    struct capos_file_stat st;
    uint32_t sub = 0, file = 0;

    STEP(base + 1, capos_dir_mkdir(dir, "t", 1, &sub), -EEXIST);
    STEP(base + 2, capos_dir_sub(dir, "t", 1, &sub), 0);
    STEP(base + 3, capos_dir_open(sub, "f", 1, CAPOS_OPEN_CREATE | CAPOS_OPEN_TRUNCATE, &file), 0);
    for (unsigned i = 0; i < PIECES; i++)
        STEP(base + 4, write_all(file, (uint64_t)i * BYTES), 0);
    for (unsigned i = 0; i < PIECES; i++) {
        STEP(base + 5, capos_file_read(file, (uint64_t)i * BYTES, back, BYTES), 0);
        if (__builtin_memcmp(back, data, BYTES) != 0)
            end(base + 6);
    }
    if (durable)
        STEP(base + 7, capos_file_sync(file), 0);
    STEP(base + 8, capos_file_truncate(file, BYTES + 1), 0);
    STEP(base + 9, capos_file_stat(file, &st), 0);
    if (st.size != BYTES + 1)
        end(base + 10);
    STEP(base + 11, capos_dir_remove(sub, "h", 1), -ENOENT);
    STEP(base + 12, capos_dir_create(sub, "g", 1), -EEXIST);
    STEP(base + 13, capos_dir_rename(sub, "g", 1, "h", 1), -ENOENT);
    STEP(base + 14, capos_dir_list(sub, back, sizeof back), 0);
    STEP(base + 15, capos_dir_remove(sub, "f", 1), -ENOENT);
    STEP(base + 16, capos_dir_remove(sub, "h", 1), -ENOENT);
    STEP(base + 17, capos_file_write(file, 0, data, 100), 0); /* removed, but open */
    STEP(base + 18, capos_dir_remove(dir, "t", 1), -ENOENT);
    capos_release(file);
    STEP(base + 19, capos_release_wait(sub), 0);
}

static void other_work(int base, uint32_t blobs, uint32_t vm)
{
    uint8_t hash[CAPOS_STORE_HASH_BYTES];
    uint64_t at = 0;

    STEP(base + 1, capos_store_put(blobs, data, 9000, hash), 0);
    STEP(base + 2, capos_store_get(blobs, hash, back, sizeof back), 0);
    if (__builtin_memcmp(back, data, 9000) != 0)
        end(base + 3);
    STEP(base + 4, capos_store_delete(blobs, hash), -ENOENT);
    STEP(base + 5, capos_vm_map(vm, 0, 65536, CAPOS_PROT_READ | CAPOS_PROT_WRITE, &at), 0);
    for (unsigned i = 0; i < 16; i++)
        *(volatile uint8_t *)(uintptr_t)(at + i * 4096) = 1;
    STEP(base + 6, capos_vm_unmap(vm, at, 65536), 0);
}

/* A child to its end: 0, or a negative errno; one that was killed for want of a page is -ENOMEM. */
static int64_t child_run(uint32_t starter)
{
    uint32_t handle = 0;
    int64_t code = 0;
    int err = capos_spawn(starter, "child", "memfault", NULL, 0, &handle, NULL);

    if (err < 0)
        return err;
    err = capos_process_wait(handle, &code);
    if (err < 0 && want(err)) { /* the wait's own memory */
        result = RETRIED;
        err = capos_process_wait(handle, &code);
    }
    (void)capos_release_wait(handle);
    return err < 0 ? err : code < 0 ? -ENOMEM : code > 0 ? -ENOEXEC : 0;
}

static void process_work(int base, uint32_t starter)
{
    uint32_t from = 0, to = 0;

    STEP(base + 1, child_run(starter), 0);
    STEP(base + 2, capos_pipe_create(starter, 4096, &from, &to), 0);
    STEP(base + 3, capos_pipe_write(to, data, 3000), 0);
    STEP(base + 4, capos_pipe_read(from, back, 3000), 0);
    if (__builtin_memcmp(back, data, 3000) != 0)
        end(base + 5);
    STEP(base + 6, capos_release_wait(from), 0);
    STEP(base + 7, capos_release_wait(to), 0);
}

static int64_t worker(uint32_t starter)
{
    uint32_t tree, ram, blobs, vm;

    if (capos_grant_by_name("data", CAPOS_IFACE_DIRECTORY, &tree) < 0 ||
        capos_grant_by_name("ram", CAPOS_IFACE_DIRECTORY, &ram) < 0 ||
        capos_grant_by_name("blobs", CAPOS_IFACE_STORE, &blobs) < 0 ||
        capos_grant_by_name("vm", CAPOS_IFACE_VIRTUAL_MEMORY, &vm) < 0)
        return 99;
    for (unsigned i = 0; i < BYTES; i++)
        data[i] = (uint8_t)(i * 7 + i / 251);
    tree_work(100, tree, true);
    tree_work(200, ram, false);
    other_work(300, blobs, vm);
    process_work(400, starter);
    return result;
}

/* ---- driver ---- */

static uint32_t console, spawner;
static struct capos_grant grants[] = {
    /* ours, but for the memory: a spawner that the agent gives knows no other kernel source */
    {"data", 0, CAPOS_IFACE_DIRECTORY, CAPOS_GRANT_RAW, -1},
    {"ram", 0, CAPOS_IFACE_DIRECTORY, CAPOS_GRANT_RAW, -1},
    {"blobs", 0, CAPOS_IFACE_STORE, CAPOS_GRANT_RAW, -1},
    {"starter", 0, CAPOS_IFACE_PROCESS_SPAWNER, CAPOS_GRANT_RAW, -1},
    {"vm", 0, CAPOS_IFACE_VIRTUAL_MEMORY, CAPOS_GRANT_RAW, CAPOS_SRC_VIRTUAL_MEMORY}};

static void say(const char *name, int64_t value)
{
    char line[64];
    unsigned n = 0;
    uint64_t left = value < 0 ? (uint64_t)-value : (uint64_t)value, unit = 1;

    while (name[n] != '\0') {
        line[n] = name[n];
        n++;
    }
    line[n++] = ' ';
    if (value < 0)
        line[n++] = '-';
    while (left / unit >= 10)
        unit *= 10;
    for (; unit > 0; unit /= 10)
        line[n++] = (char)('0' + left / unit % 10);
    (void)capos_console_write_line(console, line, n);
}

/* One worker to its end. Its exit code, or the negative errno of a spawn that failed, as -1000 and below. */
static int64_t round_run(void)
{
    uint32_t handle = 0;
    int64_t code = 0;
    int err =
        capos_spawn(spawner, "worker", "memfault", grants, sizeof grants / sizeof grants[0], &handle, NULL);

    if (err < 0)
        return want(err) ? -1000 + err : 1000 - err;
    for (int turn = 0; turn < 3; turn++) { /* the wait's own memory may be what fails */
        err = capos_process_wait(handle, &code);
        if (err == 0)
            break;
    }
    (void)capos_release_wait(handle);
    return err < 0 ? 2000 - err : code;
}

static int64_t driver(void)
{
    int64_t refused = 0, retried = 0, killed = 0, wrong = 0;
    unsigned rounds = 0, quiet = 0;

    for (; rounds < ROUNDS_MAX && quiet < QUIET; rounds++) {
        const int64_t r = round_run();

        quiet = r == 0 ? quiet + 1 : 0;
        refused += r <= -1000;
        retried += r == RETRIED;
        killed += r < RETRIED && r > -1000;
        if (r > 0 && wrong++ < 10)
            say("wrong", r);
    }
    say("rounds", rounds);
    say("spawns refused", refused);
    say("workers that tried again", retried);
    say("workers without a page", killed);
    say("wrong in all", wrong);
    return wrong > 0 || quiet < QUIET ? 1 : 0;
}

int64_t capos_main(void)
{
    uint32_t starter;

    if (capos_grant_by_name("starter", CAPOS_IFACE_PROCESS_SPAWNER, &starter) == 0)
        return worker(starter);
    if (capos_grant_by_name("process_spawner", CAPOS_IFACE_PROCESS_SPAWNER, &spawner) < 0)
        return 0;
    if (capos_grant_by_interface(CAPOS_IFACE_CONSOLE, &console) < 0)
        return 2;
    for (size_t i = 0; i < 3; i++)
        if (capos_grant_by_name(grants[i].name, grants[i].interface_id, &grants[i].cap) < 0)
            return 2;
    grants[3].cap = spawner;
    return driver();
}
