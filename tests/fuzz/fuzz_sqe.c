/* SPDX-License-Identifier: MIT */
/*
 * Submission entries and ring indices from a hostile program: a process with every kind of capability takes
 * whatever comes. Input: records of 72 bytes: what to do (push an entry, overwrite an index, enter) and the
 * entry. Invariant: one completion for each entry that was taken and is not pending; the process ends
 * cleanly; no frame is lost.
 */
#include <string.h>
#include "abi/syscall.h"
#include "fuzz.h"
#include "host_process.h"

static const unsigned sources[] = {
    CAPOS_SRC_NULL_CAP,        CAPOS_SRC_CONSOLE,        CAPOS_SRC_TIMER,           CAPOS_SRC_DIRECTORY,
    CAPOS_SRC_PROCESS_SPAWNER, CAPOS_SRC_VIRTUAL_MEMORY, CAPOS_SRC_THREAD_CONTROL,  CAPOS_SRC_FRAME_ALLOCATOR,
    CAPOS_SRC_STORE,           CAPOS_SRC_NAMESPACE,      CAPOS_SRC_TERMINAL_SESSION};

#define RECORD 72u

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static uint8_t bytes[2][24 * RECORD];
    static struct fuzz_seed all[2];
    for (unsigned i = 0; i < 24; i++)
        for (unsigned k = 0; k < 2; k++) {
            struct capos_sqe s = {.opcode = (uint8_t)(k == 0 ? CAPOS_OP_CALL : i % 10),
                                  .cap_id = i % 11,
                                  .method_id = (uint16_t)(i / 11),
                                  .user_data = i,
                                  .addr = k == 0 && i % 3 == 0 ? 0 : HP_DATA,
                                  .len = k == 0 && i % 3 == 0 ? 0 : 16 + 8 * (i % 3),
                                  .result_addr = HP_RESULT,
                                  .result_len = 4096};
            bytes[k][i * RECORD] = (uint8_t)(i % 4);
            memcpy(bytes[k] + i * RECORD + 8, &s, sizeof(s));
            all[k] = (struct fuzz_seed){bytes[k], sizeof(bytes[k])};
        }
    *seeds = all;
    return 2;
}

static volatile struct capos_ring_header *header(struct process *p)
{
    return (volatile void *)p->ring;
}

static void one_record(struct process *p, const uint8_t *r)
{
    struct capos_sqe s;
    struct capos_cqe e;
    uint32_t value;
    memcpy(&s, r + 8, sizeof(s));
    memcpy(&value, r + 4, sizeof(value));
    switch (r[0] & 15) {
    case 15:
        header(p)->sq_tail = value;
        break;
    case 14:
        header(p)->cq_head = value;
        break;
    case 13: /* params of its own making */
        user_write(p, HP_DATA, &s, sizeof(s));
        break;
    case 12:
        host_time(value);
        break;
    default:
        hp_push(p, &s);
    }
    if ((r[1] & 1) == 0)
        hp_enter(r[1] & 2, (r[1] & 4) * 1000u);
    if ((r[2] & 1) == 0)
        for (unsigned n = 0; n < 40 && p->ring != NULL && hp_take(p, &e); n++) /* heads may be nonsense */
            fuzz_check(e.zero == 0 && e.badge == 0 && e.result >= CAPOS_ERR_EXCEPTION_TRUNCATED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    host_reset();
    uint64_t frames = frame_free_count();
    struct process *p = hp_start(sources, sizeof(sources) / sizeof(sources[0]));
    uint32_t pid = p->pid;
    for (size_t at = 0; at + RECORD <= len && process_find(pid) != NULL; at += RECORD)
        HOST_RUN(one_record(p, data + at));
    if (process_find(pid) != NULL)
        hp_end(p, 0);
    host.current = NULL;
    process_end_all();
    fuzz_check(process_count() == 0 && host_tables() == 0 && host_threads() == 0);
    fuzz_check(frame_free_count() == frames);
    return 0;
}
