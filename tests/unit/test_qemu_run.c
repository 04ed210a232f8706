/* SPDX-License-Identifier: MIT */
/*
 * One run from start to verdict with a stand-in for the emulator: dispatch, limits, logs, interruption, and
 * that nothing is left over. (Real guests are run by the guest tests; no stand-in is in those.) Invariant:
 * whatever the stand-in does, guest_run returns in time with one clear line.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "channel_raw.h"
#include "fake_emulator.h"
#include "files.h"
#include "guest.h"
#include "guest_loop.h"

static char base[64], run_dir[80], art_dir[80];
static struct {
    unsigned frames, started, consoles, serials, asked, logs, blocks, typed;
    uint64_t begin, end;
    bool stop;
    struct guest_input *input;
    struct guest_block_stats block;
    char text[32], last_log[64], console[32];
} seen;

static char *at(const char *name)
{
    static char path[4][256];
    static unsigned k;

    k = (k + 1) % 4;
    snprintf(path[k], sizeof path[k], "%s/%s", base, name);
    return path[k];
}

static void put(const char *name, const char *text)
{
    assert_int_equal(files_write_atomic(at(name), text, strlen(text)), 0);
}

/* The build folder is looked up once in a process, so it is one for all tests. */
static int group_setup(void **state)
{
    char *flags;
    size_t len;

    (void)state;
    strcpy(base, "/tmp/capbench-run-XXXXXX");
    if (!mkdtemp(base) || files_mkdir(at("build/capos")) || files_mkdir(at("build/agent/capos")))
        return -1;
    if (files_read("dashboard/engine/qemu.flags", 65536, &flags, &len) != 0)
        return -1;
    put("build/qemu.flags", flags);
    free(flags);
    setenv("CAPBENCH_BUILD", at("build"), 1);
    snprintf(run_dir, sizeof run_dir, "%s/run", base);
    snprintf(art_dir, sizeof art_dir, "%s/art", base);
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    return files_remove(base);
}

static int setup(void **state)
{
    char self[256];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    (void)state;
    memset(&seen, 0, sizeof seen);
    if (n < 0 || files_mkdir(at("run")))
        return -1;
    self[n] = 0;
    put("build/agent/capos/agent", "an agent");
    return setenv("CAPBENCH_QEMU", self, 1);
}

static int teardown(void **state)
{
    (void)state;
    return files_remove(at("run")) || files_remove(at("art"));
}

static void on_started(void *ctx, char *const *argv, uint64_t host_ns)
{
    (void)ctx;
    assert_non_null(argv[0]);
    assert_true(host_ns > 0);
    seen.started++;
}

static void on_frame(void *ctx, unsigned type, uint64_t guest_ns, uint64_t host_ns, const void *payload,
                     size_t len)
{
    (void)ctx;
    (void)guest_ns;
    seen.frames++;
    if (type == BENCH_LOG) {
        seen.logs++;
        snprintf(seen.last_log, sizeof seen.last_log, "%.*s", (int)len, (const char *)payload);
    }
    if (type == BENCH_BEGIN)
        seen.begin = host_ns;
    if (type == BENCH_END)
        seen.end = host_ns;
}

static void on_console(void *ctx, const void *bytes, size_t n)
{
    size_t have = strlen(seen.console);

    (void)ctx;
    snprintf(seen.console + have, sizeof seen.console - have, "%.*s", (int)n, (const char *)bytes);
    seen.consoles += (unsigned)n;
}

static void on_serial(void *ctx, const void *bytes, size_t n)
{
    (void)ctx;
    (void)bytes;
    seen.serials += (unsigned)n;
}

static bool on_interrupted(void *ctx)
{
    (void)ctx;
    seen.asked++;
    return seen.stop;
}

static void on_opened(void *ctx, struct guest_input *in)
{
    (void)ctx;
    seen.input = in;
}

