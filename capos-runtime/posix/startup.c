/* SPDX-License-Identifier: MIT */
/* The startup block. Invariant: nothing outside `len` bytes is read, nothing outside `bytes` bytes is
 * written. */
#include "posix/startup.h"

static bool string_ok(const char *base, size_t len, size_t strings, uint32_t at)
{
    if (at < strings || at >= len)
        return false;
    while (at < len && base[at])
        at++;
    return at < len;
}

int startup_check(void *p, size_t len, struct startup_view *v)
{
    const struct startup_header *h = p;
    char *base = p;
    if (len < sizeof *h || len > STARTUP_MAX_BYTES || h->magic != STARTUP_MAGIC ||
        h->version != STARTUP_VERSION || h->total != len || h->nfds > STARTUP_MAX_FDS ||
        h->npreopens > STARTUP_MAX_PREOPENS || h->argc > len / 4 || h->envc > len / 4)
        return -EINVAL;
    uint64_t at = sizeof *h;
    v->base = base;
    v->head = h;
    v->argv = (const uint32_t *)(const void *)(base + at);
    at += (uint64_t)h->argc * 4;
    v->envp = (const uint32_t *)(const void *)(base + at);
    at += (uint64_t)h->envc * 4;
    v->preopens = (const struct startup_preopen *)(const void *)(base + at);
    at += (uint64_t)h->npreopens * sizeof *v->preopens;
    v->fds = (const struct startup_fd *)(const void *)(base + at);
    at += (uint64_t)h->nfds * sizeof *v->fds;
    if (at > len || !string_ok(base, len, at, h->cwd) || base[h->cwd] != '/')
        return -EINVAL;
    for (uint32_t i = 0; i < h->argc; i++)
        if (!string_ok(base, len, at, v->argv[i]))
            return -EINVAL;
    for (uint32_t i = 0; i < h->envc; i++)
        if (!string_ok(base, len, at, v->envp[i]))
            return -EINVAL;
    for (uint32_t i = 0; i < h->npreopens; i++)
        if (!string_ok(base, len, at, v->preopens[i].path) ||
            !string_ok(base, len, at, v->preopens[i].name) || base[v->preopens[i].path] != '/')
            return -EINVAL;
    for (uint32_t i = 0; i < h->nfds; i++) {
        struct startup_fd fd;
        __builtin_memcpy(&fd, &v->fds[i], sizeof fd);
        if (fd.fd >= 256 || fd.kind < STARTUP_FD_PIPE_READ || fd.kind > STARTUP_FD_CONSOLE)
            return -EINVAL;
        if (fd.kind == STARTUP_FD_DIR &&
            (fd.offset >= len || !string_ok(base, len, at, (uint32_t)fd.offset) || base[fd.offset] != '/'))
            return -EINVAL;
    }
    return 0;
}

void startup_fd_name(char *out, uint32_t fd)
{
    char digits[12];
    unsigned n = 0;
    posix_strcpy(out, "stdio_", 7);
    do
        digits[n++] = (char)('0' + fd % 10);
    while ((fd /= 10) != 0);
    for (out += 6; n; n--)
        *out++ = digits[n - 1];
    *out = '\0';
}

struct out {
    uint8_t *p;
    uint64_t at, size;
};

static void put(struct out *o, const void *p, size_t n)
{
    if (o->at + n <= o->size)
        __builtin_memcpy(o->p + o->at, p, n);
    o->at += n;
}

/* Writes a string behind everything and its offset at *slot, which moves on. */
static void put_string(struct out *o, uint64_t *slot, const char *s)
{
    uint32_t at = (uint32_t)o->at;
    put(o, s, posix_strlen(s) + 1);
    if (*slot + 4 <= o->size)
        __builtin_memcpy(o->p + *slot, &at, 4);
    *slot += 4;
}

static uint32_t count(char *const *v)
{
    uint32_t n = 0;
    while (v && v[n])
        n++;
    return n;
}

int64_t startup_build(void *buf, size_t bytes, const struct startup_fill *f)
{
    struct out o = {buf, 0, bytes};
    struct startup_header h = {.magic = STARTUP_MAGIC,
                               .version = STARTUP_VERSION,
                               .argc = count(f->argv),
                               .envc = count(f->envp),
                               .npreopens = (uint32_t)f->npreopens,
                               .nfds = (uint32_t)f->nfds,
                               .umask = f->umask,
                               .pid = f->pid,
                               .ppid = f->ppid,
                               .ignored = f->ignored};
    if (f->npreopens > STARTUP_MAX_PREOPENS || f->nfds > STARTUP_MAX_FDS)
        return -E2BIG;
    uint64_t slot = sizeof h;
    o.at = slot + 4 * ((uint64_t)h.argc + h.envc) + f->npreopens * sizeof(struct startup_preopen);
    uint64_t fds_at = o.at;
    put(&o, f->fds, f->nfds * sizeof f->fds[0]);
    for (uint32_t i = 0; i < h.argc; i++)
        put_string(&o, &slot, f->argv[i]);
    for (uint32_t i = 0; i < h.envc; i++)
        put_string(&o, &slot, f->envp[i]);
    for (size_t i = 0; i < f->npreopens; i++) {
        put_string(&o, &slot, f->preopens[i].path);
        put_string(&o, &slot, f->preopens[i].grant);
    }
    for (size_t i = 0; i < f->nfds; i++) {
        uint64_t at = o.at, record = fds_at + i * sizeof f->fds[0] + offsetof(struct startup_fd, offset);
        if (f->fds[i].kind != STARTUP_FD_DIR)
            continue;
        put(&o, f->fd_paths[i], posix_strlen(f->fd_paths[i]) + 1);
        if (record + sizeof at <= bytes)
            __builtin_memcpy((uint8_t *)buf + record, &at, sizeof at);
    }
    h.cwd = (uint32_t)o.at;
    put(&o, f->cwd, posix_strlen(f->cwd) + 1);
    h.total = (uint32_t)o.at;
    if (o.at > bytes || o.at > STARTUP_MAX_BYTES)
        return -E2BIG;
    __builtin_memcpy(buf, &h, sizeof h);
    return (int64_t)o.at;
}
