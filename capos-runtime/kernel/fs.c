/* SPDX-License-Identifier: MIT */
/* What all file systems share: see fs.h. Invariant: no name that passes has a meaning in a path. */
#include "kernel/fs.h"

#include "abi/errno.h"
#include "kernel/machine.h"

int fs_name_check(const char *name, size_t len)
{
    if (len == 0 || (len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.'))
        return -EINVAL;
    for (size_t i = 0; i < len; i++)
        if (name[i] == '/' || name[i] == '\0')
            return -EINVAL;
    return len > FS_NAME_MAX ? -ENAMETOOLONG : 0;
}

uint64_t fs_now(void)
{
    uint32_t nanos = 0;
    int64_t seconds = clock_wall(&nanos);

    return seconds < 0 ? clock_ns() : (uint64_t)seconds * UINT64_C(1000000000) + nanos;
}