static void on_block(void *ctx, const char *text, const struct guest_block_stats *stats)
{
    (void)ctx;
    seen.blocks++;
    seen.block = *stats;
    snprintf(seen.text, sizeof seen.text, "%s", text);
}

static struct guest_job job_make(const char *act)
{
    put("build/capos/kernel.elf", act);
    return (struct guest_job){.kind = GUEST_CAPOS,
                              .accel = ACCEL_TCG,
                              .memory_mib = 64,
                              .nonce = UINT64_C(0x0123456789abcdef),
                              .plan = "capbench-plan 1\nend\n",
                              .run_dir = run_dir,
                              .artifact_dir = art_dir,
                              .limit_seconds = 20,
                              .limit_output_bytes = 100000,
                              .limit_artifact_bytes = 1000};
}

static int job_run(const struct guest_job *job, struct guest_outcome *out)
{
    const struct guest_callbacks cb = {.started = on_started,
                                       .frame = on_frame,
                                       .console = on_console,
                                       .serial = on_serial,
                                       .interrupted = on_interrupted};
    int err = guest_run(job, &cb, out);

    /* No child of any kind is left. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_false(files_is_file(at("run/image.cpio")));
    return err;
}

/* Frames to the guest: queued before it listens, whole, in order, within the queue's bound, its slow reader
 * or not. */
static void fill_opened(void *ctx, struct guest_input *in)
{
    static uint8_t bytes[BENCH_MAX_PAYLOAD];

    on_opened(ctx, in);
    assert_int_equal(guest_input_room(in), BENCH_MAX_PAYLOAD);
    assert_int_equal(guest_input_send(in, BENCH_LOG, "x", 1), -EINVAL);
    assert_int_equal(guest_input_send(in, BENCH_STDIN, bytes, sizeof bytes + 1), -EINVAL);
    for (int i = 0; i < 3; i++)
        assert_int_equal(guest_input_send(in, BENCH_STDIN, bytes, sizeof bytes), 0);
    assert_in_range(guest_input_room(in), 1, BENCH_MAX_PAYLOAD - 1);
    assert_int_equal(guest_input_send(in, BENCH_STDIN, bytes, sizeof bytes), -ENOBUFS);
    for (int i = 0; i < 6; i++)
        assert_int_equal(guest_input_send(in, BENCH_STDIN, bytes, 1000), 0);
}

static int typed_fd[2];

static bool typed_take(void *ctx)
{
    char c[8];
    ssize_t got = read(typed_fd[0], c, sizeof c);

    (void)ctx;
    seen.typed++;
    assert_int_equal(guest_input_send(seen.input, BENCH_STDIN, c, got > 0 ? (size_t)got : 0), 0);
    if (got > 0)
        close(typed_fd[1]);
    return got > 0;
}

static void test_input(void **state)
{
    struct guest_job job = job_make("input");
    struct guest_callbacks cb = {
        .frame = on_frame, .started = on_started, .opened = fill_opened, .watched = typed_take};
    struct guest_outcome out;

    (void)state;
    assert_int_equal(pipe(typed_fd), 0);
    cb.watched_fd = typed_fd[0];
    assert_int_equal(write(typed_fd[1], "abc", 3), 3);
    assert_int_equal(guest_run(&job, &cb, &out), 0);
    if (out.end != GUEST_OK)
        fail_msg("%s", out.reason);
    assert_int_equal(seen.typed, 2);
    assert_int_equal(seen.logs, 11);
    assert_string_equal(seen.last_log, "32 0");
    guest_outcome_free(&out);
    close(typed_fd[0]);
}

static void type_opened(void *ctx, struct guest_input *in)
{
    char much[GUEST_TYPED_MAX + 1];

    on_opened(ctx, in);
    memset(much, 'x', sizeof much);
    assert_int_equal(guest_input_type(in, much, sizeof much), -EINVAL);
    assert_int_equal(guest_input_type(in, "typed", 5), 0);
    assert_int_equal(guest_input_type(in, " text.", 6), 0); /* the pipe has taken what was typed before */
}

static void test_keyboard(void **state)
{
    struct guest_job job = job_make("keyboard");
    const struct guest_callbacks cb = {.console = on_console, .opened = type_opened};
    struct guest_outcome out;

    (void)state;
    job.terminal = true;
    assert_int_equal(guest_run(&job, &cb, &out), 0);
    if (out.end != GUEST_OK)
        fail_msg("%s", out.reason);
    assert_string_equal(seen.console, "typed text.");
    assert_int_equal(access(at("run/console.in"), F_OK), -1);
    guest_outcome_free(&out);
    job.kind = GUEST_NATIVE;
    assert_int_equal(guest_run(&job, &cb, &out), -EINVAL);
    guest_outcome_free(&out);
}

static void no_keyboard_opened(void *ctx, struct guest_input *in)
{
    on_opened(ctx, in);
    assert_int_equal(guest_input_type(in, "x", 1), -ENOTTY);
}

static void test_no_keyboard(void **state)
{
    struct guest_job job = job_make("good");
    const struct guest_callbacks cb = {.opened = no_keyboard_opened};
    struct guest_outcome out;

    (void)state;
    assert_int_equal(guest_run(&job, &cb, &out), 0);
    assert_non_null(seen.input);
    guest_outcome_free(&out);
}

static int sync_run(const char *act, const struct disk *disk, struct guest_outcome *out)
{
    struct guest_job job = job_make(act);
    const struct guest_callbacks cb = {.frame = on_frame, .opened = on_opened, .block = on_block};

    job.disk = disk;
    return guest_run(&job, &cb, out);
}

/* The counters are read and kept before the guest goes on. */
static void test_sync(void **state)
{
    struct disk disk = {.image = at("run/image.raw")};
    struct guest_outcome out;
    char *text;
    size_t n;

    (void)state;
    assert_int_equal(sync_run("sync", &disk, &out), 0);
    if (out.end != GUEST_OK)
        fail_msg("%s", out.reason);
    assert_int_equal(seen.blocks, 1);
    assert_string_equal(seen.text, "begin 0 0");
    assert_string_equal(seen.last_log, "33 0");
    assert_int_equal(seen.block.write_bytes, 8192);
    assert_int_equal(seen.block.flush_ops, 3);
    assert_int_equal(files_read(at("run/block.jsonl"), 1000, &text, &n), 0);
    assert_string_equal(text, "{\"sync\":0,\"text\":\"begin 0 0\",\"readOps\":1,\"readBytes\":512,"
                              "\"writeOps\":2,\"writeBytes\":8192,\"flushOps\":3}\n");
    free(text);
    guest_outcome_free(&out);
}

/* Counters that cannot be had end the guest with a reason, they do not let it hang. */
static void test_sync_refused(void **state)
{
    static const char *const acts[][2] = {{"sync-bad", "block counters cannot be read"},
                                          {"sync-twice", "SYNC before the last one was answered"}};
    struct disk disk = {.image = at("run/image.raw")};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct guest_outcome out;

        assert_int_equal(sync_run(acts[i][0], &disk, &out), 0);
        if (out.end != GUEST_CHANNEL || !strstr(out.reason, acts[i][1]))
            fail_msg("%s: %s", acts[i][0], out.reason);
        assert_int_equal(seen.blocks, 0);
        guest_outcome_free(&out);
    }
}

