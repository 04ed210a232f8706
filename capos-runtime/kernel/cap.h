/* SPDX-License-Identifier: MIT */
/*
 * Capability objects: the one shape every cap_*.c file fills in. A file defines a struct that begins with
 * `struct cap_object`, a `struct cap_class` with a table of methods, and registers nothing: cap_sources.c
 * (boot and spawn sources) names constructors. Invariant: a method decodes and checks everything, then acts.
 * It either fills call->results and returns 0, or returns call_raise(…), or keeps the call and returns
 * CALL_PENDING, to end it later by call_complete or call_fail exactly once.
 */
#ifndef KERNEL_CAP_H
#define KERNEL_CAP_H

#include "abi/errors.h"
#include "abi/interfaces.h"
#include "capnp/capnp.h"
#include "kernel/machine.h"

struct call;
struct cap_object;
struct fs_part; /* fs.h */

struct cap_method {
    const char *name;              /* as in the schema; for messages and for `unimplemented` */
    int (*invoke)(struct call *c); /* NULL: raises `unimplemented`, by name */
};

struct cap_class {
    const char *name; /* "Directory" */
    uint64_t interface_id;
    bool transferable; /* may be named by transfer descriptors and moved by spawn grants (raw spawn grants
                          always may copy) */
    const struct cap_method *methods; /* indexed by ordinal */
    uint16_t nmethods;
    void (*destroy)(struct cap_object *o); /* the last reference went */
    void (*closed)(
        struct cap_object *o,
        void *slot_tag); /* one capability (slot) to it was removed; NULL: nothing to do. slot_tag is NULL */
    bool bound; /* is about one process (VirtualMemory, ThreadControl …): a spawn grant of it is refused */
    uint32_t bulk_methods;     /* bit n: method n takes one word and one Data, which may stay in the caller's
                                  memory until it wants it: struct call's bulk_len */
    uint32_t transfer_methods; /* bit n: method n takes capabilities by descriptors; the others refuse them
                                  with -6 */
    const char *(*mode)(
        const struct cap_object *o); /* one word for the spawn line that says how much the object
                                        allows ("ro", "rw" ...); NULL: nothing to say */
};

struct cap_object {
    const struct cap_class *cls;
    uint32_t refs;
};

/* Starts life with one reference, the caller's. heap_alloc'd by the constructor, which is also who frees it
 * in destroy. */
static inline void cap_object_init(struct cap_object *o, const struct cap_class *cls)
{
    o->cls = cls;
    o->refs = 1;
}
static inline void cap_ref(struct cap_object *o)
{
    o->refs++;
}
void cap_unref(struct cap_object *o);

#define CALL_PENDING         1
#define CALL_MAX_RESULT_CAPS 8
#define CALL_MAX_TRANSFERS   16

struct call {
    struct process *process;         /* the caller; NULL once it has died: completion is then dropped */
    struct thread *thread;           /* who submitted */
    struct cap_object *object;       /* referenced for the call's life */
    const char *slot_name;           /* grant name the capability came from, for counting; may be "" */
    uint64_t user_data, result_addr; /* ring's own */
    uint32_t result_cap;             /* bytes the caller offered at result_addr */
    uint16_t method;
    /* From here to `cancel`: all zero when a call starts. */
    uint16_t ntransfers, nresult_caps;
    uint16_t moves;               /* ring's own: bit i: transfer i is a move; xfer_ids[i] its slot */
    uint16_t cqe_flags, cqe_caps; /* ring's own */
    bool has_results;             /* call_results was called */
    const char *refusal;          /* call.c's: the word of an exception that refused authority, or NULL */
    uint32_t direct;              /* ring's own: bytes of an answer that is in the caller's buffer already */
    bool done;                    /* status is final; only the CQE is still to be written */
    int32_t status;               /* CQE result once it is known */
    void *priv;                   /* the method's own while pending */
    void (*cancel)(
        struct call *c); /* while pending: the process is dying; unlink and forget (the ring frees c) */
    uint64_t bulk_addr;  /* ring's own */
    uint32_t
        bulk_len; /* > 0: that many bytes of Data are not in params but behind call_bulk_parts or _copy */
    struct capnp_msg params_msg;
    struct capnp_struct params;   /* root of the params (empty struct when len was 0) */
    struct capnp_builder results; /* over kernel scratch; not valid after CALL_PENDING: see call_resume */
    /* Transferred in: taken from the caller's table after all checks (copies are referenced, moves removed).
       The method takes over what it keeps by setting the entry to NULL; the rest is put back or dropped by
       the ring. */
    struct cap_object *transfer[CALL_MAX_TRANSFERS];
    /* Results: objects to be inserted in the caller's table (one reference each passes to the ring). The
       index given back is what goes in a `…Index` field and in capnp capability pointers. */
    struct cap_object *result_caps[CALL_MAX_RESULT_CAPS];
    struct call *next, **prev; /* the object's waiter list while pending, see call_list */
    /* ring's own */
    struct call *next_outstanding,
        **prev_outstanding; /* of the process: pending, or done and waiting for room in the CQ */
    uint32_t xfer_ids[CALL_MAX_TRANSFERS];
};

/* Raises a CapException: returns the value to return from the method. fmt as klog's. type: CAPOS_EXC_* of
 * abi/errors.h. */
