/* SPDX-License-Identifier: MIT */
/*
 * Collecting frames; see collect.h.
 * Invariant: payload sizes were checked by the channel's parser, and are checked again here.
 */
#include "collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/bench.h"
#include "guest_block.h"
#include "json.h"
#include "text.h"

#define COLLECT_MARKS_MAX (1u << 20)
#define COLLECT_STATS_MAX (1u << 16)
#define COLLECT_PARTS_MAX 1000u

static const char *const exit_words[] = {"exited", "faulted", "killed", "spawn_failed"};

static void broken(struct collect *c, const char *what)
{
    if (!c->broken)
        c->broken = mem_dup(what);
}

static void on_begin(struct collect *c, const struct bench_mark *m, uint64_t guest_ns, uint64_t host_ns)
{
    struct collect_mark *last = c->nmarks ? &c->mark[c->nmarks - 1] : NULL;

    if (last && !last->ended) {
        broken(c, "a timed region began inside another");
        return;
    }
    if (c->nmarks >= COLLECT_MARKS_MAX) {
        broken(c, "too many timed regions");
        return;
    }
    c->line_len = 0;
    c->mark = mem_grow(c->mark, c->nmarks + 1, sizeof *c->mark);
    c->mark[c->nmarks++] = (struct collect_mark){.iteration = m->iteration,
                                                 .region = m->region,
                                                 .warmup = m->warmup,
                                                 .begin_guest = guest_ns,
                                                 .begin_host = host_ns,
                                                 .block_begun = c->block_fresh,
                                                 .block_begin = c->block};
    c->block_fresh = false;
}

void collect_block(struct collect *c, const struct guest_block_stats *stats)
{
    struct collect_mark *last = c->nmarks ? &c->mark[c->nmarks - 1] : NULL;

    if (last && last->ended && last->block_begun && !last->block_ended) {
        last->block_ended = true;
        last->block_end = *stats;
    } else {
        c->block = *stats;
        c->block_fresh = true;
    }
}

static void on_end(struct collect *c, const struct bench_mark *m, uint64_t guest_ns, uint64_t host_ns)
{
    struct collect_mark *last = c->nmarks ? &c->mark[c->nmarks - 1] : NULL;

    if (!last || last->ended || last->iteration != m->iteration || last->region != m->region) {
        broken(c, "a timed region ended that had not begun");
        return;
    }
    if (guest_ns < last->begin_guest || host_ns < last->begin_host) {
        broken(c, "a clock ran backwards");
        return;
    }
    last->ended = true;
    last->end_guest = guest_ns;
    last->end_host = host_ns;
}

static void on_exit_frame(struct collect *c, const struct bench_exit *e)
{
    struct collect_mark *last = c->nmarks ? &c->mark[c->nmarks - 1] : NULL;

    c->runs++;
    if (last && last->ended && !last->exited && last->iteration == e->iteration &&
        last->region == e->region) {
        last->exited = true;
        last->exit_kind = e->kind;
        last->exit_code = e->code;
    }
    if ((e->kind != BENCH_EXITED || e->code != 0) && !c->failed_exit) {
        c->failed_exit = true;
        c->fail_kind = e->kind;
        c->fail_code = e->code;
    }
}

/* "wrote N bytes", with which a program says what it wrote; several add up. */
static void on_wrote(struct collect_mark *m, const char *line, size_t len)
{
    static const char word[] = "wrote ", unit[] = " bytes";
    size_t head = sizeof word - 1, tail = sizeof unit - 1;
    uint64_t v = 0;

    if (len <= head + tail || len > head + tail + 15 || memcmp(line, word, head) != 0 ||
        memcmp(line + len - tail, unit, tail) != 0)
        return;
    for (size_t i = head; i < len - tail; i++) {
        if (line[i] < '0' || line[i] > '9')
            return;
        v = v * 10 + (uint64_t)(line[i] - '0');
    }
    m->wrote_known = true;
    m->wrote += v;
}