static void outcome_is(const char *act, enum guest_end end, const char *want)
{
    struct guest_job job = job_make(act);
    struct guest_outcome out;

    assert_int_equal(job_run(&job, &out), 0);
    if (out.end != end || !strstr(out.reason, want))
        fail_msg("%s: wanted %s '%s', got %s '%s'", act, guest_end_name(end), want, guest_end_name(out.end),
                 out.reason);
    assert_int_equal(seen.started, 1);
    guest_outcome_free(&out);
}

static void test_good(void **state)
{
    struct guest_job job = job_make("good");
    struct guest_outcome out;
    struct channel_raw_head h;
    static uint8_t payload[BENCH_MAX_PAYLOAD];
    unsigned records = 0;
    char *text;
    size_t n;
    FILE *raw;

    (void)state;
    assert_int_equal(job_run(&job, &out), 0);
    if (out.end != GUEST_OK)
        fail_msg("%s", out.reason);
    assert_int_equal(out.qemu_status, 33);
    assert_int_equal(out.frames, 7);
    assert_int_equal(seen.frames, 7);
    assert_int_equal(seen.consoles, 8);
    assert_int_equal(seen.serials, 19);
    assert_int_equal(out.artifact_bytes, 5);
    assert_true(out.image_bytes >= 512);
    assert_true(out.start_ns < out.first_frame_ns && out.first_frame_ns <= seen.begin &&
                seen.end < out.end_ns);
    assert_in_range(seen.end - seen.begin, 15000000, 5000000000);
    assert_int_equal(files_read(at("art/out/x"), 100, &text, &n), 0);
    assert_string_equal(text, "hello");
    free(text);
    assert_int_equal(files_read(at("run/console.log"), 100, &text, &n), 0);
    assert_string_equal(text, "printed\n");
    free(text);
    assert_int_equal(files_read(at("run/command.txt"), 10000, &text, &n), 0);
    assert_non_null(strstr(text, "-M microvm"));
    free(text);
    assert_int_equal(channel_raw_open(at("run/bench.raw"), &raw), 0);
    while (channel_raw_next(raw, &h, payload) == 1) {
        records++;
        if (h.frame.type == BENCH_END)
            assert_int_equal(h.host_ns, seen.end);
    }
    assert_int_equal(records, 7);
    fclose(raw);
    guest_outcome_free(&out);
}

