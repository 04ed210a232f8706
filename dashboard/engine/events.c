/* SPDX-License-Identifier: MIT */
/*
 * The event log; see events.h.
 * Invariant: one write(2) a line to a file opened with O_APPEND.
 */
#include "events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "json.h"
#include "mem.h"

int events_create(struct events *e, const char *path)
{
    *e = (struct events){.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666)};
    if (e->fd < 0)
        return e->error = -errno;
    return 0;
}

void events_time(char out[32])
{
    struct timespec ts;
    struct tm tm;
    char date[24];

    clock_gettime(CLOCK_REALTIME, &ts);
    gmtime_r(&ts.tv_sec, &tm);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out, 32, "%s.%03dZ", date, (int)(ts.tv_nsec / 1000000 % 1000));
}

cJSON *events_new(struct events *e, const char *event)
{
    cJSON *line = cJSON_CreateObject();
    char now[32];

    events_time(now);
    json_add_u64(line, "seq", e->seq);
    json_add_text(line, "time", now);
    json_add_text(line, "event", event);
    return line;
}

void events_add(struct events *e, cJSON *line)
{
    char *s = cJSON_PrintUnformatted(line), *text = mem_printf("%s\n", s ? s : "{}");
    size_t n = strlen(text), done = 0;

    while (!e->error && done < n) {
        ssize_t w = write(e->fd, text + done, n - done);

        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            e->error = -errno;
        else
            done += (size_t)w;
    }
    e->seq++;
    free(text);
    cJSON_free(s);
    cJSON_Delete(line);
}

int events_sync(struct events *e)
{
    if (!e->error && fsync(e->fd) < 0)
        e->error = -errno;
    return e->error;
}

int events_close(struct events *e)
{
    (void)events_sync(e);
    if (e->fd >= 0 && close(e->fd) < 0 && !e->error)
        e->error = -errno;
    e->fd = -1;
    return e->error;
}

cJSON *events_load(const char *path, char **why)
{
    cJSON *all = cJSON_CreateArray();
    char *text, *bad = NULL;
    size_t len, line = 0;
    int rc = files_read(path, JSON_FILE_MAX, &text, &len);

    *why = NULL;
    if (rc < 0) {
        *why = mem_printf("%s: %s", path, strerror(-rc));
        cJSON_Delete(all);
        return NULL;
    }
    for (char *p = text, *end; (end = memchr(p, '\n', len - (size_t)(p - text))); p = end + 1) {
        cJSON *o = json_parse(p, (size_t)(end - p), &bad);
        uint64_t seq;

        if (o && (json_u64(o, "seq", &seq) < 0 || seq != line))
            bad = mem_dup("out of sequence");
        if (bad) {
            *why = mem_printf("%s: line %zu: %s", path, line + 1, bad);
            free(bad);
            cJSON_Delete(o);
            cJSON_Delete(all);
            free(text);
            return NULL;
        }
        cJSON_AddItemToArray(all, o);
        line++;
    }
    free(text);
    return all;
}
