/* SPDX-License-Identifier: MIT */
/*
 * Running one guest once: image in, frames and an outcome out. The only part of the engine that knows QEMU.
 * Invariant: when guest_run returns, no QEMU of ours is alive and every callback has been made.
 * Environment: CAPBENCH_BUILD overrides where kernels and agents are found (files_build_dir), CAPBENCH_QEMU
 * the emulator.
 */
#ifndef ENGINE_GUEST_H
#define ENGINE_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk.h"

enum guest_kind { GUEST_CAPOS, GUEST_LINUX, GUEST_NATIVE };
enum guest_accel { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG, ACCEL_ICOUNT };

/*
 * A file of the run image: `path` inside it, bytes from `host_path` or from `data`. A path that ends in '/'
 * is a folder (needed only for an empty one; parents are implied).
 */
struct guest_file {
    const char *path;
    const char *host_path; /* NULL: use data */
    const void *data;
    size_t len;
    bool executable;
    bool link; /* below bin/: another name of the file beside it that `data` names */
};

/* A capability for the capOS boot manifest beyond the agent's fixed ones is not needed: grants are in the
 * plan. */
struct guest_job {
    enum guest_kind kind;
    enum guest_accel accel; /* never ACCEL_AUTO here; of no meaning for GUEST_NATIVE */
    unsigned memory_mib;
    bool lazy_memory; /* not preallocated: for a run whose times nobody uses (starts seconds earlier) */
    uint64_t nonce;
    const struct guest_file *files; /* bin/…, tree/…; plan, agent, manifest, modules are added by guest_run */
    size_t nfiles;
    const char *plan;    /* text, without the nonce line: guest_run puts it in */
    const char *run_dir; /* existing folder for serial.log, console.log, bench.raw, qemu.log, command.txt,
                            block.jsonl (with a disk) */
    const char *artifact_dir; /* exported files are written below it (made if absent); NULL: refuse exports */
    unsigned limit_seconds;   /* host wall clock for the whole boot */
    uint64_t limit_output_bytes;   /* bench (but for file data) + console + serial bytes */
    uint64_t limit_artifact_bytes; /* exported file bytes in all */
    const char *cpu;               /* NULL: the default, GUEST_CPU */
    const struct disk *disk;       /* NULL: none. A fault's rules are kept in run_dir */
    const char *kernel_option;     /* a word more on the capOS kernel's command line; NULL: none */
    bool store;                    /* the disk's file tree is the guest's /work (the plan says so too) */
    bool terminal; /* the program console has a keyboard (guest_input_type). Its log is not kept, and a guest
                      that writes faster than the console callback takes it stands still meanwhile. Not for
                      GUEST_NATIVE */
};

#define GUEST_CPU "max,-erms"

/*
 * The way to a running guest: frames of the host-to-guest direction. Queued until the agent's HELLO has come,
 * then written as the guest takes them; never blocks.
 */
struct guest_input;
/* Payload bytes that the queue has room for just now as one frame; 0: none (or the guest has ended). */
size_t guest_input_room(const struct guest_input *in);
/*
 * Queues one whole frame of a host-to-guest type (abi/bench.h). 0; -ENOBUFS when there is no room for it (it
 * is not taken in part: try again when something has come from the guest); -EPIPE after the guest's DONE;
 * -EINVAL for a payload over BENCH_MAX_PAYLOAD or a type of the other direction.
 */
int guest_input_send(struct guest_input *in, unsigned type, const void *payload, size_t len);

/* The most that guest_input_type takes at once. */
#define GUEST_TYPED_MAX 4096u
/*
 * Types bytes on the program console of a guest with a keyboard. 0; -ENOBUFS while the guest has not taken
 * what was typed before; -ENOTTY without a keyboard; -EINVAL for more than GUEST_TYPED_MAX bytes.
 */
int guest_input_type(struct guest_input *in, const void *bytes, size_t n);

/* QEMU's counters of what the guest did with its disk since it was started. */
struct guest_block_stats {
    uint64_t read_ops, read_bytes, write_ops, write_bytes, flush_ops;
};

/*
 * Called on the engine's one thread, in order; any may be NULL. `host_ns` is CLOCK_MONOTONIC_RAW, read right
 * after the bytes were. Frames have passed every check of channel.h, so payloads have the shape of their
 * type; they are valid during the call only. Frames of exported files come too, after their bytes were
 * written.
 */
