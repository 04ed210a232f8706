/* SPDX-License-Identifier: MIT */
/*
 * The table of abi/startup.h that a tree of processes shares: open-file descriptions, process numbers, and
 * the boxes of mail.h. Invariant: a slot this process refers to stays its own until shared_drop; without a
 * table every function says so by its result and nothing else happens.
 */
#ifndef POSIX_SHARED_H
#define POSIX_SHARED_H

#include "abi/startup.h"
#include "posix/posix.h"

/* shared_start: takes over the table this process was given, if any. */
void shared_start(void);
/* shared_have: whether there is a table; made now when a FrameAllocator was granted and there is none. *cap
 * is what a child must be granted. */
bool shared_have(uint32_t *cap);
/* shared_take: a slot with one reference. Its index, -ENFILE when all are in use, -ENOSYS without a table. */
int shared_take(uint64_t offset, uint32_t flags);
/* shared_slot: the slot `index` (from shared_take or a startup block); NULL when there is no such. */
struct startup_shared_ofd *shared_slot(uint32_t index);
/* shared_boxes: all STARTUP_SHARED_BOXES of them; NULL without a table. */
struct startup_shared_box *shared_boxes(void);
void shared_ref(uint32_t index);
void shared_drop(uint32_t index);
/* shared_pid: a number for a new process: no other of the tree has it (without a table: of this process's own
 * children). */
uint32_t shared_pid(void);
/* shared_terminal: the terminal's size as STARTUP_SIZE makes it; 0 where there is no terminal, or no table.
 */
uint32_t shared_terminal(void);
/* shared_parent: whether process `pid` has children now; shared_has_children: whether it may have. A hint:
 * others of the same bit are mistaken for each other. */
void shared_parent(uint32_t pid, bool has);
bool shared_has_children(uint32_t pid);

#endif
