/* SPDX-License-Identifier: MIT */
/*
 * Processes: what a new one finds, spawning with grants, handles, the capability manager, faults, and giving
 * everything back. Invariant: after each test no process, page table, thread or frame is left, whatever
 * failed in between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "abi/errno.h"
#include "abi/ext.h"
#include "abi/fields.h"
#include "host_image.h"
#include "host_process.h"
#include "kernel/textcache.h"

static struct host_image image;
static struct process *parent;
static struct thread *parent_thread;
static struct hp_call call;
static uint64_t frames_before;

static int setup(void **state)
{
    (void)state;
    const struct hi_cap caps[] = {{"process_spawner", "process_spawner", NULL},
                                  {"console", "console", NULL},
                                  {"directory", "directory", NULL},
                                  {"vm", "virtual_memory", NULL},
                                  {"thread_control", "thread_control", NULL},
                                  {"thread_spawner", "thread_spawner", NULL},
                                  {"null", "null", NULL},
                                  {"file_spawner", "file_spawner", NULL},
                                  {"ext", "capbench_ext", NULL},
                                  {"program", "image_file", "bin/prog"},
                                  {"text", "image_file", "tree/file"}};
    host_reset();
    image = hi_standard(caps, sizeof(caps) / sizeof(caps[0]));
    frames_before = frame_free_count();
    HOST_RUN(objects_start(image.bytes, image.len, ""));
    parent = NULL;
    for (uint32_t pid = 1; parent == NULL; pid++)
        parent = process_find(pid);
    parent_thread = parent->threads;
    host.current = parent_thread;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (process_count() > 0)
        hp_end(parent, 0);
    if (host.exit_value == 0)
        HOST_RUN(host.idle(host.idle_ctx));
    assert_int_equal(process_count(), 0);
    assert_int_equal(frame_free_count(), frames_before);
    assert_int_equal(host_tables(), 0);
    assert_int_equal(host_threads(), 0);
    assert_null(strstr(host.log, "frames lost"));
    hi_free(&image);
    return 0;
}

static void as(struct thread *t)
{
    host.current = t;
}

struct grant {
    const char *name;
    uint32_t cap_id;
    uint16_t mode;
    int source; /* below 0: from the table */
    uint64_t interface;
};

/* Spawns by the spawner `by`. */
static struct capos_cqe spawn_by(uint32_t by, const char *binary, const struct grant *g, uint32_t n)
{
    struct capnp_blist list;
    hp_call_begin(&call, by, CAPOS_M_PROCESS_SPAWNER_SPAWN, 0, 3);
    capnp_set_text(&call.params, CAPOS_P_PROCESS_SPAWNER_SPAWN_NAME_PTR, "child", 5);
    capnp_set_text(&call.params, CAPOS_P_PROCESS_SPAWNER_SPAWN_BINARY_NAME_PTR, binary, strlen(binary));
    capnp_set_struct_list(&call.params, CAPOS_P_PROCESS_SPAWNER_SPAWN_GRANTS_PTR, n, CAPOS_S_CAP_GRANT_WORDS,
                          CAPOS_S_CAP_GRANT_PTRS, &list);
    for (uint32_t i = 0; i < n; i++) {
        struct capnp_bstruct s, source;
        capnp_blist_struct(&list, i, &s);
        capnp_set_text(&s, CAPOS_S_CAP_GRANT_NAME_PTR, g[i].name, strlen(g[i].name));
        capnp_set_u32(&s, CAPOS_S_CAP_GRANT_CAP_ID, g[i].cap_id);
        capnp_set_u16(&s, CAPOS_S_CAP_GRANT_MODE, g[i].mode);
        capnp_set_u64(&s, CAPOS_S_CAP_GRANT_INTERFACE_ID, g[i].interface);
        if (g[i].source < 0)
            continue;
        capnp_set_struct(&s, CAPOS_S_CAP_GRANT_SOURCE_PTR, 1, 0, &source);
        capnp_set_u16(&source, CAPOS_S_CAP_GRANT_SOURCE_TAG, CAPOS_S_CAP_GRANT_SOURCE_TAG_KERNEL);
        capnp_set_u16(&source, CAPOS_S_CAP_GRANT_SOURCE_KERNEL, (uint16_t)g[i].source);
    }
    return hp_call_run(parent, &call);
}

