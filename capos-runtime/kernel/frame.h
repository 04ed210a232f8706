/* SPDX-License-Identifier: MIT */
/*
 * The frame allocator's side towards boot and heap (the rest is in machine.h).
 * Invariant: frames of the ranges given at the start belong to it; any other physical address (boot image,
 * devices) is left alone by frame_ref and frame_unref.
 */
#ifndef KERNEL_FRAME_H
#define KERNEL_FRAME_H

#include "kernel/machine.h"

/* Where frame_ptr looks; a host test builds with a base of its own. */
#ifndef FRAME_DIRECT_BASE
#define FRAME_DIRECT_BASE 0xffff800000000000ul
#endif

#define FRAME_RANGES 32u
struct frame_meta {
    uint32_t refs; /* 0: free */
    uint32_t next,
        prev; /* free list (frame numbers); next of a heap block's first frame: its length in frames */
};

/* Adds [start, end); meta has one entry for each of its frames and need not be cleared. Panics when there are
 * too many ranges. */
void frame_add_range(paddr_t start, paddr_t end, struct frame_meta *meta);
/* A number kept with a frame that is in use, for whoever took it. */
void frame_note_set(paddr_t pa, uint32_t note);
uint32_t frame_note(paddr_t pa);
/* Frames that others hold ready for the next time: they count as free. */
extern uint64_t frame_cached;
/* f gives back what it holds ready, true if there was any; it is called when nothing else is left, and may be
 * named any number of times. */
void frame_on_shortage(bool (*f)(void));

#endif
