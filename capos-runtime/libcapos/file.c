/* SPDX-License-Identifier: MIT */
/*
 * Files and directories. Invariant: file data is copied at most once in this process: from the caller into
 * the parameters, or from the result to the caller; not even that where the result message can lie around the
 * caller's own buffer (read_in_place).
 */
#include "capos/file.h"

#include "flat.h"

/* The Data that is all of a result: its bytes and their number, or a negative errno. */
static int64_t data_only(const uint64_t *result, size_t bytes, const uint8_t **p)
{
    struct capnp_msg msg;
    struct capnp_struct root;
    uint32_t len;
    if (capnp_flat_is(result, bytes, CAPOS_R_FILE_READ_WORDS, CAPOS_R_FILE_READ_PTRS)) {
        const size_t end = 2u + CAPOS_R_FILE_READ_WORDS + CAPOS_R_FILE_READ_PTRS;
        int64_t n = capnp_flat_data_len(result, bytes, end);
        *p = (const uint8_t *)(result + end);
        if (n >= 0)
            return n;
    }
    if (capnp_open(&msg, result, bytes, &root) < 0 ||
        capnp_get_data(&root, CAPOS_R_FILE_READ_DATA_PTR, p, &len) < 0)
        return -EPROTO;
    return len;
}

#define HEAD_BYTES    24u  /* before the data of such a result: framing, root pointer, data pointer */
#define IN_PLACE_MIN  512u /* bytes from which it is worth while; an exception fits in any case */
#define IN_PLACE_PAGE 4096u

/*
 * Can the head lie before buf for the length of a call? Those bytes may be written if they share buf's page,
 * and nothing else runs in this process meanwhile; but they may be the frames of who is at work: `frame`, the
 * reader's own, and all below it are out of bounds, those above it have no use for them until it returns. The
 * message must be aligned, and its last word end with the buffer.
 */
static bool fits_in_place(const void *buf, uint32_t n, const void *frame)
{
    const uintptr_t at = (uintptr_t)buf, own = (uintptr_t)frame + 2 * sizeof(void *);
    return n >= IN_PLACE_MIN && ((at | n) & 7) == 0 && at % IN_PLACE_PAGE >= HEAD_BYTES &&
           own - (at - HEAD_BYTES) > IN_PLACE_PAGE;
}

/* Sends a read of n bytes whose result message goes where its data is wanted; what was before buf comes back.
 */
__attribute__((noinline)) static int64_t read_in_place(uint32_t file, uint8_t *buf, uint32_t n)
{
    uint64_t *head = (uint64_t *)(void *)(buf - HEAD_BYTES);
    const uint64_t saved[3] = {head[0], head[1], head[2]};
    const uint8_t *p = NULL;
    size_t bytes;
    int err = flat_send_to(file, CAPOS_M_FILE_READ, 32, head, HEAD_BYTES + n, &bytes);
    int64_t got = err < 0 ? err : bytes == 0 ? 0 : data_only(head, bytes, &p);
    if (got > n)
        got = -EPROTO;
    if (got > 0 && p != buf) /* a message of another shape */
        __builtin_memmove(buf, p, (size_t)got);
    head[0] = saved[0];
    head[1] = saved[1];
    head[2] = saved[2];
    return got;
}

int64_t capos_file_read(uint32_t file, uint64_t offset, void *buf, size_t len)
{
    _Static_assert(CAPOS_P_FILE_READ_WORDS == 2 && CAPOS_P_FILE_READ_PTRS == 0 &&
                       CAPOS_P_FILE_READ_OFFSET == 0 && CAPOS_P_FILE_READ_LENGTH == 8,
                   "the words below");
    const uint32_t n = len < CAPOS_READ_MAX ? (uint32_t)len : CAPOS_READ_MAX;
    const uint64_t *result;
    const uint8_t *p = NULL;
    uint64_t *m = flat_params();
    size_t bytes;
    m[0] = capnp_flat_frame(4);
    m[1] = capnp_flat_root(2, 0);
    m[2] = offset;
    m[3] = n;
    if (fits_in_place(buf, n, __builtin_frame_address(0)))
        return read_in_place(file, buf, n);
    int err = flat_send(file, CAPOS_M_FILE_READ, 32, &result, &bytes);
    int64_t got = err < 0 ? err : bytes == 0 ? 0 : data_only(result, bytes, &p);
    if (got > n)
        return -EPROTO;
    if (got > 0)
        __builtin_memcpy(buf, p, (size_t)got);
    return got;
}

