/* SPDX-License-Identifier: MIT */
/*
 * The startup block: what startup_build writes, startup_check reads back; anything else is refused.
 * Invariant: blocks lie in exactly sized heap memory, so that the sanitizer sees any byte read beyond them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "posix/startup.h"

static char *args[] = {(char[]){"prog"}, (char[]){"a b"}, (char[]){""}, NULL};
static char *env[] = {(char[]){"K=V"}, NULL};
static const struct startup_named preopens[] = {{"/", "root"}, {"/work", "work"}};
static const struct startup_fd fds[] = {
    {.fd = 0, .kind = STARTUP_FD_NULL, .ofd = UINT32_MAX},
    {.fd = 3, .kind = STARTUP_FD_FILE, .flags = 2, .offset = 77, .ino = 5},
    {.fd = 7, .kind = STARTUP_FD_DIR}};
static const char *const fd_paths[] = {NULL, NULL, "/work/sub"};
static const struct startup_fill fill = {.argv = args,
                                         .envp = env,
                                         .cwd = "/work",
                                         .umask = 022,
                                         .preopens = preopens,
                                         .npreopens = 2,
                                         .fds = fds,
                                         .fd_paths = fd_paths,
                                         .nfds = 3,
                                         .pid = 12,
                                         .ppid = 11,
                                         .ignored = 4};

/* A block in memory of its own, exactly as long as it is. */
static uint8_t *block(size_t *len)
{
    static uint64_t buf[512];
    int64_t n = startup_build(buf, sizeof buf, &fill);
    assert_true(n > 0);
    *len = (size_t)n;
    uint8_t *p = malloc(*len);
    memcpy(p, buf, *len);
    return p;
}

static void round_trip(void **state)
{
    (void)state;
    size_t len;
    uint8_t *p = block(&len);
    struct startup_view v;
    struct startup_fd fd;
    assert_int_equal(startup_check(p, len, &v), 0);
    assert_int_equal(v.head->argc, 3);
    assert_string_equal(v.base + v.argv[0], "prog");
    assert_string_equal(v.base + v.argv[1], "a b");
    assert_string_equal(v.base + v.argv[2], "");
    assert_string_equal(v.base + v.envp[0], "K=V");
    assert_string_equal(v.base + v.preopens[1].path, "/work");
    assert_string_equal(v.base + v.preopens[1].name, "work");
    memcpy(&fd, &v.fds[1], sizeof fd);
    assert_int_equal(fd.fd, 3);
    assert_int_equal(fd.offset, 77);
    assert_int_equal(fd.ino, 5);
    memcpy(&fd, &v.fds[2], sizeof fd);
    assert_int_equal(fd.kind, STARTUP_FD_DIR);
    assert_string_equal(v.base + fd.offset, "/work/sub");
    assert_int_equal(v.head->pid, 12);
    assert_int_equal(v.head->ppid, 11);
    assert_int_equal(v.head->ignored, 4);
    assert_string_equal(v.base + v.head->cwd, "/work");
    assert_int_equal(v.head->umask, 022);
    free(p);
}

static void every_length_but_its_own(void **state)
{
    (void)state;
    size_t len;
    uint8_t *p = block(&len);
    for (size_t n = 0; n < len; n++) {
        struct startup_view v;
        uint8_t *q = malloc(n ? n : 1);
        memcpy(q, p, n);
        assert_int_equal(startup_check(q, n, &v), -EINVAL);
        free(q);
    }
    free(p);
}

/* Puts `value` at u32 `at` and expects the block to be refused. */
static void refused(size_t at, uint32_t value)
{
    size_t len;
    uint8_t *p = block(&len);
    struct startup_view v;
    memcpy(p + at, &value, 4);
    assert_int_equal(startup_check(p, len, &v), -EINVAL);
    free(p);
}

static void each_field(void **state)
{
    (void)state;
    const size_t record = sizeof(struct startup_fd);
    const size_t strings = sizeof(struct startup_header) + 4 * 4 + 2 * 8 + 3 * record;
    size_t len;
    free(block(&len));
    refused(offsetof(struct startup_header, magic), 0);
    refused(offsetof(struct startup_header, version), STARTUP_VERSION - 1);
    refused(offsetof(struct startup_header, total), (uint32_t)len + 1);
    refused(offsetof(struct startup_header, argc), 0x40000000);
    refused(offsetof(struct startup_header, envc), 0xffffffff);
    refused(offsetof(struct startup_header, npreopens), STARTUP_MAX_PREOPENS + 1);
    refused(offsetof(struct startup_header, nfds), STARTUP_MAX_FDS + 1);
    refused(offsetof(struct startup_header, cwd), (uint32_t)len);
    refused(offsetof(struct startup_header, cwd), (uint32_t)strings); /* "prog" is not absolute */
    for (size_t at = sizeof(struct startup_header); at < strings - 3 * record; at += 4) {
        refused(at, 0);                     /* into the header */
        refused(at, (uint32_t)strings - 1); /* into the records */
        refused(at, (uint32_t)len);         /* just behind */
        refused(at, UINT32_MAX);
    }
    refused(strings - record, 256);   /* descriptor number */
    refused(strings - record + 4, 0); /* its kind */
    refused(strings - record + 4, STARTUP_FD_CONSOLE + 1);
    const size_t path = strings - record + offsetof(struct startup_fd, offset); /* of the directory */
    refused(path, 0);
    refused(path, (uint32_t)len);
    refused(path, (uint32_t)strings); /* "prog" is not absolute */
    refused(path + 4, 1);             /* beyond 32 bits */
}

static void unterminated(void **state)
{
    (void)state;
    size_t len;
    uint8_t *p = block(&len);
    struct startup_view v;
    p[len - 1] = 'x'; /* the last string's end */
    assert_int_equal(startup_check(p, len, &v), -EINVAL);
    free(p);
}

static void too_small_a_buffer(void **state)
{
    (void)state;
    size_t len;
    free(block(&len));
    for (size_t n = 0; n < len; n++) {
        uint8_t *p = malloc(n ? n : 1);
        assert_int_equal(startup_build(p, n, &fill), -E2BIG);
        free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),         cmocka_unit_test(every_length_but_its_own),
        cmocka_unit_test(each_field),         cmocka_unit_test(unterminated),
        cmocka_unit_test(too_small_a_buffer),
    };
    return cmocka_run_group_tests_name("startup", tests, NULL, NULL);
}
