/* SPDX-License-Identifier: MIT */
/* Included ahead of frame.c and heap.c in test_frame. Invariant: moves the direct map to the test's arena and
 * nothing else. */
#ifndef TEST_FRAME_BASE_H
#define TEST_FRAME_BASE_H
extern char *test_memory;
#define FRAME_DIRECT_BASE test_memory
#endif