/* "NAME....  S.MMMs", as speedtest1 prints it; anything else is no part. */
static void on_line(struct collect_mark *m, const char *line, size_t len)
{
    size_t name = len, at;
    uint64_t ms = 0;
    unsigned digits = 0;
    char *text;

    if (len < 8 || line[len - 1] != 's' || line[len - 5] != '.' || m->nparts >= COLLECT_PARTS_MAX)
        return;
    for (at = len - 1; at > 0 && line[at - 1] != ' '; at--)
        ;
    for (size_t i = at; i + 1 < len; i++) {
        if (i == len - 5)
            continue;
        if (line[i] < '0' || line[i] > '9' || ++digits > 12)
            return;
        ms = ms * 10 + (uint64_t)(line[i] - '0');
    }
    for (name = at; name > 0 && line[name - 1] == ' '; name--)
        ;
    if (name < 2 || line[name - 1] != '.' || digits < 4)
        return;
    while (name > 0 && line[name - 1] == '.')
        name--;
    for (; name > 0 && *line == ' '; line++)
        name--;
    if (name == 0)
        return;
    m->part = mem_grow(m->part, m->nparts + 1, sizeof *m->part);
    text = text_escaped(line, name, COLLECT_PART_NAME - 8);
    snprintf(m->part[m->nparts].name, COLLECT_PART_NAME, "%s", text);
    free(text);
    m->part[m->nparts++].ms = ms;
}

/* Lines of the region that runs, or has just ended and whose program has not been reported yet. */
static void on_stdout(struct collect *c, const char *bytes, size_t len)
{
    struct collect_mark *last = c->nmarks ? &c->mark[c->nmarks - 1] : NULL;

    if (!last || last->exited)
        return;
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\n') {
            if (c->line_len < sizeof c->line) {
                on_line(last, c->line, c->line_len);
                on_wrote(last, c->line, c->line_len);
                latency_line(&last->latency, c->line, c->line_len);
            }
            c->line_len = 0;
        } else if (c->line_len < sizeof c->line) {
            c->line[c->line_len++] = bytes[i];
        }
    }
}

static void on_output(struct collect *c, const char *bytes, size_t len)
{
    if (len > COLLECT_TAIL) {
        bytes += len - COLLECT_TAIL;
        len = COLLECT_TAIL;
    }
    if (c->tail_len + len > COLLECT_TAIL) {
        size_t drop = c->tail_len + len - COLLECT_TAIL;

        memmove(c->tail, c->tail + drop, c->tail_len - drop);
        c->tail_len -= drop;
    }
    memcpy(c->tail + c->tail_len, bytes, len);
    c->tail_len += len;
}

void collect_frame(struct collect *c, unsigned type, uint64_t guest_ns, uint64_t host_ns, const void *payload,
                   size_t len)
{
    struct bench_mark mark;
    struct bench_exit ex;
    struct bench_output stream;
    char *s;

    switch (type) {
    case BENCH_BEGIN:
    case BENCH_END:
        if (len != sizeof mark) {
            broken(c, "a mark of the wrong size");
            return;
        }
        memcpy(&mark, payload, sizeof mark);
        if (type == BENCH_BEGIN)
            on_begin(c, &mark, guest_ns, host_ns);
        else
            on_end(c, &mark, guest_ns, host_ns);
        return;
    case BENCH_EXIT:
        if (len != sizeof ex) {
            broken(c, "an exit record of the wrong size");
            return;
        }
        memcpy(&ex, payload, sizeof ex);
        on_exit_frame(c, &ex);
        return;
    case BENCH_OUTPUT:
        if (len <= sizeof(struct bench_output))
            return;
        memcpy(&stream, payload, sizeof stream);
        if (stream.stream == 1)
            attempts_feed(&c->attempts, (const char *)payload + sizeof stream, len - sizeof stream);
        if (stream.stream == 1)
            on_stdout(c, (const char *)payload + sizeof stream, len - sizeof stream);
        on_output(c, (const char *)payload + sizeof stream, len - sizeof stream);
        return;
    case BENCH_STEP:
        s = text_escaped(payload, len, 120);
        snprintf(c->step, sizeof c->step, "%s", s);
        free(s);
        return;
    case BENCH_ERROR:
        if (!c->error)
            c->error = text_escaped(payload, len, 400);
        return;
    case BENCH_STAT:
        resources_stat(&c->resources, payload, len);
        return;
    default:
        return;
    }
}

void collect_free(struct collect *c)
{
    for (size_t i = 0; i < c->nmarks; i++) {
        free(c->mark[i].part);
        latency_free(&c->mark[i].latency);
    }
    free(c->mark);
    free(c->broken);
    free(c->error);
    resources_free(&c->resources);
    *c = (struct collect){0};
}

