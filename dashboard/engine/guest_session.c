/* SPDX-License-Identifier: MIT */
/*
 * One running guest: dispatch of its streams, limits, logs.
 * Invariant: after the first broken rule nothing more from the bench channel reaches the caller; console and
 * serial bytes up to the end still do.
 */
#include "guest_session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel.h"
#include "channel_files.h"
#include "channel_raw.h"
#include "files.h"
#include "guest_input.h"
#include "guest_loop.h"
#include "guest_serial.h"
#include "guest_sync.h"
#include "guest_verdict.h"
#include "mem.h"
#include "qemu.h"
#include "qmp.h"
#include "text.h"

#define GRACE_NS    UINT64_C(10000000000) /* from DONE to the end */
#define SOCKET_ROOM (1 << 20)
#define PUNCH_STEP  (1u << 20)
#define REASON_MAX  200 /* bytes of a guest's text kept for the reason */

struct guest_session {
    const struct guest_job *job;
    const struct guest_callbacks *cb;
    struct guest_outcome *out;
    struct channel channel;
    struct channel_files files;
    struct guest_serial serial;
    struct qmp qmp;
    struct guest_loop loop;
    struct guest_loop_end end;
    struct guest_input input;
    int input_far; /* the pipe's end that the guest reads, kept open so that a write never raises a signal */
    FILE *raw;
    struct guest_sync sync;
    int process_log;
    uint64_t output;                /* bytes counted against the limit */
    uint64_t punched[STREAM_COUNT]; /* of a file: already given back to the disk */
    uint64_t stamp;                 /* of the bytes being parsed */
    int host_err;                   /* a log or artifact could not be written */
    bool done;
    char *flood, *defect, *agent_error; /* first of each; NULL: none */
};

__attribute__((format(printf, 3, 4))) static int fail(struct guest_session *s, int err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(s->out->reason, sizeof s->out->reason, fmt, ap);
    va_end(ap);
    return err;
}

static bool output_count(struct guest_session *s, size_t n, const char *what)
{
    s->output += n;
    if (s->output <= s->job->limit_output_bytes || s->flood)
        return !s->flood;
    s->flood = mem_printf("the guest sent more than %llu bytes of output (the last on its %s)",
                          (unsigned long long)s->job->limit_output_bytes, what);
    return false;
}

/* The agent must be that of the guest we started. */
static bool hello_right(const struct guest_session *s, const char *text, size_t len)
{
    const char *want = s->job->kind == GUEST_CAPOS ? " capos" : " linux";
    size_t n = strlen(want);

    return len > n + 6 && memcmp(text, "agent ", 6) == 0 && memcmp(text + len - n, want, n) == 0;
}

/* What a frame means to the session itself. 0, or -EBADMSG with `defect` set. */
static int frame_note(struct guest_session *s, const struct bench_frame *h, const uint8_t *payload)
{
    if (h->type == BENCH_HELLO) {
        s->out->first_frame_ns = s->stamp;
        if (!hello_right(s, (const char *)payload, h->len)) {
            char *shown = text_escaped(payload, h->len, 60);
            s->defect =
                mem_printf("bench channel: the first frame is not from this guest's agent: %s", shown);
            free(shown);
            return -EBADMSG;
        }
        s->input.open = true;
        (void)guest_input_write(&s->input);
    } else if (h->type == BENCH_ERROR && !s->agent_error) {
        s->agent_error = text_escaped(payload, h->len, REASON_MAX);
    } else if (h->type == BENCH_DONE) {
        uint64_t grace = guest_clock_monotonic() + GRACE_NS;
        if (s->files.fd >= 0 && !s->agent_error) {
            s->defect = mem_dup("bench channel: DONE in the middle of an exported file");
            return -EBADMSG;
        }
        s->done = s->input.closed = true;
        if (grace < s->loop.deadline_ns)
            s->loop.deadline_ns = grace;
    }
    return 0;
}

