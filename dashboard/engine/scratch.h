/* SPDX-License-Identifier: MIT */
/*
 * Folders of temporary files that go with the process that made them, also when it was killed: the next one
 * finds them. Invariant: a folder is removed only if it holds the mark that this file writes, belongs to this
 * user, and nobody holds the mark's lock, which the kernel gives up with the process.
 */
#ifndef ENGINE_SCRATCH_H
#define ENGINE_SCRATCH_H

/* Makes a folder that was not there, and marks it. The lock, to be given back to one of the two below; or a
 * negative errno, -EEXIST when something of that name is there. */
int scratch_make(const char *dir);
/* Marks a folder that the caller has just made. The lock, or a negative errno. */
int scratch_mark(const char *dir);
/* Removes the folder with all that is in it. 0 or a negative errno. */
int scratch_remove(const char *dir, int lock);
/* The folder is to stay, and is nobody's to remove from now on. 0 or a negative errno. */
int scratch_keep(const char *dir, int lock);
/* Removes what killed processes left: each PARENT/PREFIX*, or with `below` each PARENT/PREFIX*<slash>BELOW.
 * How many. */
unsigned scratch_sweep(const char *parent, const char *prefix, const char *below);

#endif
