/* SPDX-License-Identifier: MIT */
/*
 * Capability objects as a program meets them, on libcapos alone: shared memory, Store, Namespace, read-only
 * views, pipes, boot package, and the limits of a process. TAP on the console. Invariant: exit code 0 only if
 * every check held. The last check uses up this process's capability lifetimes, so nothing may follow it.
 */
#include "capos/file.h"
#include "capos/memory.h"
#include "capos/pipe.h"
#include "capos/process.h"
#include "capos/start.h"
#include "capos/store.h"
#include "capos/system.h"
#include "bare_tap.h"

#define RW (CAPOS_PROT_READ | CAPOS_PROT_WRITE)

static uint32_t frames, store, names, view, dir, spawner, boot;

static volatile uint64_t *at(uint64_t addr)
{
    return (volatile uint64_t *)(uintptr_t)addr;
}

static void check_memory(void)
{
    uint64_t a = 0, b = 0, bytes = 0;
    uint32_t m = 0, pages = 0;

    check(capos_frames_alloc(frames, 3, &m) == 0 && capos_memory_info(m, &pages, &bytes) == 0 && pages == 3 &&
              bytes == 12288,
          "memory object of three pages");
    check(capos_memory_map(m, 0, 0, 12288, RW, &a) == 0 && capos_memory_map(m, 0, 4096, 8192, RW, &b) == 0 &&
              a != b,
          "mapped twice");
    if (a == 0 || b == 0)
        return;
    bool zero = at(a)[0] == 0 && at(a)[1535] == 0;
    at(a)[512] = 0x1234;
    at(b)[1023] = 0x5678;
    check(zero && at(b)[0] == 0x1234 && at(a)[1535] == 0x5678, "zeroed, and one memory under both");
    check(capos_memory_protect(m, a, 12288, CAPOS_PROT_WRITE | CAPOS_PROT_EXEC) == -EINVAL,
          "write and exec refused");
    check(capos_memory_map(m, 0, 8192, 8192, RW, &bytes) == -EINVAL, "mapping past its end refused");
    check(capos_memory_protect(m, a, 12288, CAPOS_PROT_READ) == 0 && at(a)[512] == 0x1234,
          "made read-only, still there");
    check(capos_memory_unmap(m, a, 12288) == 0 && capos_memory_unmap(m, a, 12288) < 0, "unmapped once");
    capos_release_wait(m);
    at(b)[1] = 9;
    check(at(b)[0] == 0x1234 && at(b)[1] == 9, "a mapping outlives the capability");
}

static void check_memory_limit(void)
{
    uint32_t m = 0, more = 0;

    check(capos_frames_alloc(frames, 4097, &m) == -EINVAL && capos_frames_alloc(frames, 0, &m) == -EINVAL,
          "no pages, and more than the limit, refused");
    check(capos_frames_alloc(frames, 4096 - 3, &m) == 0,
          "all the pages a process may have"); /* three are mapped still */
    check(capos_frames_alloc(frames, 1, &more) == -ENOMEM, "one more is refused");
    capos_release_wait(m);
    check(capos_frames_alloc(frames, 1, &more) == 0 && capos_release_wait(more) == 0,
          "given back, and again");
}

static int names_count(void *ctx, const char *name, uint32_t len)
{
    (void)name;
    *(unsigned *)ctx += len;
    return 0;
}

static void check_store(void)
{
    static const uint8_t abc[4] = {0xba, 0x78, 0x16, 0xbf};
    uint8_t hash[CAPOS_STORE_HASH_BYTES], found[CAPOS_STORE_HASH_BYTES];
    char back[8] = {0};
    bool exists = false;
    uint32_t sub = 0;
    unsigned sum = 0;

    check(capos_store_put(store, "abc", 3, hash) == 0 && __builtin_memcmp(hash, abc, 4) == 0,
          "store: SHA-256 of abc");
    check(capos_store_get(store, hash, back, sizeof back) == 3 && back[0] == 'a' && back[2] == 'c',
          "store: get");
    check(capos_namespace_bind(names, "lib/abc", hash) == 0 &&
              capos_namespace_sub(names, "lib/", &sub) == 0 &&
              capos_namespace_resolve(sub, "abc", found) == 0 &&
              __builtin_memcmp(hash, found, sizeof hash) == 0,
          "namespace: bind, sub, resolve");
    check(capos_namespace_list(sub, names_count, &sum) == 0 && sum == 3, "namespace: list below the prefix");
    check(capos_namespace_resolve(sub, "lib/abc", found) == -ENOENT, "namespace: nothing outside the prefix");
    check(capos_store_delete(store, hash) == 0 && capos_store_has(store, hash, &exists) == 0 && !exists &&
              capos_store_get(store, hash, back, sizeof back) == -ENOENT,
          "store: delete");
}