static int frame_file(struct guest_session *s, const struct bench_frame *h, const uint8_t *payload)
{
    int err = channel_files_frame(&s->files, h, payload);

    if (!err)
        return 0;
    if (err == -EPROTO)
        s->defect = mem_dup(s->files.why);
    else if (err == -EFBIG)
        s->flood = mem_dup(s->files.why);
    else {
        s->host_err = err;
        fail(s, err, "%s", s->files.why);
    }
    return err;
}

static int frame_take(void *ctx, const struct bench_frame *h, const uint8_t *payload)
{
    struct guest_session *s = ctx;
    bool file = h->type == BENCH_FILE_BEGIN || h->type == BENCH_FILE_DATA || h->type == BENCH_FILE_END;
    int err;

    s->out->frames++;
    err = channel_raw_add(s->raw, s->stamp, h, payload);
    if (err) {
        s->host_err = err;
        return fail(s, err, "cannot write bench.raw: %s", strerror(-err));
    }
    if (!output_count(s, sizeof *h + (h->type == BENCH_FILE_DATA ? 0 : h->len), "bench channel"))
        return -EFBIG;
    err = file ? frame_file(s, h, payload) : frame_note(s, h, payload);
    if (err)
        return err;
    if (s->cb->frame)
        s->cb->frame(s->cb->ctx, h->type, h->guest_ns, s->stamp, payload, h->len);
    if (h->type == BENCH_SYNC && (err = guest_sync_take(&s->sync, payload, h->len)) != 0)
        s->defect = mem_dup(s->sync.why);
    return err;
}

/* Gives back the disk space of what has been read, a megabyte at a time. Not every file system can; then it
 * is held till the end. */
static void stream_punch(struct guest_session *s, enum guest_stream stream)
{
    uint64_t at = s->loop.at[stream] & ~(uint64_t)(PUNCH_STEP - 1);

    if (s->loop.file[stream] && at > s->punched[stream]) {
        (void)fallocate(s->loop.fd[stream], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                        (off_t)s->punched[stream], (off_t)(at - s->punched[stream]));
        s->punched[stream] = at;
    }
}

static bool bench_take(struct guest_session *s, const uint8_t *bytes, size_t n, uint64_t host_ns)
{
    if (s->defect || s->flood || s->host_err)
        return false;
    s->stamp = host_ns;
    stream_punch(s, STREAM_BENCH);
    if (channel_feed(&s->channel, bytes, n) == 0)
        return true;
    if (s->channel.broken && !s->defect)
        s->defect = mem_dup(s->channel.why);
    return false;
}

static bool stream_take(void *ctx, enum guest_stream stream, const uint8_t *bytes, size_t n, uint64_t host_ns)
{
    struct guest_session *s = ctx;

    if (stream == STREAM_BENCH)
        return bench_take(s, bytes, n, host_ns);
    if (stream == STREAM_QMP) {
        qmp_feed(&s->qmp, bytes, n);
        if (s->sync.why[0] && !s->defect)
            s->defect = mem_dup(s->sync.why);
        return !s->sync.why[0];
    }
    bool serial = stream == STREAM_SERIAL;
    if (!serial && s->job->terminal)
        stream_punch(s, stream); /* a session may be long: its limit is its user */
    else if (!output_count(s, n, serial ? "serial port" : "console"))
        return false;
    if (serial)
        guest_serial_feed(&s->serial, bytes, n);
    void (*tell)(void *, const void *, size_t) = serial ? s->cb->serial : s->cb->console;
    if (tell)
        tell(s->cb->ctx, bytes, n);
    return true;
}

static bool watched_take(void *ctx)
{
    struct guest_session *s = ctx;

    return s->cb->watched(s->cb->ctx);
}

static bool interrupted_ask(void *ctx)
{
    struct guest_session *s = ctx;

    return s->cb->interrupted && s->cb->interrupted(s->cb->ctx);
}

