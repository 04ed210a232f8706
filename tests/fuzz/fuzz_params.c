/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes what the capability objects make of params: an input is a list of calls (object, method, room for
 * the answer, message) on one of each object; capabilities that come back join the objects that can be
 * called. Record: object u8, method u8, room u16 (times 8), length u16, message. Invariant: no call reads or
 * writes outside its message, every answer is a well-formed message, every call ends once, and all memory
 * comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "abi/ext.h"
#include "cap_harness.h"
#include "fuzz.h"

enum { MAX_OBJECTS = 48, MAX_CALLS = 60, HEAD = 6 };

static struct cap_object *objects[MAX_OBJECTS];
static size_t nobjects;
static struct hcall *calls[MAX_CALLS];
static size_t ncalls;

/* vm.c is not under test here: mapping always fails. */
int vm_map_frames(struct process *p, uint64_t hint, const paddr_t *frames, uint32_t n, unsigned prot,
                  struct cap_object *owner, uint64_t *addr)
{
    (void)p, (void)hint, (void)prot, (void)owner, (void)addr;
    for (uint32_t i = 0; i < n; i++)
        fuzz_check(frames[i] != 0);
    return -ENOMEM;
}

int vm_unmap_frames(struct process *p, uint64_t addr, uint64_t size, struct cap_object *owner)
{
    (void)p, (void)owner;
    fuzz_check(addr % PAGE_SIZE == 0 && size % PAGE_SIZE == 0 && size != 0);
    return -EINVAL;
}

int vm_protect_frames(struct process *p, uint64_t addr, uint64_t size, unsigned prot,
                      struct cap_object *owner)
{
    fuzz_check((prot & (PROT_W | PROT_X)) != (PROT_W | PROT_X));
    return vm_unmap_frames(p, addr, size, owner);
}

static void object_add(struct cap_object *o)
{
    fuzz_check(o != NULL);
    if (nobjects < MAX_OBJECTS)
        objects[nobjects++] = o;
    else
        cap_unref(o);
}

/* In the order the seeds count on. */
static void objects_make(void)
{
    struct cap_object *r = NULL, *w = NULL;

    object_add(cap_console_new());
    object_add(cap_terminal_new());
    object_add(cap_stdio_new());
    object_add(cap_timer_new());
    object_add(cap_wall_clock_new());
    object_add(cap_entropy_new());
    object_add(cap_system_info_new());
    object_add(cap_boot_package_new((const uint8_t *)"manifest", 8));
    object_add(cap_null_new());
    object_add(cap_frame_allocator_new(&harness_process));
    object_add(cap_bench_channel_new());
    object_add(cap_directory_new());
    object_add(cap_store_new());
    object_add(cap_namespace_new());
    object_add(cap_ext_new());
    fuzz_check(cap_pipe_new(5000, &r, &w) == 0);
    object_add(r);
    object_add(w);
}

enum { SEED_DIRECTORY = 11, SEED_READ_END = 15, SEED_WRITE_END = 16, SEED_OBJECTS = 17 };

