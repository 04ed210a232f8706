/* SPDX-License-Identifier: MIT */
/*
 * The address space a process starts in, and the limits every process lives under.
 * Invariant: numbers only; the asserts below tie the regions together, so one moved address breaks the build.
 * Source: the published process layout, ring, CapSet and per-process limits.
 */
#ifndef ABI_LAYOUT_H
#define ABI_LAYOUT_H

#include <stdint.h>

#define CAPOS_PAGE_SIZE UINT64_C(4096)

/* Image: ET_EXEC segments lie in [base, limit). Stack: 16 pages from its base upwards, grows down from the
 * top. */
#define CAPOS_IMAGE_BASE  UINT64_C(0x200000)
#define CAPOS_IMAGE_LIMIT UINT64_C(0xff0000)
#define CAPOS_STACK_BASE  UINT64_C(0x1000000)
#define CAPOS_STACK_PAGES UINT64_C(16)
#define CAPOS_STACK_TOP   (CAPOS_STACK_BASE + CAPOS_STACK_PAGES * CAPOS_PAGE_SIZE)

/* Thread-local storage of the first thread, then the ring page, then the read-only CapSet page. */
#define CAPOS_TLS_BASE     UINT64_C(0x1100000)
#define CAPOS_TLS_LIMIT    CAPOS_RING_VADDR
#define CAPOS_RING_VADDR   UINT64_C(0x1200000)
#define CAPOS_CAPSET_VADDR UINT64_C(0x1300000)

/* Ours: VirtualMemory places ranges from here up, and takes no hint below. */
#define CAPBENCH_VM_LOW UINT64_C(0x10000000)

/* Limits of one process. */
#define CAPOS_MAX_CAP_SLOTS      256u    /* capability-table slots; each has 256 lifetimes */
#define CAPOS_MAX_CALLS          64u     /* outstanding calls */
#define CAPOS_MAX_THREADS        16u     /* threads, the first one included */
#define CAPOS_MAX_SLEEPERS       8u      /* pending Timer.sleep calls */
#define CAPOS_MAX_FRAME_PAGES    4096u   /* pages granted by FrameAllocator */
#define CAPOS_MAX_RESERVED_PAGES 262144u /* pages of VirtualMemory reservations */
#define CAPOS_SCRATCH_BYTES      262144u /* message scratch a process may occupy in the kernel */
#define CAPOS_INLINE_DATA_BYTES  65536u  /* one call's message with its data and framing */

/* Exit codes the published runtime gives itself. */
#define CAPOS_EXIT_PANIC         101 /* the program panicked */
#define CAPOS_EXIT_BAD_BOOTSTRAP 120 /* ring, CapSet or startup block unusable */
#define CAPOS_EXIT_RING_BROKEN   121 /* the ring client lost its protocol */

_Static_assert(CAPOS_IMAGE_LIMIT == CAPOS_STACK_BASE - 65536, "64 KiB guard between image and stack");
_Static_assert(CAPOS_STACK_TOP <= CAPOS_TLS_BASE && CAPOS_TLS_LIMIT <= CAPOS_CAPSET_VADDR,
               "regions in order");

#endif
