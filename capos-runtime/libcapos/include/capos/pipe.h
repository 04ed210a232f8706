/* SPDX-License-Identifier: MIT */
/*
 * Pipe. Invariant: one capability is one end. End of file comes when the last capability to the write end is
 * gone; a write whose reader is gone gives -EPIPE. Errors are negative errno values. Source: the published
 * schema.
 */
#ifndef CAPOS_PIPE_H
#define CAPOS_PIPE_H

#include "abi/fields.h"
#include "capos/call.h"

/* capos_pipe_read: waits for bytes, at most `len`; gives how many came, 0 at the end of file. */
int64_t capos_pipe_read(uint32_t pipe, void *buf, size_t len);
/* capos_pipe_write: waits for room; gives how many of `len` bytes went in (at least one). Nothing is done for
 * len 0. */
int64_t capos_pipe_write(uint32_t pipe, const void *buf, size_t len);
/* capos_pipe_close: closes this end for every holder; to drop one's own capability use capos_release. */
int capos_pipe_close(uint32_t pipe);
int capos_pipe_is_closed(uint32_t pipe, bool *closed);

/*
 * capos_pipe_read_begin: starts a read that is waited for later; `buf` (8-aligned, `bytes` long) takes the
 * whole reply: CAPOS_PIPE_READ_MEM(n) bytes for a read of up to n. It cannot be taken back.
 * capos_pipe_read_end: once a->op.done, the data inside `buf`: *p, and the count as result, 0 at the end of
 * file.
 */
#define CAPOS_PIPE_READ_MEM(n) ((n) + 64u)
int capos_pipe_read_begin(struct capos_async *a, uint32_t pipe, void *buf, size_t bytes);
int64_t capos_pipe_read_end(const struct capos_async *a, const uint8_t **p);

/*
 * capos_pipe_write_begin: starts a write that is waited for later. `mem` (8-aligned) takes request and reply:
 * the CAPOS_PIPE_WRITE_MEM(len) bytes of it. At most CAPOS_PIPE_ATOMIC bytes of `buf` go in, whole.
 * capos_pipe_write_end: once a->op.done, how many went in; -EPIPE: nobody reads.
 */
#define CAPOS_PIPE_ATOMIC         4096u
#define CAPOS_PIPE_WRITE_MEM(len) ((len) + 256u)
int capos_pipe_write_begin(struct capos_async *a, uint32_t pipe, const void *buf, size_t len, void *mem,
                           size_t bytes);
int64_t capos_pipe_write_end(const struct capos_async *a);

#endif
