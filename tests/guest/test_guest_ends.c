/* SPDX-License-Identifier: MIT */
/*
 * How real guests end: every row of the verdict table that a real emulator and real kernels can be brought
 * to. Invariant: the kernels are those of the build; only the first process is the test's own where a bad end
 * is wanted.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "abi/bench.h"
#include "files.h"
#include "guest.h"

static char base[64], run_dir[80], art_dir[80], real[4096];
static unsigned frames;
static bool stop;

static int link_real(const char *name)
{
    char from[4200], to[160];

    snprintf(from, sizeof from, "%s/%s", real, name);
    snprintf(to, sizeof to, "%s/build/%s", base, name);
    return symlink(from, to);
}

/* A build folder of links to the real one, but for the agents. */
static int group_setup(void **state)
{
    char path[128];

    (void)state;
    strcpy(base, "/tmp/capbench-ends-XXXXXX");
    if (!realpath("build", real) || !mkdtemp(base))
        return -1;
    snprintf(run_dir, sizeof run_dir, "%s/run", base);
    snprintf(art_dir, sizeof art_dir, "%s/art", base);
    snprintf(path, sizeof path, "%s/build/agent/capos", base);
    if (files_mkdir(path))
        return -1;
    snprintf(path, sizeof path, "%s/build/agent/linux", base);
    if (files_mkdir(path) || link_real("capos") || link_real("linux-guest") || link_real("qemu.flags"))
        return -1;
    snprintf(path, sizeof path, "%s/build", base);
    return setenv("CAPBENCH_BUILD", path, 1);
}

static int group_teardown(void **state)
{
    (void)state;
    return files_remove(base);
}

static int setup(void **state)
{
    (void)state;
    frames = 0;
    stop = false;
    return files_remove(run_dir) || files_remove(art_dir) || files_mkdir(run_dir);
}

/* Takes `program` (a path below build/; NULL: a text file) as the first process of both guests. */
static void first_process(const char *program)
{
    static const char text[] = "#!/bin/sh\necho no program of ours\n";
    char from[4200], to[128], *bytes;
    size_t n;

    snprintf(from, sizeof from, "%s/%s", real, program ? program : "");
    for (int capos = 0; capos < 2; capos++) {
        snprintf(to, sizeof to, "%s/build/agent/%s/agent", base, capos ? "capos" : "linux");
        if (!program) {
            assert_int_equal(files_write_atomic(to, text, sizeof text - 1), 0);
            continue;
        }
        assert_int_equal(files_read(from, 64u << 20, &bytes, &n), 0);
        assert_int_equal(files_write_atomic(to, bytes, n), 0);
        free(bytes);
    }
}

static void on_frame(void *ctx, unsigned type, uint64_t guest_ns, uint64_t host_ns, const void *payload,
                     size_t len)
{
    (void)ctx;
    (void)type;
    (void)guest_ns;
    (void)host_ns;
    (void)payload;
    (void)len;
    frames++;
}

static bool on_interrupted(void *ctx)
{
    (void)ctx;
    return stop;
}

static struct guest_job job_make(enum guest_kind kind, const char *plan)
{
    return (struct guest_job){.kind = kind,
                              .accel = ACCEL_TCG,
                              .memory_mib = 256,
                              .lazy_memory = true,
                              .nonce = UINT64_C(0xfedcba9876543210),
                              .plan = plan,
                              .run_dir = run_dir,
                              .artifact_dir = art_dir,
                              .limit_seconds = 60,
                              .limit_output_bytes = 1000000,
                              .limit_artifact_bytes = 1000000};
}

