/* SPDX-License-Identifier: MIT */
/*
 * Numbered lines of a growing file; see evlog.h.
 * Invariant: start[] has n + 1 offsets, the last being where the next line begins.
 */
#include "evlog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"
#include "model.h"

void evlog_init(struct evlog *e, const char *dir)
{
    *e = (struct evlog){.fd = -1, .path = mem_printf("%s/events.jsonl", dir)};
    e->start = mem_zalloc(sizeof *e->start);
}

void evlog_close(struct evlog *e)
{
    if (e->fd >= 0)
        close(e->fd);
    free(e->path);
    free(e->start);
    free(e->time);
    free(e->line);
    *e = (struct evlog){.fd = -1};
}

/* Grows by doubling: n is the count before the addition. */
static void line_add(struct evlog *e, uint64_t end)
{
    if ((e->n & (e->n + 1)) == 0)
        e->start = mem_grow(e->start, 2 * e->n + 2, sizeof *e->start);
    e->start[++e->n] = end;
}

const char *evlog_line(struct evlog *e, size_t i, size_t *len)
{
    uint64_t n = e->start[i + 1] - e->start[i] - 1;
    ssize_t got;

    n = n > EVLOG_LINE_MAX ? EVLOG_LINE_MAX : n;
    free(e->line);
    e->line = mem_zalloc((size_t)n + 1);
    got = pread(e->fd, e->line, (size_t)n, (off_t)e->start[i]);
    if (got != (ssize_t)n)
        return NULL;
    *len = (size_t)n;
    return e->line;
}

/* The time a line states, without parsing the whole of it. */
static int64_t line_time(struct evlog *e, size_t i)
{
    static const char key[] = "\"time\":\"";
    size_t len;
    const char *line = evlog_line(e, i, &len), *at = line ? strstr(line, key) : NULL;
    char iso[25] = "";

    if (!at || strlen(at) < sizeof key - 1 + 24)
        return 0;
    memcpy(iso, at + sizeof key - 1, 24);
    return model_time(iso);
}

int64_t evlog_poll(struct evlog *e)
{
    static char chunk[65536];
    size_t before = e->n;
    uint64_t at;
    ssize_t got;

    if (e->fd < 0)
        e->fd = open(e->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (e->fd < 0)
        return -errno;
    at = e->start[e->n];
    while ((got = pread(e->fd, chunk, sizeof chunk, (off_t)at)) > 0) {
        for (const char *p = chunk, *end; (end = memchr(p, '\n', (size_t)(chunk + got - p))); p = end + 1)
            line_add(e, at + (uint64_t)(end - chunk) + 1);
        at += (uint64_t)got;
    }
    if (e->n > before) {
        e->time = mem_grow(e->time, e->n, sizeof *e->time);
        for (size_t i = before; i < e->n; i++)
            e->time[i] = line_time(e, i);
    }
    return (int64_t)e->n;
}
