/* SPDX-License-Identifier: MIT */
/*
 * The emulator's control channel (QMP), as far as the engine needs it: say hello, note the events, ask a few
 * things. Invariant: lines and open questions are bounded; what is not understood is ignored, never an error:
 * the verdict must not depend on it.
 */
#ifndef ENGINE_QMP_H
#define ENGINE_QMP_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QMP_OPEN_MAX 4u

/* The answer to a question: its "return", or NULL when the emulator refused. */
typedef void qmp_answer(void *ctx, const cJSON *answer);

struct qmp_question {
    uint64_t id; /* 0: free */
    qmp_answer *answer;
    void *ctx;
};

struct qmp {
    int fd;           /* answers go here */
    bool greeted;     /* capabilities were negotiated */
    bool reset;       /* guest-reset, or a RESET event from the guest */
    bool shutdown;    /* guest-shutdown */
    bool panicked;    /* guest-panic */
    char version[32]; /* "7.2.22", "" before the greeting */
    uint64_t last_id;
    struct qmp_question open[QMP_OPEN_MAX];
    size_t have;
    char line[65536];
};

/* Prepares for a channel on `fd` (not owned). */
void qmp_init(struct qmp *q, int fd);
/*
 * Asks: `command` is a command without arguments. `answer` is called from a later qmp_feed, or never when the
 * emulator ends first. 0; -EAGAIN before the greeting, -ENOBUFS when too many questions are open, or the
 * channel's errno.
 */
int qmp_ask(struct qmp *q, const char *command, qmp_answer *answer, void *ctx);
/* Takes the next bytes. */
void qmp_feed(struct qmp *q, const void *bytes, size_t n);

#endif