int64_t capos_file_write(uint32_t file, uint64_t offset, const void *buf, size_t len)
{
    _Static_assert(CAPOS_P_FILE_WRITE_WORDS == 1 && CAPOS_P_FILE_WRITE_PTRS == 1 &&
                       CAPOS_P_FILE_WRITE_OFFSET == 0 && CAPOS_R_FILE_WRITE_WORDS == 1 &&
                       CAPOS_R_FILE_WRITE_PTRS == 0 && CAPOS_R_FILE_WRITE_WRITTEN == 0,
                   "the words below");
    const uint32_t n = len < CAPOS_WRITE_MAX ? (uint32_t)len : CAPOS_WRITE_MAX;
    const size_t words = 4u + (n + 7u) / 8u;
    const uint64_t *result;
    struct capnp_msg msg;
    struct capnp_struct root;
    uint32_t written;
    uint64_t *m = flat_params();
    size_t bytes;
    m[0] = capnp_flat_frame(words);
    m[1] = capnp_flat_root(1, 1);
    m[2] = offset;
    m[3] = capnp_flat_data(n);
    if (n > 0) {
        m[words - 1] = 0; /* what is left of the last word */
        __builtin_memcpy(&m[4], buf, n);
    }
    int err = flat_send(file, CAPOS_M_FILE_WRITE, words * 8, &result, &bytes);
    if (err < 0)
        return err;
    if (capnp_flat_is(result, bytes, CAPOS_R_FILE_WRITE_WORDS, CAPOS_R_FILE_WRITE_PTRS))
        written = (uint32_t)result[2];
    else if (capnp_open(&msg, result, bytes, &root) == 0)
        written = capnp_get_u32(&root, CAPOS_R_FILE_WRITE_WRITTEN);
    else
        return -EPROTO;
    return written > n ? -EPROTO : (int64_t)written;
}

int capos_file_stat(uint32_t file, struct capos_file_stat *st)
{
    struct capos_reply reply;
    int err = capos_call_empty(file, CAPOS_M_FILE_STAT, &reply);
    if (err < 0)
        return err;
    st->size = capnp_get_u64(&reply.root, CAPOS_R_FILE_STAT_SIZE);
    st->created = capnp_get_u64(&reply.root, CAPOS_R_FILE_STAT_CREATED);
    st->modified = capnp_get_u64(&reply.root, CAPOS_R_FILE_STAT_MODIFIED);
    return 0;
}

int capos_file_truncate(uint32_t file, uint64_t length)
{
    struct capos_request r;
    capos_request_begin(&r, file, CAPOS_M_FILE_TRUNCATE, CAPOS_P_FILE_TRUNCATE_WORDS,
                        CAPOS_P_FILE_TRUNCATE_PTRS);
    capnp_set_u64(&r.root, CAPOS_P_FILE_TRUNCATE_LENGTH, length);
    return capos_request_do(&r);
}

int capos_file_sync(uint32_t file)
{
    struct capos_reply reply;
    return capos_call_empty(file, CAPOS_M_FILE_SYNC, &reply);
}

int capos_file_close(uint32_t file)
{
    struct capos_reply reply;
    return capos_call_empty(file, CAPOS_M_FILE_CLOSE, &reply);
}

/* A call whose one parameter is a name and whose result, if cap is given, is a capability in pointer 0. */
static int name_call(uint32_t dir, uint16_t method, const char *name, size_t len, uint64_t interface_id,
                     uint32_t *cap)
{
    struct capos_request r;
    struct capos_reply reply;
    uint32_t index;
    capos_request_begin(&r, dir, method, CAPOS_P_DIRECTORY_SUB_WORDS, CAPOS_P_DIRECTORY_SUB_PTRS);
    capnp_set_text(&r.root, CAPOS_P_DIRECTORY_SUB_NAME_PTR, name, len);
    if (!cap)
        return capos_request_do(&r);
    int err = capos_request_send(&r, &reply);
    if (err < 0)
        return err;
    if (capnp_get_cap(&reply.root, CAPOS_R_DIRECTORY_SUB_DIR_PTR, &index) < 0)
        index = 0; /* one record is all there can be */
    return capos_reply_cap(&reply, index, interface_id, cap);
}