static struct capos_cqe spawn(const char *binary, const struct grant *g, uint32_t n)
{
    return spawn_by(hp_id(parent, "process_spawner"), binary, g, n);
}

/* The youngest process. */
static struct process *child_of_parent(void)
{
    for (uint32_t pid = parent->pid + 1; pid < parent->pid + 2000; pid++) {
        struct process *p = process_find(pid);
        if (p != NULL)
            return p;
    }
    return NULL;
}

static void release(struct process *p, uint32_t id)
{
    struct capos_sqe s = {.opcode = CAPOS_OP_RELEASE, .cap_id = id};
    assert_int_equal(hp_one(p, &s).result, 0);
}

static int64_t wait_code(uint32_t handle)
{
    hp_call_begin(&call, handle, CAPOS_M_PROCESS_HANDLE_WAIT, 0, 0);
    assert_true(hp_call_run(parent, &call).result > 0);
    return (int64_t)capnp_get_u64(&call.root, 0);
}

static void what_a_process_finds(void **state)
{
    (void)state;
    uint8_t data[17] = {0};
    uint64_t word = 1;
    assert_int_equal(user_read(parent, data, HP_DATA, 16), 0);
    assert_string_equal((char *)data, "initialised data");
    assert_int_equal(user_read(parent, &word, HP_DATA + 0x8000, 8), 0);
    assert_int_equal(word, 0);
    assert_int_equal(user_check(parent, 0x200000, 4096, PROT_R | PROT_X), 0);
    assert_int_equal(user_check(parent, 0x200000, 4096, PROT_W), -EFAULT);
    assert_int_equal(user_check(parent, CAPOS_STACK_BASE, 16 * 4096, PROT_R | PROT_W), 0);
    assert_int_equal(user_check(parent, CAPOS_STACK_BASE - 1, 1, PROT_R), -EFAULT);
    assert_int_equal(user_check(parent, CAPOS_STACK_TOP, 1, PROT_R), -EFAULT);
    assert_int_equal(user_check(parent, CAPOS_RING_VADDR, 4096, PROT_R | PROT_W), 0);
    assert_int_equal(user_check(parent, CAPOS_CAPSET_VADDR, 4096, PROT_W), -EFAULT);
    assert_int_equal(user_check(parent, CAPOS_TLS_BASE, 1, PROT_R), -EFAULT); /* the program has none */
}

static void spawn_and_wait(void **state)
{
    (void)state;
    const struct grant g[] = {{"con", hp_id(parent, "console"), CAPOS_GRANT_RAW, -1, CAPOS_IFACE_CONSOLE},
                              {"dir", hp_id(parent, "directory"), CAPOS_GRANT_RAW, -1, 0},
                              {"clock", 0, CAPOS_GRANT_RAW, CAPOS_SRC_TIMER, CAPOS_IFACE_TIMER},
                              {"vm", 0, CAPOS_GRANT_RAW, CAPOS_SRC_VIRTUAL_MEMORY, 0}};
    struct capos_cqe e = spawn("prog", g, 4);
    assert_int_equal(e.result, 24);
    assert_int_equal(e.cap_count, 2);
    uint32_t handle = call.caps[capnp_get_u16(&call.root, 0)].cap_id;
    assert_true(call.caps[capnp_get_u16(&call.root, 0)].interface_id == CAPOS_IFACE_PROCESS_HANDLE);
    assert_true(call.caps[capnp_get_u16(&call.root, 2)].interface_id == CAPOS_IFACE_CAPABILITY_MANAGER);
    struct process *child = child_of_parent();
    assert_int_equal(child->parent, parent->pid);
    assert_non_null(
        strstr(host.log, "name=child caps=con:Console,dir:Directory:rw,clock:Timer,vm:VirtualMemory"));
    assert_ptr_equal(captable_lookup(child, hp_id(child, "dir"), NULL),
                     captable_lookup(parent, hp_id(parent, "directory"), NULL));
    for (unsigned i = 0; i < 3; i++) { /* several may wait */
        hp_call_begin(&call, handle, CAPOS_M_PROCESS_HANDLE_WAIT, 0, 0);
        call.sqe.user_data = 50 + i;
        hp_call_submit(parent, &call);
        assert_int_equal(hp_enter(0, 0), 0);
    }
    hp_end(child, -77);
    as(parent_thread);
    assert_int_equal(hp_enter(3, 0), 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(hp_take(parent, &e));
        assert_true(e.result > 0 && e.user_data >= 50 && e.user_data < 53);
        hp_call_read(parent, &call, &e);
        assert_true((int64_t)capnp_get_u64(&call.root, 0) == -77);
    }
    assert_true(wait_code(handle) == -77); /* and later too */
    hp_call_begin(&call, handle, CAPOS_M_PROCESS_HANDLE_TERMINATE, 0, 0);
    assert_int_equal(hp_call_run(parent, &call).result, 0);
    assert_true(wait_code(handle) == -77);
}

