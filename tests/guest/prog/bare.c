/* SPDX-License-Identifier: MIT */
/*
 * A program with no libc at all, on libcapos alone: every grant it has is exercised, TAP on the console.
 * Invariant: exit code 0 only if every check held; a missing console is exit code 2.
 */
#include "capos/clock.h"
#include "capos/file.h"
#include "capos/memory.h"
#include "capos/start.h"
#include "capos/system.h"
#include "bare_tap.h"

static void check_time(void)
{
    uint32_t timer;
    uint64_t a = 0, b = 0;
    bool have = capos_grant_by_name("timer", CAPOS_IFACE_TIMER, &timer) == 0;
    check(have && capos_timer_now(timer, &a) == 0, "timer: now");
    check(have && capos_timer_sleep(timer, 2000000) == 0, "timer: sleep 2 ms");
    check(have && capos_timer_now(timer, &b) == 0 && b - a >= 2000000, "timer: at least 2 ms went by");
}

static void check_memory(void)
{
    uint32_t vm;
    uint64_t at = 0, res = 0;
    bool have = capos_grant_by_name("virtual_memory", CAPOS_IFACE_VIRTUAL_MEMORY, &vm) == 0;
    check(have && capos_vm_map(vm, 0, 8192, CAPOS_PROT_READ | CAPOS_PROT_WRITE, &at) == 0, "vm: map");
    if (at) {
        volatile uint64_t *p = (volatile uint64_t *)(uintptr_t)at;
        bool zero = p[0] == 0 && p[1023] == 0;
        p[0] = 7;
        check(zero && p[0] == 7, "vm: fresh pages are zero and writable");
    } else {
        check(false, "vm: fresh pages are zero and writable");
    }
    check(have && capos_vm_protect(vm, at, 8192, CAPOS_PROT_WRITE | CAPOS_PROT_EXEC) == -EINVAL,
          "vm: write and exec together refused");
    check(have && capos_vm_unmap(vm, at, 8192) == 0, "vm: unmap");
    check(have && capos_vm_reserve(vm, 0, 1 << 20, &res) == 0, "vm: reserve 1 MiB");
    check(have && capos_vm_commit(vm, res, 65536, CAPOS_PROT_READ | CAPOS_PROT_WRITE) == 0,
          "vm: commit 64 KiB");
    check(have && capos_vm_decommit(vm, res, 65536) == 0, "vm: decommit");
}

static void check_files(void)
{
    static char big[70000], back[70000];
    uint32_t dir, file, sub;
    struct capos_file_stat st = {0};
    if (capos_grant_by_interface(CAPOS_IFACE_DIRECTORY, &dir) < 0)
        return;
    check(capos_dir_open(dir, "none", 4, 0, &file) == -ENOENT, "directory: an absent name is ENOENT");
    check(capos_dir_open(dir, "../x", 4, CAPOS_OPEN_CREATE, &file) == -EINVAL,
          "directory: a path is no name");
    check(capos_dir_open(dir, "f", 1, CAPOS_OPEN_CREATE, &file) == 0, "directory: create");
    for (unsigned i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 31 + i / 256);
    int64_t w = capos_file_write(file, 0, big, sizeof big);
    check(w == CAPOS_WRITE_MAX, "file: one call writes 65504 bytes");
    check(capos_file_write(file, (uint64_t)w, big + w, sizeof big - (size_t)w) == (int64_t)sizeof big - w,
          "file: the rest");
    int64_t n = capos_file_read(file, 0, back, sizeof back);
    check(n == CAPOS_READ_MAX, "file: one call reads 65512 bytes");
    n += capos_file_read(file, (uint64_t)n, back + n, sizeof back - (size_t)n);
    check(n == (int64_t)sizeof back && __builtin_memcmp(big, back, sizeof big) == 0, "file: same bytes back");
    check(capos_file_stat(file, &st) == 0 && st.size == sizeof big, "file: stat");
    check(capos_dir_mkdir(dir, "d", 1, &sub) == 0, "directory: mkdir");
    check(capos_dir_open(dir, "d", 1, 0, &file) == -EISDIR, "directory: opening a directory is EISDIR");
    check(capos_dir_remove(dir, "f", 1) == 0 && capos_dir_remove(dir, "d", 1) == 0, "directory: remove");
    check(capos_release_wait(sub) == 0 && capos_release_wait(sub) == -EBADF, "release: once, then stale");
}

int64_t capos_main(void)
{
    uint32_t null;
    if (capos_grant_by_interface(CAPOS_IFACE_CONSOLE, &console) < 0)
        return 2;
    check(capos_ring_nop() == 0, "ring: NOP");
    check_time();
    check_memory();
    check_files();
    if (capos_grant_by_interface(CAPOS_IFACE_NULL_CAP, &null) == 0)
        check(capos_null_call(null) == 0, "null call");
    check(capos_console_write(0x00fffffe, "x", 1) == -EBADF, "an unknown capability is refused");
    return tap_end();
}
