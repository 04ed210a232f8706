/* SPDX-License-Identifier: MIT */
/*
 * File and Directory. Invariant: a name is one component, never a path; offsets and sizes are bytes. Errors
 * are negative errno values: -ENOENT, -EEXIST, -ENOTDIR, -EISDIR, -ENOTEMPTY, -EROFS, -ENOSPC, -EINVAL.
 * Source: the published schema.
 */
#ifndef CAPOS_FILE_H
#define CAPOS_FILE_H

#include "abi/fields.h"
#include "capos/call.h"

/* capos_file_read: at most `len` (cut to CAPOS_READ_MAX) bytes at `offset`; gives how many came, 0 at the
 * end. What `buf` holds behind those, or after an error, is anything. */
int64_t capos_file_read(uint32_t file, uint64_t offset, void *buf, size_t len);
/* capos_file_write: at most CAPOS_WRITE_MAX bytes; gives how many were written. An appending File ignores
 * `offset`. */
int64_t capos_file_write(uint32_t file, uint64_t offset, const void *buf, size_t len);

struct capos_file_stat {
    uint64_t size;
    uint64_t created, modified; /* ns since 1970, or 0 */
};
int capos_file_stat(uint32_t file, struct capos_file_stat *st);
/* capos_file_truncate: cuts, or extends with zeros. */
int capos_file_truncate(uint32_t file, uint64_t length);
/* capos_file_sync: what was written is safe when this returns 0. */
int capos_file_sync(uint32_t file);
/* capos_file_close: ends the object for every holder; to drop one's own capability use capos_release. */
int capos_file_close(uint32_t file);

/* capos_dir_open: the File `name` (len bytes); flags CAPOS_OPEN_*. The caller owns *file. */
int capos_dir_open(uint32_t dir, const char *name, size_t len, uint32_t flags, uint32_t *file);
/* capos_dir_mkdir, capos_dir_sub: a new, an existing subdirectory. The caller owns *sub. */
int capos_dir_mkdir(uint32_t dir, const char *name, size_t len, uint32_t *sub);
int capos_dir_sub(uint32_t dir, const char *name, size_t len, uint32_t *sub);
/* capos_dir_create: a new empty file; -EEXIST when there is one of that name. */
int capos_dir_create(uint32_t dir, const char *name, size_t len);
/* capos_dir_remove: a file or an empty directory. */
int capos_dir_remove(uint32_t dir, const char *name, size_t len);
/* capos_dir_rename: within this directory; -EEXIST when `to` is taken. */
int capos_dir_rename(uint32_t dir, const char *from, size_t from_len, const char *to, size_t to_len);

struct capos_dir_entry {
    const char *name; /* NUL-terminated, inside the caller's buffer */
    uint32_t len;
    uint64_t size;
    bool is_dir;
};
/*
 * capos_dir_list: the directory's entries as one message in `buf` (8-aligned). Gives the message's bytes, or
 * -EMSGSIZE when `bytes` is too few. capos_dir_entry_at reads entry `index` of such a message: 0, -ENOENT
 * behind the last one, or -EPROTO.
 */
int64_t capos_dir_list(uint32_t dir, void *buf, size_t bytes);
int capos_dir_entry_at(const void *buf, size_t bytes, uint32_t index, struct capos_dir_entry *entry);

#endif
