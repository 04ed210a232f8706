/* SPDX-License-Identifier: MIT */
/*
 * The newc cpio reader: see cpio.h.
 * Invariant: `at` never passes `len`; sizes are checked against what is left before any pointer is formed.
 */
#include "abi/errno.h"
#include "kernel/cpio.h"
#include "kernel/string.h"

#define HEADER_BYTES 110u
#define S_TYPE       0170000u
#define S_FILE       0100000u
#define S_DIR        0040000u
#define S_CHR        0020000u
#define S_BLK        0060000u
#define S_LNK        0120000u

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* hex_field: field `index` of a header (after the magic) or false. */
static bool hex_field(const uint8_t *header, unsigned index, uint32_t *out)
{
    const uint8_t *p = header + 6 + 8 * (size_t)index;
    uint32_t v = 0;
    for (unsigned i = 0; i < 8; i++) {
        int d = hex_digit(p[i]);
        if (d < 0)
            return false;
        v = v << 4 | (uint32_t)d;
    }
    *out = v;
    return true;
}

static bool name_is_fine(const char *name, size_t len)
{
    size_t start = 0;
    if (len == 0 || len > CPIO_NAME_MAX)
        return false;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && name[i] == '\0')
            return false;
        if (i < len && name[i] != '/')
            continue;
        size_t n = i - start;
        if (n == 0 || (n == 1 && name[start] == '.') ||
            (n == 2 && name[start] == '.' && name[start + 1] == '.'))
            return false;
        start = i + 1;
    }
    return true;
}

static bool link_is_plain(const struct cpio_entry *e)
{
    for (uint32_t i = 0; i < e->size; i++)
        if (e->data[i] == '/')
            return false;
    return true;
}

static int refuse(const char **why, const char *text)
{
    *why = text;
    return -EBADMSG;
}

void cpio_start(struct cpio_iter *it, const uint8_t *image, size_t len)
{
    it->image = image;
    it->len = len;
    it->at = 0;
}

static int entry_decode(struct cpio_iter *it, struct cpio_entry *e, const char **why)
{
    const uint8_t *h = it->image + it->at;
    uint32_t mode, size, name_bytes;
    if (it->len - it->at < HEADER_BYTES)
        return refuse(why, "cpio header truncated");
    if (memcmp(h, "070701", 6) != 0)
        return refuse(why, "not a newc cpio header");
    if (!hex_field(h, 1, &mode) || !hex_field(h, 6, &size) || !hex_field(h, 11, &name_bytes))
        return refuse(why, "cpio header field is not hexadecimal");
    size_t left = it->len - it->at - HEADER_BYTES;
    if (name_bytes == 0 || name_bytes > left || h[HEADER_BYTES + name_bytes - 1] != '\0')
        return refuse(why, "cpio name truncated");
    size_t data_at = (it->at + HEADER_BYTES + name_bytes + 3) & ~(size_t)3;
    if (data_at > it->len || size > it->len - data_at)
        return refuse(why, "cpio data truncated");
    e->name = (const char *)h + HEADER_BYTES;
    e->name_len = name_bytes - 1;
    e->data = size != 0 ? it->image + data_at : NULL;
    e->size = size;
    e->mode = mode;
    e->is_dir = (mode & S_TYPE) == S_DIR;
    e->is_link = (mode & S_TYPE) == S_LNK;
    size_t next = (data_at + size + 3) & ~(size_t)3;
    it->at = next < it->len ? next : it->len;
    return 1;
}

int cpio_next(struct cpio_iter *it, struct cpio_entry *e, const char **why)
{
    for (;;) {
        int r = entry_decode(it, e, why);
        if (r < 0)
            return r;
        if (e->name_len == 10 && memcmp(e->name, "TRAILER!!!", 10) == 0)
            return 0;
        if (e->name_len == 1 && e->name[0] == '.' && e->is_dir)
            continue; /* the root itself */
        if (e->name_len > 2 && e->name[0] == '.' && e->name[1] == '/') {
            e->name += 2;
            e->name_len -= 2;
        } else if (e->name_len > 1 && e->name[0] == '/') {
            e->name += 1;
            e->name_len -= 1;
        }
        if (!name_is_fine(e->name, e->name_len))
            return refuse(why, "cpio name refused");
        uint32_t type = e->mode & S_TYPE;
        if (e->is_link && (!name_is_fine((const char *)e->data, e->size) || !link_is_plain(e)))
            return refuse(why, "cpio link to something else than a name");
        if (type != S_FILE && type != S_DIR && type != S_CHR && type != S_BLK && type != S_LNK)
            return refuse(why, "cpio entry is neither file nor directory");
        return 1;
    }
}

static size_t folder_len(const struct cpio_entry *e)
{
    size_t n = e->name_len;
    while (n > 0 && e->name[n - 1] != '/')
        n--;
    return n;
}

int cpio_follow(const uint8_t *image, size_t len, struct cpio_entry *e, const char **why)
{
    struct cpio_iter it;
    struct cpio_entry to;
    size_t folder = folder_len(e);
    int r;
    if (!e->is_link)
        return 0;
    cpio_start(&it, image, len);
    while ((r = cpio_next(&it, &to, why)) == 1)
        if (to.name_len == folder + e->size && memcmp(to.name, e->name, folder) == 0 &&
            memcmp(to.name + folder, e->data, e->size) == 0 && (to.mode & S_TYPE) == S_FILE)
            break;
    if (r != 1)
        return r < 0 ? r : refuse(why, "cpio link leads nowhere");
    e->data = to.data;
    e->size = to.size;
    e->mode = to.mode;
    e->is_link = false;
    return 0;
}

int cpio_find(const uint8_t *image, size_t len, const char *path, size_t path_len, struct cpio_entry *e,
              const char **why)
{
    struct cpio_iter it;
    int r;
    cpio_start(&it, image, len);
    while ((r = cpio_next(&it, e, why)) == 1)
        if (e->name_len == path_len && memcmp(e->name, path, path_len) == 0 &&
            ((e->mode & S_TYPE) == S_FILE || e->is_link)) {
            int err = cpio_follow(image, len, e, why);
            return err != 0 ? err : 1;
        }
    return r;
}