static void read_only_pages_are_shared(void **state)
{
    (void)state;
    assert_true(spawn("prog", NULL, 0).result > 0);
    struct process *child = child_of_parent();
    unsigned prot;
    assert_int_equal(aspace_lookup(child->aspace, 0x200000, &prot),
                     aspace_lookup(parent->aspace, 0x200000, NULL));
    assert_int_equal(prot, PROT_R | PROT_X);
    assert_int_not_equal(aspace_lookup(child->aspace, HP_DATA, NULL),
                         aspace_lookup(parent->aspace, HP_DATA, NULL));
    uint64_t code = 0;
    assert_int_equal(user_read(child, &code, 0x200000, 4), 0);
    assert_int_equal(code, 0x464c457f);
    assert_true(textcache_drop()); /* who runs keeps what it has */
    assert_false(textcache_drop());
    assert_int_equal(user_read(parent, &code, 0x200000, 4), 0);
    assert_int_equal(code, 0x464c457f);
}

/* Spawns from the File granted to the parent under that name. */
static struct capos_cqe spawn_file(const char *file, uint16_t mode, const char *name)
{
    struct capos_xfer x = {.cap_id = hp_id(parent, file), .mode = mode};
    hp_call_begin(&call, hp_id(parent, "file_spawner"), CAPBENCH_M_FILE_SPAWNER_SPAWN, 0, 3);
    capnp_set_text(&call.params, CAPOS_P_PROCESS_SPAWNER_SPAWN_NAME_PTR, name, strlen(name));
    call.sqe.xfer_cap_count = 1;
    int64_t n = capnp_build_finish(&call.builder);
    assert_int_equal(user_write(parent, call.sqe.addr + (uint64_t)n, &x, sizeof(x)), 0);
    return hp_call_run(parent, &call);
}

static void spawn_from_file_bytes(void **state)
{
    (void)state;
    unsigned type;
    uint64_t word = 0;
    assert_int_equal(spawn_file("program", CAPOS_XFER_COPY, "built").result, 24);
    uint32_t handle = call.caps[capnp_get_u16(&call.root, 0)].cap_id;
    struct process *child = child_of_parent();
    assert_string_equal(child->name, "built");
    assert_int_equal(user_read(child, &word, 0x200000, 4), 0);
    assert_int_equal(word, 0x464c457f);
    assert_int_not_equal(
        aspace_lookup(child->aspace, 0x200000, NULL),
        aspace_lookup(parent->aspace, 0x200000, NULL)); /* a file may change: nothing is shared */
    hp_end(child, 5);
    as(parent_thread);
    assert_true(wait_code(handle) == 5);
    assert_int_equal(spawn_file("text", CAPOS_XFER_COPY, "x").result, CAPOS_ERR_EXCEPTION);
    assert_string_equal(hp_exception(&call, &type), "not executable: too small for an ELF header");
    assert_int_equal(spawn_file("program", CAPOS_XFER_MOVE, "x").result, CAPOS_ERR_EXCEPTION);
    assert_int_equal(spawn_file("directory", CAPOS_XFER_COPY, "x").result, CAPOS_ERR_EXCEPTION);
    assert_int_equal(spawn_file("null", CAPOS_XFER_COPY, "x").result, CAPOS_ERR_EXCEPTION);
    assert_int_equal(spawn_file("program", CAPOS_XFER_COPY, "").result, CAPOS_ERR_EXCEPTION);
    hp_exception(&call, &type);
    assert_int_equal(type, CAPOS_EXC_INVALID_ARGUMENT);
    assert_int_equal(process_count(), 1);
}

