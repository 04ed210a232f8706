/* SPDX-License-Identifier: MIT */
/* See guest_sync.h. Invariant: at most one question to the emulator is open. */
#include "guest_sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi/bench.h"
#include "guest_block.h"
#include "mem.h"
#include "text.h"

int guest_sync_open(struct guest_sync *s, const struct guest_job *job, const struct guest_callbacks *cb,
                    struct qmp *qmp, struct guest_input *input)
{
    char *path;
    int err = 0;

    *s = (struct guest_sync){.cb = cb, .qmp = qmp, .input = input};
    if (!job->disk || job->kind == GUEST_NATIVE)
        return 0;
    path = mem_printf("%s/block.jsonl", job->run_dir);
    s->file = fopen(path, "we");
    if (!s->file) {
        err = -errno;
        snprintf(s->why, sizeof s->why, "block.jsonl: %s", strerror(-err));
    }
    free(path);
    return err;
}

static bool counters_keep(struct guest_sync *s, const struct guest_block_stats *stats)
{
    cJSON *o = cJSON_CreateObject();
    char *line;
    bool kept;

    cJSON_AddNumberToObject(o, "sync", (double)s->count++);
    cJSON_AddStringToObject(o, "text", s->text);
    guest_block_put(o, stats);
    line = cJSON_PrintUnformatted(o);
    kept = line && fprintf(s->file, "%s\n", line) > 0;
    cJSON_free(line);
    cJSON_Delete(o);
    return kept;
}

static void counters_take(void *ctx, const cJSON *answer)
{
    struct guest_sync *s = ctx;
    struct guest_block_stats stats;

    if (guest_block_parse(answer, &stats) < 0)
        snprintf(s->why, sizeof s->why, "the emulator's block counters cannot be read");
    else if (!counters_keep(s, &stats))
        snprintf(s->why, sizeof s->why, "block.jsonl cannot be written");
    if (s->why[0])
        return;
    if (s->cb->block)
        s->cb->block(s->cb->ctx, s->text, &stats);
    s->text[0] = '\0';
    (void)guest_input_send(s->input, BENCH_GO, NULL, 0);
}

int guest_sync_take(struct guest_sync *s, const void *text, size_t len)
{
    char *shown;
    int err;

    if (!s->file)
        return guest_input_send(s->input, BENCH_GO, NULL, 0);
    if (s->text[0]) {
        snprintf(s->why, sizeof s->why, "bench channel: SYNC before the last one was answered");
        return -EBADMSG;
    }
    shown = text_escaped(text, len, GUEST_SYNC_TEXT - 1);
    snprintf(s->text, sizeof s->text, "%s", shown);
    free(shown);
    err = qmp_ask(s->qmp, "query-blockstats", counters_take, s);
    if (err)
        snprintf(s->why, sizeof s->why, "the emulator cannot be asked for its block counters: %s",
                 strerror(-err));
    return err;
}

int guest_sync_close(struct guest_sync *s)
{
    int err = s->file && fclose(s->file) != 0 ? -EIO : 0;

    s->file = NULL;
    return err;
}
