/* SPDX-License-Identifier: MIT */
/*
 * The kernel's serial lines; see serial.h.
 * Invariant: fields are found by their names, so an added field harms nothing.
 */
#include "serial.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* Start and length of the value of ` key=`; NULL when the line has none. */
static const char *field(const char *line, const char *key, size_t *len)
{
    size_t n = strlen(key);

    for (const char *p = line; *p; p += strcspn(p, " ") + strspn(p + strcspn(p, " "), " ")) {
        if (strncmp(p, key, n) == 0 && p[n] == '=') {
            *len = strcspn(p + n + 1, " ");
            return p + n + 1;
        }
    }
    return NULL;
}

static bool field_u64(const char *line, const char *key, uint64_t *out)
{
    size_t len;
    const char *v = field(line, key, &len);
    char *end;

    if (!v || !isdigit((unsigned char)*v))
        return false;
    errno = 0;
    *out = strtoull(v, &end, 0);
    return errno == 0 && end == v + len;
}

static void field_text(const char *line, const char *key, char *out, size_t size)
{
    size_t len;
    const char *v = field(line, key, &len);

    snprintf(out, size, "%.*s", v ? (int)(len < size ? len : size - 1) : 0, v ? v : "");
}

/* "name:Interface[:calls or mode],…"; entries that are not of that form are skipped. */
static struct serial_cap *parse_caps(const char *line, size_t *n)
{
    size_t len;
    const char *v = field(line, "caps", &len), *end = v ? v + len : NULL;
    struct serial_cap *caps = NULL;

    *n = 0;
    while (v && v < end && *n < SERIAL_CAPS_MAX) {
        const char *stop = memchr(v, ',', (size_t)(end - v)), *c1, *c2;
        struct serial_cap cap = {0};

        if (!stop)
            stop = end;
        c1 = memchr(v, ':', (size_t)(stop - v));
        c2 = c1 ? memchr(c1 + 1, ':', (size_t)(stop - c1 - 1)) : NULL;
        if (c1 && c1 > v && (size_t)(c1 - v) < sizeof cap.name) {
            const char *t = c2 ? c2 : stop;

            memcpy(cap.name, v, (size_t)(c1 - v));
            snprintf(cap.interface, sizeof cap.interface, "%.*s", (int)(t - c1 - 1 < 63 ? t - c1 - 1 : 63),
                     c1 + 1);
            if (c2 && isdigit((unsigned char)c2[1]))
                cap.calls = strtoull(c2 + 1, NULL, 10);
            else if (c2)
                snprintf(cap.mode, sizeof cap.mode, "%.*s", (int)(stop - c2 - 1 < 15 ? stop - c2 - 1 : 15),
                         c2 + 1);
            caps = mem_grow(caps, *n + 1, sizeof *caps);
            caps[(*n)++] = cap;
        }
        v = stop + 1;
    }
    return caps;
}

static struct serial_process *find(struct serial_log *log, unsigned pid)
{
    for (size_t i = log->nproc; i > 0; i--)
        if (log->proc[i - 1].pid == pid)
            return &log->proc[i - 1];
    return NULL;
}

const struct serial_process *serial_process(const struct serial_log *log, unsigned pid)
{
    for (size_t i = log->nproc; i > 0; i--)
        if (log->proc[i - 1].pid == pid)
            return &log->proc[i - 1];
    return NULL;
}

/* "caps=@PID": the list that process was shown with in a line of the same kind (used: its exit). */
static struct serial_cap *line_caps(const struct serial_log *log, const char *line, bool used, size_t *n)
{
    size_t len;
    const char *v = field(line, "caps", &len);
    const struct serial_process *other;
    const struct serial_cap *from;
    struct serial_cap *caps = NULL;

    if (!v || len < 2 || *v != '@')
        return parse_caps(line, n);
    other = serial_process(log, (unsigned)strtoul(v + 1, NULL, 10));
    from = !other ? NULL : used ? other->used : other->granted;
    *n = !from ? 0 : used ? other->nused : other->ngranted;
    if (*n > 0) {
        caps = mem_grow(NULL, *n, sizeof *caps);
        memcpy(caps, from, *n * sizeof *caps);
    }
    return caps;
}