/* The spawner `base`, restricted to that one name (NULL: any); UINT32_MAX: refused. */
static uint32_t restricted(uint32_t base, const char *name)
{
    struct capos_xfer x = {.cap_id = base, .mode = CAPOS_XFER_COPY};
    struct capnp_blist list;
    hp_call_begin(&call, hp_id(parent, "ext"), CAPBENCH_M_EXT_RESTRICT_SPAWNER, 1, 1);
    capnp_set_bool(&call.params, CAPBENCH_P_EXT_RESTRICT_SPAWNER_ANY_NAME_BIT, name == NULL);
    if (name != NULL) {
        capnp_set_text_list(&call.params, CAPBENCH_P_EXT_RESTRICT_SPAWNER_NAMES_PTR, 1, &list);
        capnp_blist_text(&list, 0, name, strlen(name));
    }
    call.sqe.xfer_cap_count = 1;
    int64_t n = capnp_build_finish(&call.builder);
    assert_int_equal(user_write(parent, call.sqe.addr + (uint64_t)n, &x, sizeof(x)), 0);
    struct capos_cqe e = hp_call_run(parent, &call);
    return e.result < 0 ? UINT32_MAX : call.caps[capnp_get_u16(&call.root, 0)].cap_id;
}

static void restricted_spawners(void **state)
{
    (void)state;
    const struct grant own[] = {{"con", hp_id(parent, "console"), 0, -1, 0},
                                {"vm", 0, 0, CAPOS_SRC_VIRTUAL_MEMORY, 0}};
    const struct grant clock[] = {{"clock", 0, 0, CAPOS_SRC_TIMER, 0}};
    uint32_t any = restricted(hp_id(parent, "process_spawner"), NULL), other = restricted(any, "other");
    assert_true(spawn_by(any, "prog", own, 2).result > 0);
    uint32_t handle = call.caps[0].cap_id;
    hp_end(child_of_parent(), 0);
    as(parent_thread);
    release(parent, handle);
    assert_int_equal(spawn_by(any, "prog", clock, 1).result, CAPOS_ERR_EXCEPTION);
    assert_string_equal(hp_exception(&call, NULL), "not permitted: kernel source 15 of grant clock");
    assert_int_equal(spawn_by(other, "prog", own, 2).result, CAPOS_ERR_EXCEPTION);
    assert_string_equal(hp_exception(&call, NULL),
                        "not permitted: binary prog is not on this spawner's list");
    uint32_t wider = restricted(other, "prog"); /* what it was made from still holds */
    assert_int_equal(spawn_by(wider, "prog", own, 2).result, CAPOS_ERR_EXCEPTION);
    assert_int_equal(restricted(hp_id(parent, "console"), NULL), UINT32_MAX);
    assert_int_equal(restricted(hp_id(parent, "directory"), NULL), UINT32_MAX);
    uint32_t files = restricted(hp_id(parent, "file_spawner"), NULL);
    assert_int_not_equal(files, UINT32_MAX);
    const struct grant g[] = {{"spawner", other, 0, -1, 0}, {"files", files, 0, -1, 0}};
    assert_true(spawn("prog", g, 2).result > 0);
    assert_non_null(strstr(host.log, "caps=spawner:ProcessSpawner:restricted,files:FileSpawner:any"));
    assert_non_null(strstr(host.log, " name=first cap=ext method=ProcessSpawner.spawn why=not-permitted\n"));
    hp_call_begin(&call, 0x7f7f, 0, 0, 0);
    assert_int_equal(hp_call_run(parent, &call).result, CAPOS_ERR_INVOKE_FAILED);
    assert_non_null(strstr(host.log, "cap=- method=- why=no-capability\n"));
    for (unsigned i = 0; i < 100; i++) /* counted, but not all are shown */
        assert_int_equal(restricted(hp_id(parent, "console"), NULL), UINT32_MAX);
    assert_true(parent->refused > 100);
    hp_end(parent, 0);
    assert_non_null(strstr(host.log, "refused=1"));
}