static void check_read_only(void)
{
    uint32_t f = 0, sub = 0;
    char c = 0;

    check(capos_dir_open(view, "g", 1, CAPOS_OPEN_CREATE, &f) == -EROFS &&
              capos_dir_remove(view, "f", 1) == -EROFS && capos_dir_mkdir(view, "d", 1, &sub) == -EROFS &&
              capos_dir_rename(view, "f", 1, "g", 1) == -EROFS,
          "read-only directory: nothing is made, removed or renamed");
    check(capos_dir_open(view, "objects.c", 9, CAPOS_OPEN_TRUNCATE, &f) == -EROFS &&
              capos_dir_open(view, "objects.c", 9, CAPOS_OPEN_APPEND, &f) == -EROFS,
          "read-only directory: nothing is opened for change");
    check(capos_dir_open(view, "objects.c", 9, 0, &f) == 0 && capos_file_read(f, 0, &c, 1) == 1 && c == '/' &&
              capos_file_write(f, 0, "x", 1) == -EROFS && capos_file_truncate(f, 0) == -EROFS,
          "read-only directory: a file of it reads, and no more");
    capos_release_wait(f);
}

static void check_pipe(void)
{
    static uint8_t out[61440], in[61440];
    uint32_t r = 0, w = 0;
    size_t got = 0;
    int64_t n = 0;

    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (uint8_t)(i * 13 + i / 251);
    check(capos_pipe_create(spawner, 65536, &r, &w) == 0, "pipe");
    check(capos_pipe_write(w, out, sizeof out) == (int64_t)sizeof out, "pipe: 60 KiB in");
    check(capos_pipe_write(w, out, 10000) == 4096, "pipe: a big write takes what fits");
    capos_release_wait(w);
    while ((n = capos_pipe_read(r, in + got, got < sizeof in ? sizeof in - got : 1)) > 0 && got < sizeof in)
        got += (size_t)n;
    check(got == sizeof in && __builtin_memcmp(in, out, sizeof in) == 0, "pipe: the same 60 KiB out");
    while ((n = capos_pipe_read(r, in, sizeof in)) > 0)
        got += (size_t)n;
    check(n == 0 && got == 61440 + 4096 - 1, "pipe: then the rest, then the end");
    capos_release_wait(r);
    check(capos_pipe_create(spawner, 4096, &r, &w) == 0 && capos_release_wait(r) == 0 &&
              capos_pipe_write(w, "x", 1) == -EPIPE,
          "pipe: nobody reads");
    capos_release_wait(w);
}

static void check_slots(void)
{
    static uint32_t open[256];
    unsigned n = 0, lives = 0;
    uint32_t f = 0;
    int err = 0;

    while (n < 256 && (err = capos_dir_open(dir, "s", 1, CAPOS_OPEN_CREATE, &open[n])) == 0)
        n++;
    check(n > 200 && err == -EMFILE, "a full capability table refuses");
    check(capos_dir_mkdir(dir, "d", 1, &f) == -EMFILE && capos_dir_sub(dir, "d", 1, &f) == -ENOENT,
          "and nothing was made");
    while (n > 0)
        capos_release_wait(open[--n]);
    check(capos_dir_open(dir, "s", 1, 0, &f) == 0, "given back, and again");
    capos_release_wait(f);
    while (lives < 70000 && (err = capos_dir_open(dir, "s", 1, 0, &f)) == 0 && capos_release_wait(f) == 0)
        lives++;
    check(lives > 60000 && lives < 65536 && err == -EMFILE, "capability lifetimes end, with an error");
}

int64_t capos_main(void)
{
    uint64_t size = 0;

    if (capos_grant_by_interface(CAPOS_IFACE_CONSOLE, &console) < 0)
        return 2;
    if (capos_grant_by_interface(CAPOS_IFACE_FRAME_ALLOCATOR, &frames) < 0 ||
        capos_grant_by_interface(CAPOS_IFACE_STORE, &store) < 0 ||
        capos_grant_by_interface(CAPOS_IFACE_NAMESPACE, &names) < 0 ||
        capos_grant_by_name("directory", CAPOS_IFACE_DIRECTORY, &dir) < 0 ||
        capos_grant_by_name("ro", CAPOS_IFACE_DIRECTORY, &view) < 0 ||
        capos_grant_by_interface(CAPOS_IFACE_PROCESS_SPAWNER, &spawner) < 0 ||
        capos_grant_by_interface(CAPOS_IFACE_BOOT_PACKAGE, &boot) < 0)
        return 3;
    check_memory();
    check_memory_limit();
    check_store();
    check_read_only();
    check_pipe();
    check(capos_boot_manifest_size(boot, &size) == 0 && size > 100, "boot package: the manifest's size");
    check_slots();
    return tap_end();
}
