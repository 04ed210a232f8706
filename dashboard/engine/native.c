/* SPDX-License-Identifier: MIT */
/*
 * GUEST_NATIVE: the agent with --native, its root a folder of the host.
 * Invariant: see native.h.
 */
#include "native.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "mem.h"

static char **argv_make(const char *root)
{
    char **argv = mem_zalloc(5 * sizeof *argv);

    argv[0] = mem_printf("%s/bin/agent", root);
    argv[1] = mem_dup("--native");
    argv[2] = mem_dup("--root");
    argv[3] = mem_dup(root);
    return argv;
}

int native_run(struct guest_session *s, const struct guest_job *job, const struct guest_image *image,
               char ***argv, char *why, size_t whylen)
{
    char *made = mem_printf("%s/native", job->run_dir), *root = NULL, *work;
    int err = files_remove(made);

    if (!err)
        err = files_mkdir(made);
    if (!err) {
        root = realpath(made, NULL);
        err = root ? 0 : -errno;
    }
    if (err) {
        snprintf(why, whylen, "%s: %s", made, strerror(-err));
        free(made);
        return err;
    }
    work = mem_printf("%s/work", root);
    err = image_unpack(guest_image_files(image), root, why, whylen);
    if (!err && (err = files_mkdir(work)) != 0)
        snprintf(why, whylen, "%s: %s", work, strerror(-err));
    if (!err) {
        *argv = argv_make(root);
        err = guest_session_run(s, *argv, root, false);
    }
    files_remove(root);
    free(work);
    free(root);
    free(made);
    return err;
}
