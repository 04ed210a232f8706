/* SPDX-License-Identifier: MIT */
/*
 * vfork without a fork in the kernel: the child's part, up to its exec or exit, is run by the parent itself.
 * Invariant: descriptors, working directory, umask and signal state are the child's own meanwhile, and the
 * parent's are back when the call returns for the second time, with the child's number. Frames nest. The
 * seam's vfork.S and clone.S (capos-runtime/musl) save the registers.
 */
#ifndef POSIX_VFORK_H
#define POSIX_VFORK_H

#include "posix/posix.h"

/* What the second return needs; filled by the assembly. */
struct vfork_regs {
    uint64_t rbx, rbp, r12, r13, r14, r15, rsp, rip;
};

/* Loads the registers and returns `pid` from the call that saved them. */
typedef void vfork_resume(const struct vfork_regs *regs, long pid);

/* posix_vfork_begin: opens a frame; the caller fills in the registers. NULL: too many children or frames
 * (EAGAIN). */
struct vfork_regs *posix_vfork_begin(vfork_resume *resume);

/* vfork_depth: open frames. vfork_pid: the number of the innermost child; only with vfork_depth() > 0. */
unsigned vfork_depth(void);
uint32_t vfork_pid(void);

/* The end of the innermost child's part: it has become the process behind `handle`, or ended with `code`. */
_Noreturn void vfork_exec(uint32_t handle);
_Noreturn void vfork_exit(int64_t code);

#endif
