/* SPDX-License-Identifier: MIT */
/* Bundles on capOS, by the agent's own launcher; see grant.h. */
#include "grant.h"

#include <errno.h>
#include <stddef.h>

#include "abi/bench.h"
#include "abi/exitcode.h"
#include "agent/launch.h"

static char *const no_env[] = {NULL};

int grant_run(char *const argv[], const char *directory, int out)
{
    const struct launch_grant bundle[] = {{.name = "virtual_memory", .kind = "virtual_memory"},
                                          {.name = "thread_control", .kind = "thread_control"},
                                          {.name = "task", .kind = "directory", .path = directory}};
    const struct launch_spec spec = {.path = argv[0],
                                     .name = "delegated",
                                     .argv = argv,
                                     .envp = no_env,
                                     .cwd = directory,
                                     .stdio = {-1, out, 1},
                                     .grants = bundle,
                                     .ngrants = sizeof bundle / sizeof bundle[0]};
    struct launch_status status;
    int64_t handle;
    int err = launch_spawn(&spec, &handle);

    if (err == 0)
        err = launch_wait(handle, UINT64_MAX, &status);
    if (err < 0)
        return err;
    return status.kind == BENCH_EXITED ? (int)status.code : 128 + exitcode_vector_signal(status.code);
}

int grant_refused(void)
{
    const struct launch_grant outside = {.name = "outside", .kind = "directory", .path = "/boot"};
    char name[] = "shell-child";
    char *const argv[] = {name, NULL};
    const struct launch_spec spec = {.path = "/bin/shell-child",
                                     .name = "refused",
                                     .argv = argv,
                                     .envp = no_env,
                                     .cwd = "/",
                                     .stdio = {-1, -1, -1},
                                     .grants = &outside,
                                     .ngrants = 1};
    struct launch_status status;
    int64_t handle;
    int err = launch_spawn(&spec, &handle);

    if (err == 0)
        (void)launch_wait(handle, UINT64_MAX, &status);
    return -err;
}