static void ends(const struct guest_job *job, enum guest_end end, int status, const char *want)
{
    const struct guest_callbacks cb = {.frame = on_frame, .interrupted = on_interrupted};
    struct guest_outcome out;
    int err = guest_run(job, &cb, &out);

    if (err || out.end != end || out.qemu_status != status || !strstr(out.reason, want))
        fail_msg("wanted %s, status %d, '%s'; got error %d, %s, status %d, '%s'", guest_end_name(end), status,
                 want, err, guest_end_name(out.end), out.qemu_status, out.reason);
    assert_int_equal(out.frames, frames);
    guest_outcome_free(&out);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void linux_ends(const char *act, enum guest_end end, int status, const char *want)
{
    char plan[128];
    struct guest_job job;

    first_process("tests/guest/linux_end");
    snprintf(plan, sizeof plan, "capbench-plan 1\nact %s\nend\n", act);
    job = job_make(GUEST_LINUX, plan);
    if (strcmp(act, "hang") == 0)
        job.limit_seconds = 6;
    ends(&job, end, status, want);
}

static void test_linux_reset(void **state)
{
    (void)state;
    linux_ends("reboot", GUEST_RESET, 0, "reset (triple fault or reboot)");
}

static void test_linux_oops(void **state)
{
    (void)state;
    linux_ends("crash", GUEST_PANIC, 0, "kernel panic:");
}

static void test_linux_init_ends(void **state)
{
    (void)state;
    linux_ends("nothing", GUEST_PANIC, 0, "Attempted to kill init");
}

static void test_linux_silent_success(void **state)
{
    (void)state;
    linux_ends("success", GUEST_CHANNEL, 33, "last frame never came");
}

/* Value 0 on the debug port looks like the emulator's own failure, and is never success. */
static void test_linux_zero(void **state)
{
    (void)state;
    linux_ends("zero", GUEST_QEMU_ERROR, 1, "status 1");
}

static void test_linux_flood(void **state)
{
    (void)state;
    linux_ends("flood", GUEST_FLOOD, 137, "more than 1000000 bytes of output (the last on its serial port)");
}

static void test_linux_hang(void **state)
{
    (void)state;
    linux_ends("hang", GUEST_HANG, 137, "no end within 6 s (0 frames so far)");
}

static void test_linux_no_program(void **state)
{
    struct guest_job job = job_make(GUEST_LINUX, "capbench-plan 1\nend\n");

    (void)state;
    first_process(NULL);
    ends(&job, GUEST_PANIC, 0, "kernel panic:");
}

static void capos_ends(const char *program, enum guest_end end, int status, const char *want)
{
    struct guest_job job = job_make(GUEST_CAPOS, "capbench-plan 1\nend\n");

    first_process(program);
    ends(&job, end, status, want);
}

static void test_capos_fails(void **state)
{
    (void)state;
    capos_ends("tests/guest/capos_end", GUEST_AGENT_FAILED, 35, "halt code=3");
}

static void test_capos_faults(void **state)
{
    (void)state;
    capos_ends("tests/guest/capos_fault", GUEST_AGENT_FAILED, 35, "first process failed");
}

static void test_capos_refuses(void **state)
{
    (void)state;
    capos_ends(NULL, GUEST_BOOT_REFUSED, 41, "boot refused: agent");
}

/* An emulator that cannot start says why. */
static void test_bad_machine(void **state)
{
    struct guest_job job = job_make(GUEST_CAPOS, "capbench-plan 1\nend\n");

    (void)state;
    first_process("tests/guest/capos_end");
    job.cpu = "no-such-model";
    ends(&job, GUEST_QEMU_ERROR, 1, "no-such-model");
}

static void test_interrupted(void **state)
{
    struct guest_job job = job_make(GUEST_LINUX, "capbench-plan 1\nact hang\nend\n");

    (void)state;
    first_process("tests/guest/linux_end");
    stop = true;
    ends(&job, GUEST_INTERRUPTED, 137, "interrupted");
}

/* The real agents: a plan that works, and one that does not. */
static void agent_runs(enum guest_kind kind, const char *program)
{
    struct guest_job job =
        job_make(kind, "capbench-plan 1\nmkdir /work/a\nnonce-file /work/a/N\nexport /work/a out\nend\n");
    char path[160], *text;
    size_t n;

    first_process(program);
    ends(&job, GUEST_OK, 33, "");
    snprintf(path, sizeof path, "%s/out/N", art_dir);
    assert_int_equal(files_read(path, 100, &text, &n), 0);
    assert_string_equal(text, "fedcba9876543210\n");
    free(text);
    assert_int_equal(setup(NULL), 0);
    job.plan = "capbench-plan 1\nfrobnicate\nend\n";
    ends(&job, GUEST_AGENT_FAILED, 35, "agent: ");
}

static void test_agent_linux(void **state)
{
    (void)state;
    agent_runs(GUEST_LINUX, "agent/linux/agent");
}

static void test_agent_capos(void **state)
{
    (void)state;
    agent_runs(GUEST_CAPOS, "agent/capos/agent");
}

#define ENDS(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENDS(test_capos_fails),     ENDS(test_capos_faults),         ENDS(test_capos_refuses),
        ENDS(test_bad_machine),     ENDS(test_agent_capos),          ENDS(test_agent_linux),
        ENDS(test_interrupted),     ENDS(test_linux_reset),          ENDS(test_linux_oops),
        ENDS(test_linux_init_ends), ENDS(test_linux_silent_success), ENDS(test_linux_zero),
        ENDS(test_linux_flood),     ENDS(test_linux_hang),           ENDS(test_linux_no_program),
    };

    return cmocka_run_group_tests_name("guest_ends", tests, group_setup, group_teardown);
}