static int file_open(struct guest_session *s, const char *name, int *fd)
{
    char *path = mem_printf("%s/%s", s->job->run_dir, name);

    *fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    int err = *fd < 0 ? -errno : 0;
    if (err)
        fail(s, err, "%s: %s", path, strerror(-err));
    free(path);
    return err;
}

/* A file that the emulator writes and the loop follows. */
static int channel_open(struct guest_session *s, enum guest_stream stream, const char *name)
{
    char *path = mem_printf("%s/%s", s->job->run_dir, name);
    int err = file_open(s, name, &s->loop.fd[stream]);

    if (!err) {
        err = guest_loop_watch(&s->loop, stream, path);
        if (err)
            fail(s, err, "cannot watch %s: %s", path, strerror(-err));
    }
    free(path);
    return err;
}

int guest_session_open(const struct guest_job *job, const struct guest_callbacks *cb,
                       struct guest_outcome *outcome, struct guest_session **out)
{
    struct guest_session *s = mem_zalloc(sizeof *s);
    char *raw = mem_printf("%s/bench.raw", job->run_dir);
    int err;

    s->job = job;
    s->cb = cb;
    s->out = outcome;
    s->process_log = s->input_far = -1;
    s->files.top = s->files.fd = -1;
    guest_loop_init(&s->loop);
    guest_input_init(&s->input, job->nonce);
    s->loop.input = &s->input;
    channel_init(&s->channel, job->nonce, frame_take, s);
    guest_serial_init(&s->serial, job->kind);
    err = file_open(s, "qemu.log", &s->process_log);
    if (!err) {
        s->raw = channel_raw_create(raw);
        err = s->raw ? 0 : fail(s, -errno, "%s: %s", raw, strerror(errno));
    }
    if (!err) {
        err = channel_files_open(&s->files, job->artifact_dir, job->limit_artifact_bytes);
        if (err)
            fail(s, err, "%s", s->files.why);
    }
    if (!err) {
        err = guest_sync_open(&s->sync, job, cb, &s->qmp, &s->input);
        if (err)
            fail(s, err, "%s", s->sync.why);
    }
    free(raw);
    if (err) {
        guest_session_close(s, false);
        return err;
    }
    *out = s;
    return 0;
}

