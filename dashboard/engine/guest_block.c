/* SPDX-License-Identifier: MIT */
/*
 * See guest_block.h. The counters are those of the emulated device: what the guest asked for, counted when it
 * was answered.
 */
#include "guest_block.h"

#include <errno.h>
#include <string.h>

#include "json.h"

#define DISK_NAME "disk0" /* in qemu.flags */

enum { COUNTERS = 5 };

static const char *const theirs[COUNTERS] = {"rd_operations", "rd_bytes", "wr_operations", "wr_bytes",
                                             "flush_operations"};
static const char *const ours[COUNTERS] = {"readOps", "readBytes", "writeOps", "writeBytes", "flushOps"};

static int counters_get(const cJSON *o, const char *const *names, struct guest_block_stats *out)
{
    uint64_t *const slot[COUNTERS] = {&out->read_ops, &out->read_bytes, &out->write_ops, &out->write_bytes,
                                      &out->flush_ops};

    for (int i = 0; i < COUNTERS; i++)
        if (json_u64(o, names[i], slot[i]) < 0)
            return -EINVAL;
    return 0;
}

int guest_block_parse(const cJSON *answer, struct guest_block_stats *out)
{
    const cJSON *e;

    cJSON_ArrayForEach(e, answer)
    {
        const char *device = json_text(e, "device");

        if (device && strcmp(device, DISK_NAME) == 0)
            return counters_get(cJSON_GetObjectItemCaseSensitive(e, "stats"), theirs, out);
    }
    return -EINVAL;
}

int guest_block_get(const cJSON *o, struct guest_block_stats *out)
{
    return counters_get(o, ours, out);
}

void guest_block_put(cJSON *o, const struct guest_block_stats *s)
{
    const uint64_t v[COUNTERS] = {s->read_ops, s->read_bytes, s->write_ops, s->write_bytes, s->flush_ops};

    for (int i = 0; i < COUNTERS; i++)
        json_add_u64(o, ours[i], v[i]);
}