#define OUTCOME_TEST(name, act, end, want)                                                                   \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        outcome_is(act, end, want);                                                                          \
    }

OUTCOME_TEST(test_error, "error", GUEST_QEMU_ERROR, "status 1: qemu: bad option")
OUTCOME_TEST(test_crash, "crash", GUEST_QEMU_ERROR, "signal 6")
OUTCOME_TEST(test_reset, "reset", GUEST_RESET, "triple fault or reboot")
OUTCOME_TEST(test_panic, "panic", GUEST_PANIC, "kernel panic: act")
OUTCOME_TEST(test_flood, "flood", GUEST_FLOOD, "more than 100000 bytes")
OUTCOME_TEST(test_garbage, "garbage", GUEST_CHANNEL, "no frame")
OUTCOME_TEST(test_stale, "stale", GUEST_CHANNEL, "nonce 0123456789abcdf0 is not this run's")
OUTCOME_TEST(test_gap, "gap", GUEST_CHANNEL, "sequence number 2")
OUTCOME_TEST(test_escape, "escape", GUEST_CHANNEL, "unsafe path")
OUTCOME_TEST(test_too_much, "too-much", GUEST_FLOOD, "over the limit for exported bytes")
OUTCOME_TEST(test_no_done, "no-done", GUEST_CHANNEL, "last frame never came")
OUTCOME_TEST(test_error_frame, "error-frame", GUEST_AGENT_FAILED, "agent: no such\\x0astep")
OUTCOME_TEST(test_cut_file, "cut-file", GUEST_CHANNEL, "DONE in the middle")
OUTCOME_TEST(test_wrong_guest, "wrong-guest", GUEST_CHANNEL, "not from this guest's agent")
OUTCOME_TEST(test_grandchild, "grandchild", GUEST_OK, "")

static void test_hang(void **state)
{
    struct guest_job job = job_make("hang");
    struct guest_outcome out;

    (void)state;
    job.limit_seconds = 1;
    assert_int_equal(job_run(&job, &out), 0);
    assert_int_equal(out.end, GUEST_HANG);
    assert_string_equal(out.reason, "no end within 1 s (0 frames so far)");
    assert_int_equal(out.qemu_status, 137);
    guest_outcome_free(&out);
}