char *collect_exit_text(uint32_t kind, int64_t code, enum guest_kind guest)
{
    switch (kind) {
    case BENCH_EXITED:
        return mem_printf("exit code %lld", (long long)code);
    case BENCH_FAULTED:
        return mem_printf("ended by a fault (%s %lld)", guest == GUEST_CAPOS ? "vector" : "signal",
                          (long long)code);
    case BENCH_KILLED:
        return mem_dup("killed: over a limit");
    case BENCH_SPAWN_FAILED:
        return mem_printf("could not be started: %s", strerror(code < 0 && code > -4096 ? (int)-code : 0));
    default:
        return mem_printf("ended in an unknown way (%u)", kind);
    }
}

/* Host times count from QEMU's start; a stamp before it (a broken log) counts as 0. */
static uint64_t relative(const struct collect *c, uint64_t host)
{
    return host > c->start_host ? host - c->start_host : 0;
}

static void add_parts(cJSON *each, const struct collect_mark *m)
{
    cJSON *parts = cJSON_AddArrayToObject(each, "parts");

    for (size_t i = 0; i < m->nparts; i++) {
        cJSON *p = cJSON_CreateObject();

        json_add_text(p, "name", m->part[i].name);
        json_add_u64(p, "ms", m->part[i].ms);
        cJSON_AddItemToArray(parts, p);
    }
}

/* What the disk did between the region's ends. */
static void add_block(cJSON *each, const struct collect_mark *m)
{
    const struct guest_block_stats *a = &m->block_begin, *z = &m->block_end;
    const struct guest_block_stats d = {z->read_ops - a->read_ops, z->read_bytes - a->read_bytes,
                                        z->write_ops - a->write_ops, z->write_bytes - a->write_bytes,
                                        z->flush_ops - a->flush_ops};

    if (m->block_begun && m->block_ended)
        guest_block_put(cJSON_AddObjectToObject(each, "block"), &d);
    if (m->wrote_known)
        json_add_u64(each, "wroteBytes", m->wrote);
}

cJSON *collect_marks(const struct collect *c, const struct definition *d, enum def_size size,
                     enum def_backing backing, enum guest_kind guest, bool guest_clock)
{
    cJSON *o = cJSON_CreateObject(), *regions, *marks;
    size_t n = definition_regions(d, NULL, 0);
    int *program = mem_zalloc(n * sizeof *program);

    definition_regions(d, program, n);
    json_add_u64(o, "schema", 1);
    json_add_text(o, "unit", d->unit);
    cJSON_AddBoolToObject(o, "lowerIsBetter", d->lower_is_better);
    json_add_text(o, "clock", guest_clock ? "guest" : "host");
    regions = cJSON_AddArrayToObject(o, "regions");
    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(regions, cJSON_CreateString(d->programs[program[i]].id));
    if (definition_disk(d, guest))
        json_add_text(o, "disk", definition_backing_name(backing));
    if (d->session.from_boot)
        json_add_text(o, "from", "boot");
    if (d->latency != DEF_LATENCY_NONE)
        json_add_text(o, "latency", d->latency == DEF_LATENCY_STATED ? "stated" : "regions");
    json_add_u64(o, "warmups", d->warmups);
    json_add_u64(o, "iterations", d->iterations[size]);
    marks = cJSON_AddArrayToObject(o, "marks");
    for (size_t i = 0; i < c->nmarks; i++) {
        const struct collect_mark *m = &c->mark[i];
        cJSON *each = cJSON_CreateObject();

        json_add_u64(each, "iteration", m->iteration);
        json_add_u64(each, "region", m->region);
        cJSON_AddBoolToObject(each, "warmup", m->warmup != 0);
        json_add_u64(each, "beginGuestNs", d->session.from_boot ? 0 : m->begin_guest);
        json_add_u64(each, "beginHostNs", d->session.from_boot ? 0 : relative(c, m->begin_host));
        if (m->ended) {
            json_add_u64(each, "endGuestNs", m->end_guest);
            json_add_u64(each, "endHostNs", relative(c, m->end_host));
        }
        if (m->exited) {
            json_add_text(each, "exitKind", m->exit_kind < 4 ? exit_words[m->exit_kind] : "?");
            cJSON_AddNumberToObject(each, "exitCode", (double)m->exit_code);
        }
        if (d->parts)
            add_parts(each, m);
        if (d->latency == DEF_LATENCY_STATED)
            cJSON_AddItemToObject(each, "latency", latency_json(&m->latency));
        if (definition_disk(d, guest))
            add_block(each, m);
        cJSON_AddItemToArray(marks, each);
    }
    free(program);
    return o;
}