int capos_dir_open(uint32_t dir, const char *name, size_t len, uint32_t flags, uint32_t *file)
{
    struct capos_request r;
    struct capos_reply reply;
    uint32_t index;
    capos_request_begin(&r, dir, CAPOS_M_DIRECTORY_OPEN, CAPOS_P_DIRECTORY_OPEN_WORDS,
                        CAPOS_P_DIRECTORY_OPEN_PTRS);
    capnp_set_u32(&r.root, CAPOS_P_DIRECTORY_OPEN_FLAGS, flags);
    capnp_set_text(&r.root, CAPOS_P_DIRECTORY_OPEN_NAME_PTR, name, len);
    int err = capos_request_send(&r, &reply);
    if (err < 0)
        return err;
    if (capnp_get_cap(&reply.root, CAPOS_R_DIRECTORY_OPEN_FILE_PTR, &index) < 0)
        index = 0;
    return capos_reply_cap(&reply, index, CAPOS_IFACE_FILE, file);
}

int capos_dir_mkdir(uint32_t dir, const char *name, size_t len, uint32_t *sub)
{
    return name_call(dir, CAPOS_M_DIRECTORY_MKDIR, name, len, CAPOS_IFACE_DIRECTORY, sub);
}

int capos_dir_sub(uint32_t dir, const char *name, size_t len, uint32_t *sub)
{
    return name_call(dir, CAPOS_M_DIRECTORY_SUB, name, len, CAPOS_IFACE_DIRECTORY, sub);
}

int capos_dir_create(uint32_t dir, const char *name, size_t len)
{
    return name_call(dir, CAPOS_M_DIRECTORY_CREATE, name, len, 0, NULL);
}

int capos_dir_remove(uint32_t dir, const char *name, size_t len)
{
    return name_call(dir, CAPOS_M_DIRECTORY_REMOVE, name, len, 0, NULL);
}

int capos_dir_rename(uint32_t dir, const char *from, size_t from_len, const char *to, size_t to_len)
{
    struct capos_request r;
    capos_request_begin(&r, dir, CAPOS_M_DIRECTORY_RENAME, CAPOS_P_DIRECTORY_RENAME_WORDS,
                        CAPOS_P_DIRECTORY_RENAME_PTRS);
    capnp_set_text(&r.root, CAPOS_P_DIRECTORY_RENAME_FROM_PTR, from, from_len);
    capnp_set_text(&r.root, CAPOS_P_DIRECTORY_RENAME_TO_PTR, to, to_len);
    return capos_request_do(&r);
}

int64_t capos_dir_list(uint32_t dir, void *buf, size_t bytes)
{
    struct capos_async a;
    struct capos_request r;
    struct capos_reply reply;
    capos_async_begin(&a, &r, dir, CAPOS_M_DIRECTORY_LIST, 0, 0, buf, bytes);
    int err = capos_async_submit(&a, &r);
    if (err < 0)
        return err;
    capos_ring_wait(&a.op);
    err = capos_async_reply(&a, &reply);
    return err < 0 ? err : a.op.result;
}

int capos_dir_entry_at(const void *buf, size_t bytes, uint32_t index, struct capos_dir_entry *entry)
{
    struct capnp_msg msg;
    struct capnp_struct root, s;
    struct capnp_list list;
    if (bytes == 0)
        return -ENOENT;
    if (capnp_msg_open(&msg, buf, bytes) < 0 || capnp_root(&msg, &root) < 0 ||
        capnp_get_list(&root, CAPOS_R_DIRECTORY_LIST_ENTRIES_PTR, &list) < 0)
        return -EPROTO;
    if (index >= list.count)
        return -ENOENT;
    if (capnp_list_struct(&list, index, &s) < 0 ||
        capnp_get_text(&s, CAPOS_S_DIR_ENTRY_NAME_PTR, &entry->name, &entry->len) < 0)
        return -EPROTO;
    entry->size = capnp_get_u64(&s, CAPOS_S_DIR_ENTRY_SIZE);
    entry->is_dir = capnp_get_bool(&s, CAPOS_S_DIR_ENTRY_IS_DIR_BIT);
    return 0;
}