static void line_spawn(struct serial_log *log, const char *line)
{
    struct serial_process p = {0};
    uint64_t pid, parent = 0;

    if (!field_u64(line, "pid", &pid) || pid > UINT32_MAX || log->nproc >= SERIAL_PROCS_MAX)
        return;
    (void)field_u64(line, "parent", &parent);
    p.pid = (unsigned)pid;
    p.parent = (unsigned)parent;
    field_text(line, "name", p.name, sizeof p.name);
    p.granted = line_caps(log, line, false, &p.ngranted);
    log->proc = mem_grow(log->proc, log->nproc + 1, sizeof *log->proc);
    log->proc[log->nproc++] = p;
}

static void line_exit(struct serial_log *log, const char *line)
{
    struct serial_process *p;
    char code[32];
    uint64_t pid;

    if (!field_u64(line, "pid", &pid) || pid > UINT32_MAX)
        return;
    p = find(log, (unsigned)pid);
    if (!p || p->exited)
        return;
    p->exited = true;
    field_text(line, "code", code, sizeof code);
    p->code = strtoll(code, NULL, 10);
    field_text(line, "why", p->why, sizeof p->why);
    (void)field_u64(line, "peak_frames", &p->peak_frames);
    (void)field_u64(line, "calls", &p->calls);
    (void)field_u64(line, "refused", &p->refused);
    p->used = line_caps(log, line, true, &p->nused);
}

static void line_refused(struct serial_log *log, const char *line)
{
    struct serial_refusal r = {0};
    uint64_t pid;

    if (!field_u64(line, "pid", &pid) || pid > UINT32_MAX || log->nrefusals >= SERIAL_REFUSALS_MAX)
        return;
    r.pid = (unsigned)pid;
    field_text(line, "cap", r.cap, sizeof r.cap);
    field_text(line, "method", r.method, sizeof r.method);
    field_text(line, "why", r.why, sizeof r.why);
    log->refusal = mem_grow(log->refusal, log->nrefusals + 1, sizeof *log->refusal);
    log->refusal[log->nrefusals++] = r;
}

static void line_frames(struct serial_log *log, const char *line)
{
    char when[16];
    uint64_t n;

    field_text(line, "when", when, sizeof when);
    if (!field_u64(line, "free", &n))
        return;
    if (strcmp(when, "start") == 0)
        log->frames_start = n;
    else if (strcmp(when, "end") == 0)
        log->frames_end = n;
}

static void serial_line(struct serial_log *log)
{
    const char *line = strstr(log->line, "capos: ");

    if (!line)
        return;
    line += 7;
    if (strncmp(line, "spawn ", 6) == 0) {
        line_spawn(log, line + 6);
    } else if (strncmp(line, "exit ", 5) == 0) {
        line_exit(log, line + 5);
    } else if (strncmp(line, "refused ", 8) == 0) {
        line_refused(log, line + 8);
    } else if (strncmp(line, "fault ", 6) == 0) {
        snprintf(log->fault_line, sizeof log->fault_line, "%.200s", line);
    } else if (strncmp(line, "frames ", 7) == 0) {
        line_frames(log, line + 7);
    } else if (strncmp(line, "init ", 5) == 0) {
        (void)field_u64(line + 5, "ns", &log->init_ns);
    } else if (strncmp(line, "kernel ", 7) == 0) {
        snprintf(log->kernel, sizeof log->kernel, "%.120s", line + 7);
        (void)field_u64(line + 7, "tsc_khz", &log->tsc_khz);
    } else if (strncmp(line, "PANIC", 5) == 0 && !log->panic) {
        log->panic = true;
        snprintf(log->panic_line, sizeof log->panic_line, "%.200s", line);
    }
}

void serial_feed(struct serial_log *log, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;

    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\n') {
            log->line[log->len] = '\0';
            if (log->overlong)
                log->dropped++;
            else
                serial_line(log);
            log->len = 0;
            log->overlong = false;
        } else if (log->len + 1 < sizeof log->line) {
            if (p[i] >= 0x20 && p[i] <= 0x7e)
                log->line[log->len++] = (char)p[i];
        } else {
            log->overlong = true;
        }
    }
}

void serial_free(struct serial_log *log)
{
    for (size_t i = 0; i < log->nproc; i++) {
        free(log->proc[i].granted);
        free(log->proc[i].used);
    }
    free(log->refusal);
    free(log->proc);
    *log = (struct serial_log){0};
}