/* A connected pair: ours (non-blocking) and the child's. */
static int pair_make(int *ours, int *theirs)
{
    int v[2], room = SOCKET_ROOM;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, v) != 0)
        return -errno;
    /* Only a bigger buffer would be welcome; the default one does as well. */
    setsockopt(v[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    if (fcntl(v[0], F_SETFL, O_NONBLOCK) != 0) {
        int err = -errno;
        close(v[0]);
        close(v[1]);
        return err;
    }
    *ours = v[0];
    *theirs = v[1];
    return 0;
}

static int command_write(const struct guest_session *s, char *const *argv)
{
    char *path = mem_printf("%s/command.txt", s->job->run_dir), *text = qemu_argv_text(argv);
    int err = files_write_atomic(path, text, strlen(text));

    free(path);
    free(text);
    return err;
}

/* The bench channel's way to the guest: our end is written without waiting. */
static int input_open(struct guest_session *s, bool machine)
{
    int v[2];

    if (!machine) {
        s->input.fd = s->loop.fd[STREAM_BENCH];
        s->input.socket = true;
        return 0;
    }
    if (pipe2(v, O_CLOEXEC) != 0)
        return fail(s, -errno, "cannot make a pipe: %s", strerror(errno));
    s->input_far = v[0];
    s->input.fd = v[1];
    return fcntl(v[1], F_SETFL, O_NONBLOCK) == 0 ? 0 : fail(s, -errno, "a pipe: %s", strerror(errno));
}

/* A keyboard for the console: the folder in which the emulator finds it, handed over as a descriptor. */
static int keyboard_open(struct guest_session *s, int *dir)
{
    int err = 0;

    *dir = open(s->job->run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*dir < 0 || mkfifoat(*dir, "console.in", 0600) != 0 ||
        symlinkat("console.log", *dir, "console.out") != 0)
        err = -errno;
    if (!err)
        s->input.typed_fd = openat(*dir, "console.in", O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (!err && s->input.typed_fd < 0)
        err = -errno;
    s->loop.paced = true;
    return err ? fail(s, err, "cannot make a keyboard in %s: %s", s->job->run_dir, strerror(-err)) : 0;
}

static void keyboard_close(struct guest_session *s)
{
    static const char *const names[] = {"console.in", "console.out"};

    for (size_t i = 0; s->job->terminal && i < sizeof names / sizeof names[0]; i++) {
        char *path = mem_printf("%s/%s", s->job->run_dir, names[i]);

        unlink(path);
        free(path);
    }
    if (s->input.typed_fd >= 0)
        close(s->input.typed_fd);
    s->input.typed_fd = -1;
}

/* Our ends and the child's: files for what a machine sends, sockets for the native agent and for QMP. */
static int channels_open(struct guest_session *s, bool machine, struct guest_proc_spec *spec)
{
    static const char *const names[] = {
        [STREAM_BENCH] = "bench.out", [STREAM_CONSOLE] = "console.log", [STREAM_SERIAL] = "serial.log"};
    enum guest_stream pair = machine ? STREAM_QMP : STREAM_BENCH;
    int err = 0;

    spec->nfds = machine ? STREAM_COUNT : 1;
    for (size_t i = 0; i < spec->nfds && !err; i++) {
        enum guest_stream stream = (enum guest_stream)i;
        if (stream == pair) {
            err = pair_make(&s->loop.fd[i], &spec->fd[i]);
            if (err)
                fail(s, err, "cannot make a socket: %s", strerror(-err));
        } else {
            err = channel_open(s, stream, names[i]);
            spec->fd[i] = stream == STREAM_BENCH ? -1 : s->loop.fd[i];
        }
    }
    if (!err)
        err = input_open(s, machine);
    if (!err && machine && s->job->terminal)
        err = keyboard_open(s, &spec->fd[STREAM_BENCH]);
    if (!err && machine) {
        spec->in_fd = s->input_far;
        spec->out_fd = s->loop.fd[STREAM_BENCH];
    }
    return err;
}

static int child_start(struct guest_session *s, char *const *argv, const char *cwd, bool machine,
                       const sigset_t *mask)
{
    struct guest_proc_spec spec = {
        .argv = argv, .cwd = cwd, .in_fd = -1, .out_fd = -1, .log_fd = s->process_log, .sigmask = mask};
    int err, pair = machine ? STREAM_QMP : STREAM_BENCH;

    for (size_t i = 0; i < GUEST_PROC_FDS; i++)
        spec.fd[i] = -1;
    err = channels_open(s, machine, &spec);
    if (!err && (err = command_write(s, argv)) != 0)
        fail(s, err, "cannot write command.txt: %s", strerror(-err));
    if (!err) {
        s->out->start_ns = guest_clock_raw();
        err = guest_proc_start(&spec, &s->loop.proc);
        if (err)
            fail(s, err, "cannot start %s: %s", argv[0], strerror(-err));
    }
    if (spec.fd[pair] >= 0)
        close(spec.fd[pair]);
    if (machine && spec.fd[STREAM_BENCH] >= 0)
        close(spec.fd[STREAM_BENCH]);
    return err;
}

int guest_session_run(struct guest_session *s, char *const *argv, const char *cwd, bool machine)
{
    sigset_t block, old;
    int err;

    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigaddset(&block, SIGTERM);
    sigaddset(&block, SIGHUP);
    sigaddset(&block, SIGWINCH);
    sigprocmask(SIG_BLOCK, &block, &old);
    err = child_start(s, argv, cwd, machine, &old);
    if (!err) {
        s->loop.deadline_ns = guest_clock_monotonic() + s->job->limit_seconds * UINT64_C(1000000000);
        s->loop.sigmask = &old;
        s->loop.ctx = s;
        s->loop.data = stream_take;
        s->loop.interrupted = interrupted_ask;
        qmp_init(&s->qmp, s->loop.fd[STREAM_QMP]);
        if (s->cb->watched) {
            s->loop.watched_fd = s->cb->watched_fd;
            s->loop.watched = watched_take;
        }
        if (s->cb->started)
            s->cb->started(s->cb->ctx, argv, s->out->start_ns);
        if (s->cb->opened)
            s->cb->opened(s->cb->ctx, &s->input);
        guest_loop_run(&s->loop, &s->end);
        guest_serial_end(&s->serial);
        s->out->qemu_status = s->end.status;
        s->out->end_ns = s->end.end_ns;
    }
    sigprocmask(SIG_SETMASK, &old, NULL);
    return err ? err : s->host_err;
}

static const char *or_null(const char *s)
{
    return *s ? s : NULL;
}

static void judge_run(struct guest_session *s)
{
    char *tail = guest_proc_tail(s->process_log);
    bool cut = !s->defect && channel_end(&s->channel) != 0;
    struct guest_facts f = {
        .kind = s->job->kind,
        .status = s->out->qemu_status,
        .interrupted = s->end.interrupted,
        .timed_out = s->end.timed_out,
        .limit_seconds = s->job->limit_seconds,
        .flood = s->flood,
        .channel = s->defect,
        .cut = cut ? s->channel.why : NULL,
        .done = s->done,
        .done_status = s->channel.last.status,
        .agent_error = s->agent_error,
        .panic = or_null(s->serial.panic_line),
        .oops = or_null(s->serial.oops_line),
        .last_line = or_null(s->serial.last_line),
        .qmp_reset = s->qmp.reset,
        .qmp_shutdown = s->qmp.shutdown,
        .qmp_panicked = s->qmp.panicked,
        .emulator_log = tail,
        .frames = s->out->frames,
    };

    s->out->reason[0] = 0;
    s->out->end = guest_verdict(&f, s->out->reason, sizeof s->out->reason);
    free(tail);
}

/* What the bench channel's file holds has been taken into bench.raw and the artifacts: it goes. A log that
   grew beyond the limit before we saw it is cut. */
static void channels_close(struct guest_session *s)
{
    char *bench = mem_printf("%s/bench.out", s->job->run_dir);

    for (int i = 0; i < STREAM_COUNT; i++) {
        if (s->loop.fd[i] < 0)
            continue;
        off_t size = s->loop.file[i] ? lseek(s->loop.fd[i], 0, SEEK_END) : 0;
        if (size > 0 && (uint64_t)size > s->job->limit_output_bytes &&
            ftruncate(s->loop.fd[i], (off_t)s->job->limit_output_bytes) != 0)
            fail(s, 0, "cannot cut a log: %s", strerror(errno));
        close(s->loop.fd[i]);
    }
    unlink(bench);
    free(bench);
}

int guest_session_close(struct guest_session *s, bool judge)
{
    int err = 0;

    s->out->artifact_bytes = s->files.bytes;
    channel_files_close(&s->files);
    if (s->raw && fclose(s->raw) != 0) {
        err = -errno;
        fail(s, err, "cannot write bench.raw: %s", strerror(-err));
    }
    if (guest_sync_close(&s->sync) != 0 && !err)
        err = fail(s, -EIO, "cannot write block.jsonl");
    if (judge && !err)
        judge_run(s);
    channels_close(s);
    if (s->loop.watch >= 0)
        close(s->loop.watch);
    if (s->process_log >= 0)
        close(s->process_log);
    if (s->input_far >= 0) {
        close(s->input_far);
        close(s->input.fd);
    }
    keyboard_close(s);
    guest_input_free(&s->input);
    free(s->flood);
    free(s->defect);
    free(s->agent_error);
    free(s);
    return err;
}
