/* SPDX-License-Identifier: MIT */
/*
 * `capbench exec`'s boot; see exec.h.
 * Invariant: a terminal gets escaped bytes, anything else gets them as they are. (But a user who asked for a
 * terminal in the guest gets that one's bytes.)
 */
#include "exec.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/bench.h"
#include "abi/exitcode.h"
#include "collect.h"
#include "command.h"
#include "exec_input.h"
#include "files.h"
#include "interrupt.h"
#include "mem.h"
#include "plan.h"
#include "prng.h"
#include "scratch.h"
#include "text.h"

#define MIB UINT64_C(1048576)

#define FOLDER    "capbench-exec-"
#define FOREVER_S (30u * 24 * 3600) /* what no limit means */

struct exec_state {
    const struct exec_request *q;
    struct exec_input input;
    struct collect collected;
    bool ended;
    unsigned kind;
    long long code;
    char *log; /* the agent's last word about it, escaped; NULL: none */
    bool terminal[3];
};

int exec_vector_signal(long long vector)
{
    return exitcode_vector_signal(vector);
}

int exec_code(enum guest_kind guest, unsigned kind, long long code)
{
    switch (kind) {
    case BENCH_EXITED:
        return (int)(code & 255);
    case BENCH_FAULTED:
        return 128 + (guest == GUEST_CAPOS ? exec_vector_signal(code) : (int)(code & 127));
    case BENCH_KILLED:
        return 128 + SIGKILL;
    case BENCH_SPAWN_FAILED:
        return code == -ENOENT ? EXIT_NOT_FOUND : code == -ENOEXEC ? EXIT_NOT_RUNNABLE : EXIT_EXEC_FAILED;
    default:
        return EXIT_EXEC_FAILED;
    }
}

static void emit(const struct exec_state *x, int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    struct buf b = {0};

    if (x->q->sink) {
        x->q->sink(x->q->sink_ctx, fd, bytes, n);
        return;
    }
    if (x->terminal[fd]) {
        text_escape_terminal(&b, bytes, n);
        p = b.p;
        n = b.len;
    }
    while (n) {
        ssize_t w = write(fd, p, n);

        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            break; /* the reader has gone; the program's exit code still counts */
        p += w;
        n -= (size_t)w;
    }
    buf_free(&b);
}

static void on_frame(void *ctx, unsigned type, uint64_t guest_ns, uint64_t host_ns, const void *payload,
                     size_t len)
{
    struct exec_state *x = ctx;
    struct bench_output out;
    struct bench_exit ex;

    collect_frame(&x->collected, type, guest_ns, host_ns, payload, len);
    if (type == BENCH_OUTPUT && len >= sizeof out) {
        memcpy(&out, payload, sizeof out);
        emit(x, out.stream == 2 ? 2 : 1, (const char *)payload + sizeof out, len - sizeof out);
    } else if (type == BENCH_EXIT && len == sizeof ex) {
        memcpy(&ex, payload, sizeof ex);
        x->ended = true;
        x->kind = ex.kind;
        x->code = ex.code;
    } else if (type == BENCH_LOG) {
        free(x->log);
        x->log = text_escaped(payload, len, 255);
    }
}

static void on_console(void *ctx, const void *bytes, size_t n)
{
    emit(ctx, 1, bytes, n);
}

static bool on_interrupted(void *ctx)
{
    struct exec_state *x = ctx;

    exec_input_tick(&x->input);
    return interrupt_seen() || x->input.left;
}

static void on_opened(void *ctx, struct guest_input *in)
{
    struct exec_state *x = ctx;

    exec_input_opened(&x->input, in);
}

static bool on_watched(void *ctx)
{
    struct exec_state *x = ctx;

    return exec_input_ready(&x->input);
}

/* Growing list of files and of the strings they use. */
struct image {
    struct guest_file *f;
    size_t n;
};

static void image_put(struct image *im, char *path, char *host, bool executable)
{
    im->f = mem_grow(im->f, im->n + 1, sizeof *im->f);
    im->f[im->n++] = (struct guest_file){.path = path, .host_path = host, .executable = executable};
}

static void image_link(struct image *im, char *path, const char *program)
{
    im->f = mem_grow(im->f, im->n + 1, sizeof *im->f);
    im->f[im->n++] = (struct guest_file){.path = path, .data = program, .len = strlen(program), .link = true};
}

