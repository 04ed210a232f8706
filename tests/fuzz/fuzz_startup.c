/* SPDX-License-Identifier: MIT */
/*
 * The startup block reader. Property: whatever passes startup_check can be followed: every string ends inside
 * the block.
 */
#include <string.h>

#include "fuzz.h"
#include "posix/startup.h"

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static uint64_t buf[128];
    static struct fuzz_seed seed;
    static char prog[] = "prog", x[] = "x";
    static char *args[] = {prog, x, NULL};
    static const struct startup_named preopens[] = {{"/", "root"}};
    static const struct startup_fd fds[] = {{.fd = 1, .kind = STARTUP_FD_PIPE_WRITE},
                                            {.fd = 4, .kind = STARTUP_FD_DIR}};
    static const char *const fd_paths[] = {NULL, "/dir"};
    const struct startup_fill fill = {.argv = args,
                                      .envp = args,
                                      .cwd = "/",
                                      .preopens = preopens,
                                      .npreopens = 1,
                                      .fds = fds,
                                      .fd_paths = fd_paths,
                                      .nfds = 2};
    seed.data = buf;
    seed.len = (size_t)startup_build(buf, sizeof buf, &fill);
    *seeds = &seed;
    return 1;
}

static void follow(const struct startup_view *v, size_t len, uint32_t at)
{
    fuzz_check(at < len && strnlen(v->base + at, len - at) < len - at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *p = malloc(len ? len : 1);
    struct startup_view v;
    if (len)
        memcpy(p, data, len);
    if (startup_check(p, len, &v) == 0) {
        follow(&v, len, v.head->cwd);
        for (uint32_t i = 0; i < v.head->argc; i++)
            follow(&v, len, v.argv[i]);
        for (uint32_t i = 0; i < v.head->envc; i++)
            follow(&v, len, v.envp[i]);
        for (uint32_t i = 0; i < v.head->npreopens; i++) {
            follow(&v, len, v.preopens[i].path);
            follow(&v, len, v.preopens[i].name);
        }
        for (uint32_t i = 0; i < v.head->nfds; i++) {
            struct startup_fd fd;
            memcpy(&fd, &v.fds[i], sizeof fd);
            if (fd.kind == STARTUP_FD_DIR)
                follow(&v, len, (uint32_t)fd.offset);
        }
    }
    free(p);
    return 0;
}
