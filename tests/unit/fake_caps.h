/* SPDX-License-Identifier: MIT */
/*
 * A made-up capability layer for testing the seam on the host: a tree of files in memory behind the libcapos
 * calls, and address space from the host. Invariant: behaves as the schema says where the seam relies on it
 * (names, errors, one id per success); ids are never used twice, so that a use after release is caught.
 */
#ifndef FAKE_CAPS_H
#define FAKE_CAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* fake_reset: an empty tree; gives the root Directory's id. Ids of earlier trees are gone. */
uint32_t fake_reset(void);
/* fake_live: ids handed out and not released; fake_spent: ids handed out in all. */
unsigned fake_live(void);
unsigned fake_spent(void);
/* fake_limit: how many ids may live at once (then EMFILE); fake_read_only: every change is refused. */
void fake_limit(unsigned n);
void fake_read_only(bool on);
/* fake_replace: what another process may do: puts a new file of this content at `name` of the root. NULL:
 * removes it. */
void fake_replace(const char *name, const char *content);
/* fake_share: whether the table of shared descriptions is granted, empty. */
void fake_share(bool on);
/* fake_vm_fail: the next n commits and maps fail with ENOMEM. fake_vm_calls: calls so far. */
void fake_vm_fail(unsigned n);
unsigned fake_vm_calls(void);

#endif
