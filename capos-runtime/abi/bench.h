/* SPDX-License-Identifier: MIT */
/*
 * The bench channel: framed messages between the guest's agent and the engine, over the first virtio console.
 * Invariant: little-endian; a frame is a 40-byte header and `len` payload bytes; `seq` counts from 0 in each
 * direction without a gap; `nonce` is the run's; both checksums hold. Whoever reads checks all of it: a gap,
 * a wrong nonce or a wrong checksum makes the run invalid. Bytes before the first frame are never skipped
 * over. Source: ours (workloads/PROTOCOL.md has the plan and the image that go with it).
 */
#ifndef ABI_BENCH_H
#define ABI_BENCH_H

#include <stddef.h>
#include <stdint.h>

#define BENCH_MAGIC       UINT32_C(0x31464243) /* "CBF1" */
#define BENCH_MAX_PAYLOAD UINT32_C(61440)
#define BENCH_PATH_MAX    UINT32_C(255)

/* Frame types. Guest to host unless said otherwise. */
enum bench_type {
    BENCH_HELLO = 1,      /* text: "agent <version> <capos|linux>"; the first frame */
    BENCH_OUTPUT = 2,     /* struct bench_output, then the program's bytes */
    BENCH_BEGIN = 3,      /* struct bench_mark: a timed region starts */
    BENCH_END = 4,        /* struct bench_mark: it has ended */
    BENCH_EXIT = 5,       /* struct bench_exit: how the program of a region ended */
    BENCH_FILE_BEGIN = 6, /* struct bench_file, then the path (relative, no "..", at most BENCH_PATH_MAX) */
    BENCH_FILE_DATA = 7,  /* the file's next bytes */
    BENCH_FILE_END = 8,   /* no payload: all `size` bytes have been sent */
    BENCH_LOG = 9,        /* text: a line for the run's log */
    BENCH_ERROR = 10,     /* text: the agent could not carry out the plan; DONE with status 1 follows */
    BENCH_STAT = 11,      /* text: key=value lines (resource use, informative) */
    BENCH_DONE = 12,      /* struct bench_done: the last frame */
    BENCH_STEP = 13,      /* text: the plan step that starts now (progress) */
    BENCH_SYNC = 14,      /* text: what for; the agent waits for BENCH_GO */
    /* Host to guest, from HELLO on; a sequence of its own from 0. */
    BENCH_STDIN = 32, /* bytes for the program's standard input; empty: its end */
    BENCH_GO = 33,    /* no payload: the answer to BENCH_SYNC */
    BENCH_SIZE = 34,  /* struct bench_size: the terminal of a program that has one is that large now */
};

enum bench_exit_kind {
    BENCH_EXITED = 0,  /* ended by itself; code is its exit code */
    BENCH_FAULTED = 1, /* ended by the system for a fault; code is the signal (Linux) or vector (capOS) */
    BENCH_KILLED = 2,  /* ended by the agent: over a limit */
    BENCH_SPAWN_FAILED = 3, /* never ran; code is the errno (negative) */
};

struct bench_frame {
    uint32_t magic;
    uint16_t type;
    uint16_t zero;
    uint32_t seq;
    uint32_t len;
    uint64_t nonce;
    uint64_t guest_ns;    /* the guest's monotonic clock when the frame was made */
    uint32_t payload_crc; /* CRC-32 (IEEE 802.3, reflected, as in zlib) of the payload */
    uint32_t header_crc;  /* the same over the 36 bytes before this field */
};

struct bench_mark {
    uint32_t iteration; /* counts from 0, warm-ups first */
    uint32_t region;    /* index of the `timed` line within an iteration */
    uint32_t warmup;    /* 1: not a sample */
    uint32_t zero;
};

struct bench_exit {
    uint32_t iteration, region;
    uint32_t kind; /* enum bench_exit_kind */
    uint32_t zero;
    int64_t code;
};

struct bench_output {
    uint32_t stream; /* 1 standard output, 2 standard error */
};

struct bench_file {
    uint64_t size;
    uint32_t kind; /* 0 regular file, 1 directory (size 0, no data frames) */
    uint32_t zero;
};

struct bench_size {
    uint16_t rows, columns;
};

struct bench_done {
    uint32_t status; /* 0: the plan was carried out (programs may still have failed) */
    uint32_t frames; /* frames sent before this one: must equal seq */
};

_Static_assert(sizeof(struct bench_frame) == 40, "frame header");
_Static_assert(offsetof(struct bench_frame, header_crc) == 36, "header checksum");
_Static_assert(sizeof(struct bench_mark) == 16 && sizeof(struct bench_exit) == 24, "marks");
_Static_assert(sizeof(struct bench_file) == 16 && sizeof(struct bench_done) == 8, "files");
_Static_assert(sizeof(struct bench_size) == 4, "size of a terminal");

/* Values written to the isa-debug-exit port 0xf4; QEMU's exit status is (2v + 1) & 255. */
#define BENCH_DEBUG_EXIT_PORT 0xf4
enum bench_debug_exit {
    BENCH_QEMU_SUCCESS = 0x10,     /* 33: the first process (agent) ended with 0 */
    BENCH_QEMU_INIT_FAILED = 0x11, /* 35: it ended otherwise */
    BENCH_QEMU_PANIC = 0x12,       /* 37: kernel panic */
    BENCH_QEMU_EXCEPTION = 0x13,   /* 39: unexpected exception in the kernel */
    BENCH_QEMU_BOOT_REFUSED = 0x14 /* 41: bad image or manifest; the reason is on the serial port */
};

#endif