int call_raise(struct call *c, unsigned type, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Negative errno → the exception that says it (ENOMEM, ENOSPC, EMFILE → overloaded; EINVAL, ENAMETOOLONG … →
   invalidArgument; else failed). The text starts with a stable word (`not found`, `exists`, `not a
   directory`, `is a directory`, `not empty`, `read-only`, `no space`, …: errno_words in call.c) so that
   libcapos maps it back. */
int call_raise_errno(struct call *c, int err, const char *what);
/* Ends the call with a bare CQE error (CAPOS_ERR_*): returns the value to return from the method. */
int call_refuse(struct call *c, int32_t status);
/* Results root; call once per call (also in a pending call just before completion). */
int call_results(struct call *c, uint16_t dwords, uint16_t nptrs, struct capnp_bstruct *out);
/*
 * An answer that is one Data and nothing else (a root without data words, that one pointer), read into the
 * caller's own buffer: call_data_parts gives the places of its up to `want` bytes, at most CALL_DATA_PARTS,
 * or 0 when the buffer's pages are not to be had (then the answer is built as ever, and the ring says what is
 * wrong). call_data_done makes the answer of the first `got` of them. What is raised instead overwrites it.
 */
#define CALL_DATA_PARTS 18u
unsigned call_data_parts(struct call *c, uint32_t want, struct fs_part *parts);
int call_data_done(struct call *c, uint32_t got);
/* Of a call with bulk_len: where its Data lies, in order, at most CALL_DATA_PARTS; or a copy of it, in one
 * piece. 0 parts, NULL: the caller's pages are not to be had: call_refuse with
 * CAPOS_ERR_INVALID_PARAMS_BUFFER. */
unsigned call_bulk_parts(struct call *c, struct fs_part *parts);
const uint8_t *call_bulk_copy(struct call *c);
/* Adds a result capability (takes over one reference). Returns its index, or a negative errno (-EMFILE when
 * the caller's table is full: checked here). */
int call_add_cap(struct call *c, struct cap_object *o);
/* Pending calls. A method that waits puts the call on the object's list, sets c->cancel, returns
   CALL_PENDING. To end it: call_resume(c) prepares results over a buffer that is always there, then fill,
   then call_complete(c); or call_fail(c, type, …). Safe from interrupt context. */
void call_resume(struct call *c);
void call_complete(struct call *c);
void call_fail(struct call *c, unsigned type, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
struct call_list {
    struct call *first, **last;
};
void call_list_init(struct call_list *l);
void call_list_push(struct call_list *l, struct call *c);                        /* as the last */
void call_list_insert(struct call_list *l, struct call *c, struct call *before); /* NULL: as the last */
void call_list_remove(struct call_list *l, struct call *c);

/* ---- constructors, one per object file (each returns a new object with one reference, or NULL when memory
 * is out) ---- */
struct cap_object *cap_console_new(void); /* program console */
struct cap_object *cap_stdio_new(void);
struct cap_object *cap_terminal_new(void);
struct cap_object *cap_timer_new(void);
struct cap_object *cap_wall_clock_new(void);
struct cap_object *cap_entropy_new(void);
struct cap_object *cap_system_info_new(void);
struct cap_object *cap_boot_package_new(const uint8_t *manifest, size_t len); /* bytes stay valid for ever */
struct cap_object *cap_null_new(void);
struct cap_object *cap_vm_new(struct process *p); /* bound to p; not transferable */
struct cap_object *cap_thread_control_new(struct process *p);
struct cap_object *cap_thread_spawner_new(struct process *p); /* create: `unimplemented` until served */
struct cap_object *cap_frame_allocator_new(struct process *p);
struct cap_object *cap_memory_object_new(struct process *accounted, uint32_t pages); /* zeroed frames */
struct cap_object *cap_manager_new(struct process *p); /* CapabilityManager over p's table */
struct cap_object *cap_process_handle_new(struct process *p);
struct process *cap_process_handle_target(struct cap_object *o); /* NULL: no ProcessHandle */
struct cap_object *cap_spawner_new(struct process *p);
int cap_pipe_new(uint32_t bytes, struct cap_object **read_end,
                 struct cap_object **write_end); /* 0 or -ENOMEM, -EINVAL */
struct cap_object *cap_bench_channel_new(void);  /* Pipe over virtio console 0 */
struct cap_object *cap_directory_new(void);      /* fresh empty RAM directory */
struct blobs;
struct cap_object *cap_store_new(void);             /* a fresh empty one in RAM */
struct cap_object *cap_store_over(struct blobs *b); /* takes over b, also when it fails */
struct cap_object *cap_namespace_new(void);
struct cap_object *cap_block_device_new(void); /* the machine's disk */
/* The tree of the store on the disk, from its root; NULL with *err and *why as diskstore_get says. */
struct cap_object *cap_writable_fs_root_new(int *err, const char **why);
struct cap_object *cap_read_only_fs_root_new(int *err, const char **why);
struct cap_object *cap_persistent_store_new(int *err, const char **why); /* its blobs */
struct cap_object *cap_ext_new(
    void); /* capbench_ext: readOnly(Directory or File by copy descriptor) → readOnly view, result cap 0 */
struct cap_object *cap_file_spawner_new(bool restricted); /* file_spawner: spawn from the bytes of a File */
/* A view of a ProcessSpawner (or FileSpawner: any_name) that gives children no kernel source but those bound
 * to them, and starts only the binaries named (unless any_name). *err: -EINVAL no spawner, -ENOMEM. */
struct cap_object *cap_spawner_restrict(struct cap_object *base, struct capnp_list *names, bool any_name,
                                        int *err);
/* Boot image: ramfs over cpio (ramfs.c): pages are borrowed from the image until written. */
struct cap_object *cap_image_directory_new(const uint8_t *image, size_t len, const char *path,
                                           bool read_only);
struct cap_object *cap_image_file_new(const uint8_t *image, size_t len, const char *path);

#endif