struct guest_callbacks {
    void *ctx;
    void (*started)(void *ctx, char *const *argv, uint64_t host_ns);
    void (*frame)(void *ctx, unsigned type, uint64_t guest_ns, uint64_t host_ns, const void *payload,
                  size_t len);
    void (*console)(void *ctx, const void *bytes, size_t len); /* program console (second virtio console) */
    void (*serial)(void *ctx, const void *bytes, size_t len);  /* kernel messages */
    bool (*interrupted)(
        void *ctx); /* asked at least once a second and after every signal; true ends the guest */
    /* Once, after `started`; `in` is good until guest_run returns. */
    void (*opened)(void *ctx, struct guest_input *in);
    /*
     * A descriptor of the caller's that is watched in the same loop, for what a user types: called when
     * `watched_fd` is readable (or at its end) and both the queue has room for a whole frame and what was
     * typed before is taken; false: watch it no longer.
     */
    int watched_fd;
    bool (*watched)(void *ctx);
    /* A guest with a disk, at each SYNC, before it goes on: `text` is the frame's. */
    void (*block)(void *ctx, const char *text, const struct guest_block_stats *stats);
};

enum guest_end {
    GUEST_OK,           /* DONE seen, nonce right, QEMU's status is success */
    GUEST_AGENT_FAILED, /* BENCH_ERROR, or the first process ended with non-zero */
    GUEST_PANIC,        /* kernel panic (capOS or Linux) */
    GUEST_EXCEPTION,    /* unexpected exception in the capOS kernel */
    GUEST_BOOT_REFUSED, /* image or manifest refused */
    GUEST_RESET,        /* triple fault or reset: QEMU ended with 0 or by guest-reset without DONE */
    GUEST_HANG,         /* over limit_seconds */
    GUEST_FLOOD,        /* over limit_output_bytes or limit_artifact_bytes */
    GUEST_CHANNEL,      /* bench channel broken: gap, checksum, nonce; or an export that breaks the rules */
    GUEST_QEMU_ERROR,   /* QEMU could not start or ended by itself with an error */
    GUEST_INTERRUPTED
};

struct guest_outcome {
    enum guest_end end;
    int qemu_status;         /* exit status, or 128 + signal */
    char reason[256];        /* one line for people, printable ASCII, always set unless GUEST_OK */
    uint64_t start_ns;       /* host, when QEMU was started */
    uint64_t first_frame_ns; /* host, HELLO received; 0 if none */
    uint64_t end_ns;
    char **argv; /* the command line used, NULL-terminated */
    uint64_t frames;
    uint64_t image_bytes;    /* size of the run image; 0 for GUEST_NATIVE */
    uint64_t artifact_bytes; /* exported file bytes */
};

/*
 * Boots the guest, feeds it the image, dispatches what comes, ends QEMU and fills `out` (guest_outcome_free
 * frees its parts). Returns 0 when the guest was started and has ended, however it ended; a negative errno
 * when it could not even be tried (missing kernel file -ENOENT, …) or the host failed meanwhile (-ENOSPC
 * writing a log …), with out->reason set. GUEST_NATIVE runs the Linux agent's programs on the host in a
 * private directory under run_dir and makes the same callbacks (no serial, no console).
 */
int guest_run(const struct guest_job *job, const struct guest_callbacks *cb, struct guest_outcome *out);
/* Frees what guest_run put into `out`. */
void guest_outcome_free(struct guest_outcome *out);
/* "ok", "agent failed", "panic" … */
const char *guest_end_name(enum guest_end end);
/* "capos", "linux", "native". */
const char *guest_kind_name(enum guest_kind kind);

/*
 * SHA-256 in hex of the workload tree in a file list: the entries below tree/ (sorted; for each its kind,
 * path, size, bytes), so neither executables nor plan nor nonce. 0, or a negative errno with one line in
 * `why`.
 */
int guest_tree_hash(const struct guest_file *files, size_t nfiles, char hex[65], char *why, size_t whylen);

/*
 * Resolves ACCEL_AUTO: boots our kernel under KVM with one ring-3 system call, limit 2 s; falls back to TCG.
 * `why` (size n) gets one line that says what was chosen and why. Asked-for accelerators are checked
 * likewise: ACCEL_KVM that does not work is -ENODEV.
 */
int guest_accel_resolve(enum guest_accel asked, enum guest_accel *chosen, char *why, size_t n);
/* "auto", "kvm", "tcg", "icount". */
const char *guest_accel_name(enum guest_accel accel);

/*
 * Compares two command lines against the allow-list (the values of -kernel, -initrd, -append, and of -drive
 * the file name). `diff` gets a malloc'd text of all differences, one a line, those beyond the list marked
 * "not allowed" (caller frees). Returns the number beyond the allow-list.
 */
int guest_argv_diff(char *const *a, char *const *b, char **diff);

#endif