static int image_fill(struct image *im, const struct exec_request *q, const char *program)
{
    image_put(im, mem_printf("bin/%s", program), mem_dup(q->elf), true);
    for (size_t i = 0; i < q->nnames; i++)
        if (strcmp(q->names[i], program) != 0)
            image_link(im, mem_printf("bin/%s", q->names[i]), program);
    for (size_t i = 0; i < q->nbins; i++)
        image_put(im, mem_printf("bin/%s", q->bins[i].name), mem_dup(q->bins[i].host), true);
    for (size_t i = 0; i < q->grants->n; i++) {
        const struct grant *g = &q->grants->g[i];
        struct files list;
        int rc;

        if (!g->host)
            continue;
        rc = files_list(g->host, &list);
        if (rc < 0) {
            fprintf(stderr, "capbench %s: %s: %s\n", q->who, g->host,
                    rc == -EINVAL ? "holds a link or a device, which a guest's directory cannot"
                                  : strerror(-rc));
            return rc;
        }
        image_put(im, mem_printf("tree/grants/%s/", g->cap.name), NULL, false);
        for (size_t k = 0; k < list.n; k++)
            image_put(im, mem_printf("tree/grants/%s/%s", g->cap.name, list.path[k]),
                      mem_printf("%s/%s", g->host, list.path[k]), false);
        files_free(&list);
    }
    return 0;
}

static void image_free_all(struct image *im)
{
    for (size_t i = 0; i < im->n; i++) {
        union {
            const char *in;
            char *out;
        } path = {im->f[i].path}, host = {im->f[i].host_path};

        free(path.out);
        free(host.out);
    }
    free(im->f);
}

/* The plan: fill granted directories, run, send them back where asked. */
static char *make_plan(const struct exec_request *q, const char *program, const char *argv0)
{
    struct plan_limits limits = {
        .seconds = q->timeout_seconds, .output_bytes = 256 * MIB, .export_bytes = 1024 * MIB};
    size_t n = q->grants->n, ncopies = 0, nexports = 0;
    char **copies = mem_zalloc((2 * n + 1) * sizeof *copies),
         **exports = mem_zalloc((2 * n + 1) * sizeof *exports);
    char *path = mem_printf("/bin/%s", program), *text;
    struct def_cap *caps = grants_caps(q->grants);
    struct plan_program p = {.path = path,
                             .args = q->args,
                             .nargs = q->nargs,
                             .argv0 = argv0,
                             .bare = q->bare,
                             .stdin_host = q->input >= 0 && !q->rows && !q->bare,
                             .rows = q->rows,
                             .columns = q->columns,
                             .env = q->env,
                             .cwd = q->cwd    ? q->cwd
                                    : q->bare ? NULL
                                              : "/scratch",
                             .caps = caps,
                             .ncaps = n};

    for (size_t i = 0; i < n; i++) {
        const struct grant *g = &q->grants->g[i];

        if (!g->cap.path)
            continue;
        copies[2 * ncopies] = g->host ? mem_printf("/tree/grants/%s", g->cap.name) : NULL;
        copies[2 * ncopies++ + 1] = g->cap.path;
        if (q->out && !g->cap.read_only) {
            exports[2 * nexports] = g->cap.path;
            exports[2 * nexports++ + 1] = g->cap.name;
        }
    }
    p.copies = copies;
    p.ncopies = ncopies;
    p.exports = exports;
    p.nexports = nexports;
    text = plan_build_exec(&p, &limits);
    for (size_t i = 0; i < ncopies; i++)
        free(copies[2 * i]);
    free(copies);
    free(exports);
    free(caps);
    free(path);
    return text;
}

/* Name of the program in the image: its own, unless that is taken or odd. */
static const char *program_name(const char *base)
{
    if (!files_path_safe(base) || strcmp(base, "agent") == 0)
        return "program";
    for (const char *p = base; *p; p++)
        if (*p <= 0x20 || *p >= 0x7f || *p == '\\' || *p == '%')
            return "program";
    return base;
}

static int harness_failed(const struct exec_state *x, const struct guest_outcome *o, const char *dir)
{
    char *why = text_escaped(o->reason, strlen(o->reason), 255);

    fprintf(stderr, "capbench %s: guest: %s: %s%s%s (logs: %s)\n", x->q->who, guest_end_name(o->end), why,
            x->collected.error ? ": " : "", x->collected.error ? x->collected.error : "", dir);
    free(why);
    return EXIT_EXEC_FAILED;
}

static int conclude(const struct exec_request *q, const struct exec_state *x, const struct guest_outcome *o,
                    int rc, const char *dir, bool *keep)
{
    char *how;
    int code;

    if (rc < 0) {
        how = text_escaped(o->reason, strlen(o->reason), 255);
        fprintf(stderr, "capbench %s: the guest could not be started: %s\n", q->who,
                *how ? how : strerror(-rc));
        free(how);
        return EXIT_EXEC_FAILED;
    }
    if (o->end == GUEST_INTERRUPTED)
        return EXIT_INTERRUPTED;
    if (o->end != GUEST_OK || !x->ended) {
        *keep = true;
        return harness_failed(x, o, dir);
    }
    code = exec_code(q->guest, x->kind, x->code);
    if (x->kind != BENCH_EXITED) {
        how = collect_exit_text(x->kind, x->code, q->guest);
        fprintf(stderr, "capbench %s: %s: %s%s%s (exit code %d)\n", q->who, q->elf, how, x->log ? ": " : "",
                x->log ? x->log : "", code);
        free(how);
    }
    return code;
}