static void nothing_is_left_of_many(void **state)
{
    (void)state;
    uint64_t frames = 0;
    uint32_t slots = 0;
    for (unsigned i = 0; i < 1001; i++) {
        assert_true(spawn("prog", NULL, 0).result > 0);
        uint32_t handle = call.caps[0].cap_id, manager_id = call.caps[1].cap_id;
        hp_end(child_of_parent(), 0);
        as(parent_thread);
        release(parent, handle);
        release(parent, manager_id);
        if (i == 0) { /* the first one's read-only pages are kept */
            frames = frame_free_count();
            slots = captable_free_slots(parent);
        }
    }
    assert_int_equal(frame_free_count(), frames);
    assert_true(slots - captable_free_slots(parent) <=
                1001 * 2 / 256 + 2); /* slots that have used up their lives */
}

/* What a process and a job may start, and that a job is ended as a whole. */
static void jobs_have_limits(void **state)
{
    (void)state;
    const struct grant g[] = {{"process_spawner", hp_id(parent, "process_spawner"), 0, -1, 0}};
    unsigned n = 0;
    assert_true(spawn("prog", g, 1).result > 0);
    uint32_t handle = call.caps[0].cap_id;
    struct process *first = parent, *child = child_of_parent();
    struct thread *first_thread = parent_thread;
    as(child->threads);
    parent = child;
    for (; n < JOB_CHILDREN; n++)
        assert_true(spawn("prog", g, 1).result > 0);
    assert_int_equal(spawn("prog", g, 1).result, CAPOS_ERR_EXCEPTION);
    unsigned type;
    assert_string_equal(hp_exception(&call, &type), "try again: too many processes");
    assert_int_equal(type, CAPOS_EXC_OVERLOADED);
    parent = child_of_parent(); /* a grandchild: the job's limit */
    as(parent->threads);
    for (n++; n + 1 < JOB_PROCESSES + 1 && spawn("prog", g, 1).result > 0; n++)
        ;
    assert_int_equal(child->job->processes, JOB_PROCESSES);
    assert_int_equal(spawn("prog", g, 1).result, CAPOS_ERR_EXCEPTION);
    parent = first;
    as(parent_thread = first_thread);
    assert_true(spawn("prog", NULL, 0).result > 0); /* another job is not touched */
    hp_end(child, 0);
    as(parent_thread);
    struct capos_xfer x = {.cap_id = handle, .mode = CAPOS_XFER_COPY};
    hp_call_begin(&call, hp_id(parent, "ext"), CAPBENCH_M_EXT_END_JOB, 0, 0);
    call.sqe.xfer_cap_count = 1;
    int64_t len = capnp_build_finish(&call.builder);
    assert_int_equal(user_write(parent, call.sqe.addr + (uint64_t)len, &x, sizeof(x)), 0);
    assert_int_equal(hp_call_run(parent, &call).result, 0);
    assert_int_equal(process_count(), 2);
}

static void spawn_moves(void **state)
{
    (void)state;
    uint32_t dir = hp_id(parent, "directory");
    const struct grant twice[] = {{"a", dir, CAPOS_GRANT_MOVE, -1, 0}, {"b", dir, CAPOS_GRANT_RAW, -1, 0}};
    assert_int_equal(spawn("prog", twice, 2).result, CAPOS_ERR_EXCEPTION);
    assert_non_null(captable_lookup(parent, dir, NULL));
    assert_int_equal(spawn("none", twice, 1).result,
                     CAPOS_ERR_EXCEPTION); /* fails later: nothing was moved */
    assert_non_null(captable_lookup(parent, dir, NULL));
    assert_true(spawn("prog", twice, 1).result > 0);
    assert_null(captable_lookup(parent, dir, NULL));
    struct process *child = child_of_parent();
    assert_non_null(captable_lookup(child, hp_id(child, "a"), NULL));
    assert_true(process_count() == 2); /* ended with the first process, by teardown */
}