static void call_run(const uint8_t *head, const uint8_t *message, size_t len)
{
    struct cap_object *o = objects[head[0] % nobjects];
    uint32_t room = 8u * (uint32_t)((head[2] | head[3] << 8) & 0x1fff);
    struct hcall *h = h_raw(o, head[1], message, len, room);

    if (h == NULL)
        return;
    if (h->pending) {
        calls[ncalls++] = h;
        return;
    }
    for (unsigned i = 0; i < h->c.nresult_caps; i++)
        if (!h->raised)
            object_add(h_take(h, i));
    h_free(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    harness_begin();
    nobjects = ncalls = 0;
    objects_make();
    while (len >= HEAD && ncalls < MAX_CALLS) {
        size_t n = (size_t)data[4] | (size_t)data[5] << 8;

        if (n > len - HEAD)
            n = len - HEAD;
        call_run(data, data + HEAD, n);
        data += HEAD + n;
        len -= HEAD + n;
    }
    harness_type(0, "bench", 5);
    harness_type(1, "line\rab\x7f\x15z\x03\x04", 11);
    harness_tick(1000);
    for (size_t i = 0; i < ncalls; i += 2)
        if (calls[i]->pending)
            h_kill(calls[i]);
    for (size_t i = 0; i < nobjects; i++)
        cap_unref(objects[i]);
    for (size_t i = 0; i < ncalls; i++) {
        if (calls[i]->pending)
            h_kill(calls[i]);
        h_free(calls[i]);
    }
    fuzz_check(harness_process.nsleepers == 0 && harness_process.frame_grants == 0);
    harness_end();
    return 0;
}

/* ---- seeds ---- */

static uint8_t seed_bytes[32768];
static size_t seed_len;

/* One record: a root of 5 words and 3 pointers with the same number in every data word and the texts given.
 */
static void seed_call(unsigned object, unsigned method, uint64_t number, const char *first,
                      const char *second, bool text)
{
    uint8_t *head = seed_bytes + seed_len;
    static uint8_t message[4096] __attribute__((aligned(8)));
    struct capnp_builder b;
    struct capnp_bstruct root, request;
    int64_t n = 0;

    capnp_build_init(&b, message, sizeof message);
    (void)capnp_build_root(&b, 5, 3, &root);
    for (uint32_t i = 0; i < 5; i++)
        capnp_set_u64(&root, 8 * i, number);
    if (first == NULL) {
        (void)capnp_set_struct(&root, 0, 1, 1, &request);
        capnp_set_u64(&request, 0, number);
        (void)capnp_set_text(&request, 0, "> ", 2);
    } else if (text) {
        (void)capnp_set_text(&root, 0, first, strlen(first));
        (void)capnp_set_text(&root, 1, second, strlen(second));
    } else {
        (void)capnp_set_data(&root, 0, first, strlen(first));
        (void)capnp_set_data(&root, 1, second, strlen(second));
    }
    n = capnp_build_finish(&b);
    fuzz_check(n > 0 && seed_len + HEAD + (size_t)n <= sizeof seed_bytes);
    head[0] = (uint8_t)object;
    head[1] = (uint8_t)method;
    head[2] = 0;
    head[3] = 2; /* 4096 bytes for the answer */
    head[4] = (uint8_t)n;
    head[5] = (uint8_t)(n >> 8);
    memcpy(head + HEAD, message, (size_t)n);
    seed_len += HEAD + (size_t)n;
}

static void seed_end(struct fuzz_seed *s, size_t from)
{
    s->data = seed_bytes + from;
    s->len = seed_len - from;
}

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static const char hash[] = "0123456789abcdef0123456789abcdef";
    static struct fuzz_seed all[64];
    size_t count = 0, from = 0;

    seed_len = 0;
    for (unsigned o = 0; o < SEED_OBJECTS;
         o++) { /* every method of every object, once with text, with data, with a request */
        from = seed_len;
        for (unsigned m = 0; m < 7; m++)
            seed_call(o, m, 1, "name", hash, m % 2 == 0);
        seed_call(o, 1, 0, NULL, NULL, true);
        seed_call(o, 2, UINT64_C(0x0001000000000050), NULL, NULL, true);
        seed_end(&all[count++], from);
    }
    from = seed_len; /* a file made, written, read, cut, renamed, removed, in a folder made */
    seed_call(SEED_DIRECTORY, CAPOS_M_DIRECTORY_OPEN, 1, "f", "", true);
    seed_call(SEED_OBJECTS, CAPOS_M_FILE_WRITE, 4096, "some bytes", "", false);
    seed_call(SEED_OBJECTS, CAPOS_M_FILE_READ, 4000, "", "", false);
    seed_call(SEED_OBJECTS, CAPOS_M_FILE_TRUNCATE, 10, "", "", false);
    seed_call(SEED_OBJECTS, CAPOS_M_FILE_STAT, 0, "", "", false);
    seed_call(SEED_DIRECTORY, CAPOS_M_DIRECTORY_MKDIR, 0, "d", "", true);
    seed_call(SEED_OBJECTS + 1, CAPOS_M_DIRECTORY_CREATE, 0, "g", "", true);
    seed_call(SEED_DIRECTORY, CAPOS_M_DIRECTORY_LIST, 0, "", "", true);
    seed_call(SEED_DIRECTORY, CAPOS_M_DIRECTORY_RENAME, 0, "f", "h", true);
    seed_call(SEED_DIRECTORY, CAPOS_M_DIRECTORY_REMOVE, 0, "h", "", true);
    seed_end(&all[count++], from);
    from = seed_len; /* pipe: read waits, is served, write, close */
    seed_call(SEED_READ_END, CAPOS_M_PIPE_READ, 100, "", "", false);
    seed_call(SEED_WRITE_END, CAPOS_M_PIPE_WRITE, 0, "through the pipe", "", false);
    seed_call(SEED_READ_END, CAPOS_M_PIPE_READ, 5, "", "", false);
    seed_call(SEED_WRITE_END, CAPOS_M_PIPE_CLOSE, 0, "", "", false);
    seed_call(SEED_READ_END, CAPOS_M_PIPE_READ, 100, "", "", false);
    seed_end(&all[count++], from);
    *seeds = all;
    return count;
}
