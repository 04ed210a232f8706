/* SPDX-License-Identifier: MIT */
/* Saying what became of an attempt; see say.h. */
#include "say.h"

#include <errno.h>

static const char *errno_name(int err)
{
    static const struct {
        int err;
        const char *name;
    } names[] = {{EACCES, "EACCES"}, {EPERM, "EPERM"},   {ENOENT, "ENOENT"}, {EROFS, "EROFS"},
                 {ESRCH, "ESRCH"},   {ENOSYS, "ENOSYS"}, {EINVAL, "EINVAL"}, {EBADF, "EBADF"},
                 {ENODEV, "ENODEV"}, {ENXIO, "ENXIO"},   {EAGAIN, "EAGAIN"}};
    static char other[24];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].err == err)
            return names[i].name;
    snprintf(other, sizeof other, "errno-%d", err);
    return other;
}

void attempt_say(FILE *to, const char *name, int err)
{
    if (err == 0)
        fprintf(to, "attempt %s granted\n", name);
    else if (err < 0)
        fprintf(to, "attempt %s none\n", name);
    else
        fprintf(to, "attempt %s refused %s\n", name, errno_name(err));
}