static void spawn_refusals(void **state)
{
    (void)state;
    static const char long_name[] = "123456789012345678901234567890123";
    const struct {
        struct grant g;
        unsigned type;
        const char *text;
    } bad[] = {
        {{"x", 0x05000001, 0, -1, 0},
         CAPOS_EXC_INVALID_ARGUMENT,
         "invalid argument: capability of grant x unknown"},
        {{"x", hp_id(parent, "console"), 0, -1, 5},
         CAPOS_EXC_INVALID_ARGUMENT,
         "invalid argument: interface of grant x"},
        {{"x", hp_id(parent, "console"), 1, -1, 0},
         CAPOS_EXC_UNIMPLEMENTED,
         "unimplemented: mode 1 of grant x"},
        {{"x", hp_id(parent, "console"), 2, -1, 0},
         CAPOS_EXC_FAILED,
         "not permitted: Console cannot be granted"},
        {{"x", hp_id(parent, "vm"), 0, -1, 0},
         CAPOS_EXC_FAILED,
         "not permitted: VirtualMemory cannot be granted"},
        {{"x", 0, 0, 19, 0}, CAPOS_EXC_UNIMPLEMENTED, "unimplemented: kernel source 19 of grant x"},
        {{"x", 0, 0, 0x1001, 0}, CAPOS_EXC_UNIMPLEMENTED, "unimplemented: kernel source 4097 of grant x"},
        {{"x", 0, 2, CAPOS_SRC_TIMER, 0}, CAPOS_EXC_INVALID_ARGUMENT, "invalid argument: mode of grant x"},
        {{"x", 0, 0, CAPOS_SRC_TIMER, 1},
         CAPOS_EXC_INVALID_ARGUMENT,
         "invalid argument: interface of grant x"},
        {{"", 0, 0, CAPOS_SRC_TIMER, 0},
         CAPOS_EXC_INVALID_ARGUMENT,
         "invalid argument: grant name empty or too long"},
        {{long_name, 0, 0, CAPOS_SRC_TIMER, 0},
         CAPOS_EXC_INVALID_ARGUMENT,
         "invalid argument: grant name empty or too long"},
    };
    unsigned type;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(spawn("prog", &bad[i].g, 1).result, CAPOS_ERR_EXCEPTION);
        assert_string_equal(hp_exception(&call, &type), bad[i].text);
        assert_int_equal(type, bad[i].type);
    }
    const struct grant same[] = {{"x", 0, 0, CAPOS_SRC_TIMER, 0}, {"x", 0, 0, CAPOS_SRC_NULL_CAP, 0}};
    assert_int_equal(spawn("prog", same, 2).result, CAPOS_ERR_EXCEPTION);
    assert_string_equal(hp_exception(&call, &type), "invalid argument: grant name given twice");
    assert_int_equal(spawn("prog2", NULL, 0).result, CAPOS_ERR_EXCEPTION);
    assert_string_equal(hp_exception(&call, &type), "not found: no binary prog2");
    assert_non_null(strstr(host.log, "exit pid=0 name=child code=-22 why=exec\n"));
    hp_call_begin(&call, hp_id(parent, "process_spawner"), CAPOS_M_PROCESS_SPAWNER_SPAWN, 0, 3);
    capnp_set_text(&call.params, 1, "prog", 4);
    call.sqe.result_len = 48;
    assert_int_equal(hp_call_run(parent, &call).result, CAPOS_ERR_INVALID_RESULT_BUFFER);
    assert_int_equal(process_count(), 1);
}

static void terminate(void **state)
{
    (void)state;
    assert_true(spawn("prog", NULL, 0).result > 0);
    uint32_t handle = call.caps[0].cap_id;
    hp_call_begin(&call, handle, CAPOS_M_PROCESS_HANDLE_TERMINATE, 0, 0);
    assert_int_equal(hp_call_run(parent, &call).result, 0);
    assert_true(wait_code(handle) == PROCESS_CODE_KILLED);
    assert_non_null(strstr(host.log, "code=-512 why=killed"));
    release(parent, handle);
}

