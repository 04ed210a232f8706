/* SPDX-License-Identifier: MIT */
/*
 * Running one guest once.
 * Invariant: see guest.h; the image file exists only while the guest runs.
 */
#include "guest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest_image.h"
#include "guest_session.h"
#include "mem.h"
#include "native.h"
#include "qemu.h"

static int machine_run(struct guest_session *s, const struct guest_job *job, const struct guest_image *image,
                       struct guest_outcome *out)
{
    char *path = mem_printf("%s/image.cpio", job->run_dir);
    int err = image_write(guest_image_files(image), path, &out->image_bytes, out->reason, sizeof out->reason);

    if (!err)
        err = qemu_argv_job(job, path, &out->argv, out->reason, sizeof out->reason);
    if (!err)
        err = guest_session_run(s, out->argv, NULL, true);
    unlink(path);
    free(path);
    return err;
}

static int job_check(const struct guest_job *job, struct guest_outcome *out)
{
    if (job->limit_seconds == 0 || !job->run_dir || !job->plan ||
        (job->kind != GUEST_NATIVE && (job->memory_mib < 16 || job->accel == ACCEL_AUTO))) {
        snprintf(out->reason, sizeof out->reason,
                 "a guest needs a plan, a run folder, a limit, memory and an accelerator");
        return -EINVAL;
    }
    if (job->terminal && job->kind == GUEST_NATIVE) {
        snprintf(out->reason, sizeof out->reason, "the native guest has no console of its own");
        return -EINVAL;
    }
    return 0;
}

int guest_run(const struct guest_job *job, const struct guest_callbacks *cb, struct guest_outcome *out)
{
    struct guest_image *image = NULL;
    struct guest_session *s = NULL;
    int err;

    *out = (struct guest_outcome){.end = GUEST_QEMU_ERROR};
    err = job_check(job, out);
    if (!err)
        err = guest_image_new(job, &image, out->reason, sizeof out->reason);
    if (!err)
        err = guest_session_open(job, cb, out, &s);
    if (!err) {
        int closed;
        if (job->kind == GUEST_NATIVE)
            err = native_run(s, job, image, &out->argv, out->reason, sizeof out->reason);
        else
            err = machine_run(s, job, image, out);
        closed = guest_session_close(s, err == 0);
        err = err ? err : closed;
    }
    guest_image_free(image);
    if (err && !out->reason[0])
        snprintf(out->reason, sizeof out->reason, "%s", strerror(-err));
    return err;
}

void guest_outcome_free(struct guest_outcome *out)
{
    qemu_argv_free(out->argv);
    out->argv = NULL;
}
