/* SPDX-License-Identifier: MIT */
/*
 * The complete file list of a guest's run image: what the caller brings, and what every image holds besides.
 * Invariant: the workload tree is the caller's alone; everything added depends only on the kind of guest and
 * the job's plan and nonce.
 */
#ifndef ENGINE_GUEST_IMAGE_H
#define ENGINE_GUEST_IMAGE_H

#include <stddef.h>
#include "guest.h"
#include "image.h"

/*
 * Makes the checked image of a job: plan with its nonce, bin/agent and bin/…, and for capOS boot/manifest and
 * boot/startup, for Linux /init and modules/. 0 with *out (guest_image_free), or a negative errno with a line
 * in `why`.
 */
struct guest_image;
int guest_image_new(const struct guest_job *job, struct guest_image **out, char *why, size_t whylen);
const struct image *guest_image_files(const struct guest_image *g);
void guest_image_free(struct guest_image *g);

/*
 * The plan with `nonce …` as its second line (caller frees). NULL with a line in `why` when it does not start
 * with the plan header or has a nonce line already.
 */
char *guest_image_plan(const char *plan, uint64_t nonce, char *why, size_t whylen);

#endif