static void manager(void **state)
{
    (void)state;
    const struct grant g[] = {{"con", hp_id(parent, "console"), 0, -1, 0},
                              {"clock", 0, 0, CAPOS_SRC_TIMER, 0}};
    struct capnp_list list;
    struct capnp_struct info;
    const char *label;
    uint32_t len;
    assert_true(spawn("prog", g, 2).result > 0);
    uint32_t handle = call.caps[0].cap_id, manager_id = call.caps[1].cap_id;
    struct process *child = child_of_parent();
    hp_call_begin(&call, manager_id, CAPOS_M_CAPABILITY_MANAGER_LIST, 0, 0);
    assert_true(hp_call_run(parent, &call).result > 0);
    assert_int_equal(capnp_get_list(&call.root, 0, &list), 0);
    assert_int_equal(list.count, 2);
    assert_int_equal(capnp_list_struct(&list, 1, &info), 0);
    assert_int_equal(capnp_get_u32(&info, CAPOS_S_CAPABILITY_INFO_ID), hp_id(child, "clock"));
    assert_true(capnp_get_u64(&info, CAPOS_S_CAPABILITY_INFO_INTERFACE_ID) == CAPOS_IFACE_TIMER);
    assert_int_equal(capnp_get_text(&info, 0, &label, &len), 0);
    assert_string_equal(label, "clock");
    for (unsigned i = 0; i < 2; i++) { /* the second time the id is stale */
        hp_call_begin(&call, manager_id, CAPOS_M_CAPABILITY_MANAGER_REVOKE, 1, 0);
        capnp_set_u32(&call.params, 0, hp_id(child, "clock"));
        assert_int_equal(hp_call_run(parent, &call).result > 0, i == 0);
    }
    assert_null(captable_lookup(child, hp_id(child, "clock"), NULL));
    hp_end(child, 0);
    as(parent_thread);
    hp_call_begin(&call, manager_id, CAPOS_M_CAPABILITY_MANAGER_LIST, 0, 0);
    assert_true(hp_call_run(parent, &call).result > 0);
    assert_int_equal(capnp_get_list(&call.root, 0, &list), 0);
    assert_int_equal(list.count, 0);
    release(parent, manager_id);
    assert_true(wait_code(handle) == 0);
}

static void fault(struct process *p, unsigned vector, uint64_t cr2)
{
    struct fault_info f = {.vector = vector, .error = 6, .rip = 0x200123, .rsp = 0x100f000, .cr2 = cr2};
    as(p->threads);
    HOST_RUN(process_fault(p, &f));
    as(parent_thread);
}

static void faults_end_one_process(void **state)
{
    (void)state;
    static const struct {
        unsigned vector;
        uint64_t cr2;
        int64_t code;
        const char *why;
    } cases[] = {{14, 0x40000000, -270, "why=fault"},
                 {14, 0xfffff8, -270, "why=stack"},
                 {13, 0, -269, "why=fault"},
                 {0, 0, -256, "why=fault"}};
    for (size_t i = 0; i < 4; i++) {
        assert_true(spawn("prog", NULL, 0).result > 0);
        uint32_t handle = call.caps[0].cap_id;
        host.log_len = 0;
        fault(child_of_parent(), cases[i].vector, cases[i].cr2);
        assert_true(wait_code(handle) == cases[i].code);
        assert_non_null(strstr(host.log, "fault pid="));
        assert_non_null(strstr(host.log, "rip=0x200123 rsp=0x100f000"));
        assert_non_null(strstr(host.log, cases[i].why));
        release(parent, handle);
    }
    assert_true(process_page_fault(parent, CAPOS_STACK_TOP - 8, PROT_R | PROT_W));
    assert_false(process_page_fault(parent, CAPOS_STACK_BASE - 8, PROT_R | PROT_W));
    assert_false(process_page_fault(parent, 0x200000, PROT_R | PROT_W));
}

static void the_first_takes_all_along(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++)
        assert_true(spawn("prog", NULL, 0).result > 0);
    assert_int_equal(process_count(), 6);
    hp_end(parent, 3);
    assert_int_equal(process_count(), 0);
    HOST_RUN(host.idle(host.idle_ctx));
    assert_int_equal(host.exit_value, 0x11);
}

