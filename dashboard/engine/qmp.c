/* SPDX-License-Identifier: MIT */
/*
 * QMP: one JSON object a line.
 * Invariant: see qmp.h; a line over the buffer's size is dropped whole.
 */
#include "qmp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

void qmp_init(struct qmp *q, int fd)
{
    memset(q, 0, sizeof *q);
    q->fd = fd;
}

static void greeting_take(struct qmp *q, const cJSON *greeting)
{
    static const char hello[] = "{\"execute\":\"qmp_capabilities\"}\n";
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(greeting, "version");
    const cJSON *n = cJSON_GetObjectItemCaseSensitive(v, "qemu");
    const cJSON *major = cJSON_GetObjectItemCaseSensitive(n, "major");
    const cJSON *minor = cJSON_GetObjectItemCaseSensitive(n, "minor");
    const cJSON *micro = cJSON_GetObjectItemCaseSensitive(n, "micro");

    if (cJSON_IsNumber(major) && cJSON_IsNumber(minor) && cJSON_IsNumber(micro))
        snprintf(q->version, sizeof q->version, "%d.%d.%d", major->valueint, minor->valueint,
                 micro->valueint);
    if (!q->greeted && q->fd >= 0)
        q->greeted = send(q->fd, hello, sizeof hello - 1, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

static void event_take(struct qmp *q, const char *event, const cJSON *data)
{
    const cJSON *r = cJSON_GetObjectItemCaseSensitive(data, "reason");
    const cJSON *g = cJSON_GetObjectItemCaseSensitive(data, "guest");
    const char *reason = cJSON_IsString(r) ? r->valuestring : "";

    if (strcmp(event, "GUEST_PANICKED") == 0 || strcmp(reason, "guest-panic") == 0)
        q->panicked = true;
    else if (strcmp(reason, "guest-reset") == 0 || (strcmp(event, "RESET") == 0 && cJSON_IsTrue(g)))
        q->reset = true;
    else if (strcmp(reason, "guest-shutdown") == 0)
        q->shutdown = true;
}

int qmp_ask(struct qmp *q, const char *command, qmp_answer *answer, void *ctx)
{
    struct qmp_question *free = NULL;
    char line[128];
    int n;

    for (size_t i = 0; i < QMP_OPEN_MAX && !free; i++)
        free = q->open[i].id == 0 ? &q->open[i] : NULL;
    if (!q->greeted || !free)
        return q->greeted ? -ENOBUFS : -EAGAIN;
    n = snprintf(line, sizeof line, "{\"execute\":\"%s\",\"id\":%llu}\n", command,
                 (unsigned long long)++q->last_id);
    if (n < 0 || (size_t)n >= sizeof line)
        return -EINVAL;
    /* A command is far smaller than the socket's room: it goes whole or not at all. */
    if (send(q->fd, line, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) != n)
        return errno ? -errno : -EIO;
    *free = (struct qmp_question){.id = q->last_id, .answer = answer, .ctx = ctx};
    return 0;
}

static void answer_take(struct qmp *q, const cJSON *v)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(v, "id");

    for (size_t i = 0; cJSON_IsNumber(id) && i < QMP_OPEN_MAX; i++) {
        struct qmp_question asked = q->open[i];

        if (asked.id == 0 || (double)asked.id != id->valuedouble)
            continue;
        q->open[i].id = 0;
        asked.answer(asked.ctx, cJSON_GetObjectItemCaseSensitive(v, "return"));
    }
}

static void line_take(struct qmp *q, const char *line, size_t n)
{
    cJSON *v = cJSON_ParseWithLength(line, n);
    const cJSON *greeting = cJSON_GetObjectItemCaseSensitive(v, "QMP");
    const cJSON *event = cJSON_GetObjectItemCaseSensitive(v, "event");

    if (greeting)
        greeting_take(q, greeting);
    else if (cJSON_IsString(event))
        event_take(q, event->valuestring, cJSON_GetObjectItemCaseSensitive(v, "data"));
    else
        answer_take(q, v);
    cJSON_Delete(v);
}

void qmp_feed(struct qmp *q, const void *bytes, size_t n)
{
    const char *p = bytes;

    for (; n; n--, p++) {
        if (*p != '\n') {
            if (q->have < sizeof q->line)
                q->line[q->have] = *p;
            q->have += q->have <= sizeof q->line;
            continue;
        }
        if (q->have <= sizeof q->line)
            line_take(q, q->line, q->have);
        q->have = 0;
    }
}
