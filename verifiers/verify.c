/* SPDX-License-Identifier: MIT */
/* The program around a verifier; see verify.h. */
#include "verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int verify_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        fprintf(stderr, "verifier: %s: %s\n", path, strerror(errno));
    return fd;
}

static int artifact_judge(const struct verify_kind *kind, const void *c, int dir)
{
    struct verdict v;
    int status = VERIFY_BAD;

    if (!verdict_init(&v)) {
        fprintf(stderr, "verifier: out of memory\n");
        return VERIFY_BAD;
    }
    if (kind->check(&v, c, dir) != VERIFY_BAD)
        status = verdict_print(&v, kind->passed);
    verdict_free(&v);
    return status;
}

int verify_main(int argc, char **argv, const struct verify_kind *kind, void *c)
{
    int dir, status = VERIFY_BAD;

    if (argc != 3) {
        fprintf(stderr, "usage: %s CASE.json ARTIFACT_DIR\n", kind->program);
        return VERIFY_BAD;
    }
    if (kind->load(argv[1], c) == 0 && (dir = verify_directory(argv[2])) >= 0) {
        status = artifact_judge(kind, c, dir);
        close(dir);
    }
    kind->release(c);
    return status;
}