static void thread_control(void **state)
{
    (void)state;
    uint32_t id = hp_id(parent, "thread_control");
    hp_call_begin(&call, id, CAPOS_M_THREAD_CONTROL_SET_FS_BASE, 1, 0);
    capnp_set_u64(&call.params, 0, UINT64_C(0x7fff00001000));
    assert_int_equal(hp_call_run(parent, &call).result, 0);
    assert_true(parent_thread->fs_base == UINT64_C(0x7fff00001000));
    hp_call_begin(&call, id, CAPOS_M_THREAD_CONTROL_SET_FS_BASE, 1, 0);
    capnp_set_u64(&call.params, 0, UINT64_C(0x800000000000));
    assert_int_equal(hp_call_run(parent, &call).result, CAPOS_ERR_EXCEPTION);
    hp_call_begin(&call, id, CAPOS_M_THREAD_CONTROL_GET_FS_BASE, 0, 0);
    assert_true(hp_call_run(parent, &call).result > 0);
    assert_true(capnp_get_u64(&call.root, 0) == UINT64_C(0x7fff00001000));
    hp_call_begin(&call, hp_id(parent, "thread_spawner"), CAPOS_M_THREAD_SPAWNER_CREATE, 5, 0);
    assert_int_equal(hp_call_run(parent, &call).result, CAPOS_ERR_EXCEPTION);
    assert_string_equal(hp_exception(&call, NULL), "unimplemented: ThreadSpawner.create");
    hp_call_begin(&call, id, CAPOS_M_THREAD_CONTROL_EXIT_THREAD, 1, 0);
    capnp_set_u64(&call.params, 0, 9);
    hp_call_submit(parent, &call);
    HOST_RUN(hp_enter(1, 0)); /* does not come back: ended in the middle of its own call */
    assert_int_equal(process_count(), 0);
    assert_non_null(strstr(host.log, "code=9 why=exited"));
}

static void every_allocation_of_a_spawn_fails_once(void **state)
{
    (void)state;
    const struct grant g[] = {{"dir", hp_id(parent, "directory"), 0, -1, 0},
                              {"vm", 0, 0, CAPOS_SRC_VIRTUAL_MEMORY, 0}};
    bool done = false;
    for (uint64_t n = 1; !done; n++) {
        uint64_t frames = frame_free_count();
        unsigned tables = host_tables(), threads = host_threads();
        hp_call_begin(&call, 0, 0, 0, 0); /* result pages are there already */
        frame_fail_after = n;
        struct capos_cqe e = spawn("prog", g, 2);
        frame_fail_after = 0;
        done = e.result > 0;
        assert_true(done || e.result == CAPOS_ERR_EXCEPTION || e.result == CAPOS_ERR_INVOKE_FAILED);
        if (done) {
            hp_end(child_of_parent(), 0);
            as(parent_thread);
            release(parent, call.caps[0].cap_id);
            release(parent, call.caps[1].cap_id);
        }
        assert_int_equal(process_count(), 1);
        assert_int_equal(host_tables(), tables);
        assert_int_equal(host_threads(), threads);
        if (n > 2) /* by then the parent's own pages are all there */
            assert_int_equal(frame_free_count(), frames);
        assert_true(n < 500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_a_process_finds, setup, teardown),
        cmocka_unit_test_setup_teardown(spawn_and_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(read_only_pages_are_shared, setup, teardown),
        cmocka_unit_test_setup_teardown(spawn_from_file_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(restricted_spawners, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_left_of_many, setup, teardown),
        cmocka_unit_test_setup_teardown(jobs_have_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(spawn_moves, setup, teardown),
        cmocka_unit_test_setup_teardown(spawn_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(terminate, setup, teardown),
        cmocka_unit_test_setup_teardown(manager, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_end_one_process, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_takes_all_along, setup, teardown),
        cmocka_unit_test_setup_teardown(thread_control, setup, teardown),
        cmocka_unit_test_setup_teardown(every_allocation_of_a_spawn_fails_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