/* It said DONE and stays: the limit still holds. */
static void test_linger(void **state)
{
    struct guest_job job = job_make("linger");
    struct guest_outcome out;

    (void)state;
    job.limit_seconds = 1;
    assert_int_equal(job_run(&job, &out), 0);
    assert_int_equal(out.end, GUEST_HANG);
    assert_string_equal(out.reason, "the guest sent its last frame but did not end");
    guest_outcome_free(&out);
}

static void on_signal(int sig)
{
    (void)sig;
    seen.stop = true;
}

/* A signal wakes the loop at once. */
static void test_interrupt(void **state)
{
    struct sigaction sa = {.sa_handler = on_signal}, old;
    uint64_t start = guest_clock_monotonic();
    struct guest_job job = job_make("hang");
    struct guest_outcome out;

    (void)state;
    sigaction(SIGALRM, &sa, &old);
    ualarm(300000, 0);
    assert_int_equal(job_run(&job, &out), 0);
    sigaction(SIGALRM, &old, NULL);
    assert_int_equal(out.end, GUEST_INTERRUPTED);
    assert_true(seen.asked >= 1);
    assert_in_range(guest_clock_monotonic() - start, 0, UINT64_C(900000000));
    guest_outcome_free(&out);
}

static void cannot(const struct guest_job *job, int err, const char *want)
{
    struct guest_outcome out;

    assert_int_equal(job_run(job, &out), err);
    if (!strstr(out.reason, want))
        fail_msg("wanted '%s', got '%s'", want, out.reason);
    guest_outcome_free(&out);
}

/* Nothing is started when something is missing. */
static void test_cannot(void **state)
{
    const struct guest_file outside = {.path = "etc/passwd", .data = "", .len = 0};
    struct guest_job job = job_make("good");

    (void)state;
    job.files = &outside;
    job.nfiles = 1;
    cannot(&job, -EINVAL, "only bin/ and tree/");
    job.nfiles = 0;
    job.accel = ACCEL_AUTO;
    cannot(&job, -EINVAL, "accelerator");
    job.accel = ACCEL_TCG;
    job.plan = "plan\n";
    cannot(&job, -EINVAL, "the plan must start with");
    job.plan = "capbench-plan 1\nend\n";
    setenv("CAPBENCH_QEMU", "/nonexistent/qemu", 1);
    cannot(&job, -ENOENT, "cannot start /nonexistent/qemu");
    unlink(at("build/capos/kernel.elf"));
    cannot(&job, -ENOENT, "no kernel at");
    unlink(at("build/agent/capos/agent"));
    cannot(&job, -ENOENT, "no agent at");
    job.kind = GUEST_LINUX;
    cannot(&job, -ENOENT, "no agent at");
    assert_int_equal(seen.started, 0);
}

#define RUN(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "-M") == 0)
        fake_emulator(argc, argv);
    const struct CMUnitTest tests[] = {
        RUN(test_good),         RUN(test_error),    RUN(test_crash),       RUN(test_reset),
        RUN(test_panic),        RUN(test_flood),    RUN(test_garbage),     RUN(test_stale),
        RUN(test_gap),          RUN(test_escape),   RUN(test_too_much),    RUN(test_no_done),
        RUN(test_error_frame),  RUN(test_cut_file), RUN(test_wrong_guest), RUN(test_grandchild),
        RUN(test_hang),         RUN(test_linger),   RUN(test_interrupt),   RUN(test_cannot),
        RUN(test_input),        RUN(test_keyboard), RUN(test_no_keyboard), RUN(test_sync),
        RUN(test_sync_refused),
    };

    return cmocka_run_group_tests_name("qemu_run", tests, group_setup, group_teardown);
}