static void serial_keep(const char *dir, const char *to)
{
    char *log = mem_printf("%s/serial.log", dir), *bytes = NULL;
    size_t len = 0;
    int rc = files_read(log, 512 * MIB, &bytes, &len);

    if (rc == 0)
        rc = files_write_atomic(to, bytes, len);
    if (rc < 0)
        fprintf(stderr, "capbench exec: --serial %s: %s\n", to, strerror(-rc));
    free(bytes);
    free(log);
}

/* What calls us back while the guest runs. */
static struct guest_callbacks callbacks_make(struct exec_state *x)
{
    const struct exec_request *q = x->q;
    bool reads = q->input >= 0 && (q->rows || !q->bare);

    return (struct guest_callbacks){.ctx = x,
                                    .frame = on_frame,
                                    .console = on_console,
                                    .interrupted = on_interrupted,
                                    .opened = on_opened,
                                    .watched_fd = q->input,
                                    .watched = reads ? on_watched : NULL};
}

static struct guest_job job_make(const struct exec_request *q, const struct image *im, const char *plan,
                                 const char *dir)
{
    return (struct guest_job){.kind = q->guest,
                              .accel = q->accel,
                              .memory_mib = q->memory_mib,
                              .files = im->f,
                              .nfiles = im->n,
                              .plan = plan,
                              .run_dir = dir,
                              .artifact_dir = q->out,
                              .limit_seconds = q->timeout_seconds ? q->timeout_seconds + 60 : FOREVER_S,
                              .limit_output_bytes = 512 * MIB,
                              .limit_artifact_bytes = 1024 * MIB,
                              .lazy_memory = true,
                              .disk = q->disk,
                              .kernel_option = q->kernel_option,
                              .terminal = q->rows != 0};
}

int exec_out_make(const struct exec_request *q)
{
    struct files there = {0};
    int rc = q->out ? files_mkdir(q->out) : 0;
    bool empty;

    if (rc == 0 && q->out)
        rc = files_list(q->out, &there);
    empty = there.n == 0;
    files_free(&there);
    if (rc < 0) {
        fprintf(stderr, "capbench %s: --out %s: %s\n", q->who, q->out, strerror(-rc));
        return EXIT_EXEC_FAILED;
    }
    return empty ? 0
                 : command_usage_error(q->who, "--out %s: holds files already; name a new folder", q->out);
}

/* The boot's folder, and what killed ones left is removed. Its lock, or a negative errno that was told. */
static int folder_make(const struct exec_request *q, char **dir)
{
    const char *set = getenv("TMPDIR"), *tmp = set && *set ? set : "/tmp";
    int lock;

    (void)scratch_sweep(tmp, FOLDER, NULL);
    *dir = mem_printf("%s/" FOLDER "XXXXXX", tmp);
    lock = mkdtemp(*dir) ? scratch_mark(*dir) : -errno;
    if (lock < 0) {
        fprintf(stderr, "capbench %s: %s: %s\n", q->who, *dir, strerror(-lock));
        (void)rmdir(*dir);
        free(*dir);
    }
    return lock;
}

int exec_run(const struct exec_request *q)
{
    const char *slash = strrchr(q->elf, '/'), *base = slash ? slash + 1 : q->elf,
               *program = program_name(base);
    char *dir, *plan = NULL;
    struct exec_state x = {.q = q,
                           .input = {.fd = q->input,
                                     .keys = q->rows != 0,
                                     .who = q->who,
                                     .size_fd = STDOUT_FILENO,
                                     .rows = q->rows,
                                     .columns = q->columns},
                           .terminal = {false, !q->rows && isatty(1) != 0, !q->rows && isatty(2) != 0}};
    struct guest_callbacks cb = callbacks_make(&x);
    struct guest_outcome outcome = {0};
    struct image im = {0};
    uint64_t nonce = 0;
    bool keep = false;
    int code = EXIT_EXEC_FAILED, rc, lock = folder_make(q, &dir);

    if (lock < 0)
        return EXIT_EXEC_FAILED;
    rc = image_fill(&im, q, program);
    if (rc == 0)
        rc = prng_fresh(&nonce);
    if (rc == 0) {
        plan = make_plan(q, program, q->argv0 ? q->argv0 : strcmp(program, base) != 0 ? base : NULL);
        struct guest_job job = job_make(q, &im, plan, dir);
        job.nonce = nonce;
        rc = guest_run(&job, &cb, &outcome);
        exec_input_close(&x.input);
        code = conclude(q, &x, &outcome, rc, dir, &keep);
        if (q->serial)
            serial_keep(dir, q->serial);
    }
    (void)(keep ? scratch_keep(dir, lock) : scratch_remove(dir, lock));
    guest_outcome_free(&outcome);
    collect_free(&x.collected);
    free(x.log);
    image_free_all(&im);
    free(plan);
    free(dir);
    return code;
}
