/* SPDX-License-Identifier: MIT */
/*
 * The verdict on an ended guest.
 * Invariant: see guest_verdict.h. Order of judgement: our interruption, what the kernel said or did, the
 * limits, the channel, the agent, the emulator's status; success comes last. (A status of 137 is our own kill
 * and decides nothing.)
 */
#include "guest_verdict.h"

#include <stdio.h>

#include "abi/bench.h"

#define STATUS(v) ((2 * (v) + 1) & 255)

static const char *or_none(const char *s)
{
    return s && *s ? s : "no message on the serial port";
}

/* Ends that the kernel itself brought about. GUEST_OK: none of them. */
static enum guest_end kernel_end(const struct guest_facts *f, char *reason, size_t n)
{
    if (f->panic) {
        snprintf(reason, n, "kernel panic: %s", f->panic);
        return GUEST_PANIC;
    }
    if (f->oops) {
        snprintf(reason, n, "kernel oops: %s", f->oops);
        return GUEST_PANIC;
    }
    if (f->qmp_panicked || f->status == STATUS(BENCH_QEMU_PANIC)) {
        snprintf(reason, n, "kernel panic: %s", or_none(f->last_line));
        return GUEST_PANIC;
    }
    if (f->kind == GUEST_NATIVE)
        return GUEST_OK;
    if (f->status == STATUS(BENCH_QEMU_EXCEPTION)) {
        snprintf(reason, n, "unexpected exception in the kernel: %s", or_none(f->last_line));
        return GUEST_EXCEPTION;
    }
    if (f->status == STATUS(BENCH_QEMU_BOOT_REFUSED)) {
        snprintf(reason, n, "%s", or_none(f->last_line));
        return GUEST_BOOT_REFUSED;
    }
    return GUEST_OK;
}

static enum guest_end native_end(const struct guest_facts *f, char *reason, size_t n)
{
    if (f->status >= 128)
        snprintf(reason, n, "the native agent was ended by signal %d: %s", f->status - 128,
                 f->emulator_log ? f->emulator_log : "no message");
    else
        snprintf(reason, n, "the native agent ended with status %d: %s", f->status,
                 f->emulator_log ? f->emulator_log : "no message");
    return GUEST_AGENT_FAILED;
}

/* The emulator ended by itself and its status is not success. */
static enum guest_end status_end(const struct guest_facts *f, char *reason, size_t n)
{
    const char *log = f->emulator_log ? f->emulator_log : "no message";

    if (f->status == STATUS(BENCH_QEMU_INIT_FAILED)) {
        snprintf(reason, n, "the guest's first process failed: %s",
                 f->last_line && *f->last_line ? f->last_line : "no reason given");
        return GUEST_AGENT_FAILED;
    }
    if (f->status == 0) {
        snprintf(reason, n, "the machine was %s after %llu frames (emulator status 0)",
                 f->qmp_reset      ? "reset (triple fault or reboot)"
                 : f->qmp_shutdown ? "powered off"
                                   : "reset or powered off",
                 (unsigned long long)f->frames);
        return GUEST_RESET;
    }
    if (f->status >= 128)
        snprintf(reason, n, "the emulator was ended by signal %d: %s", f->status - 128, log);
    else
        snprintf(reason, n, "the emulator ended with status %d: %s", f->status, log);
    return GUEST_QEMU_ERROR;
}

enum guest_end guest_verdict(const struct guest_facts *f, char *reason, size_t n)
{
    int success = f->kind == GUEST_NATIVE ? 0 : STATUS(BENCH_QEMU_SUCCESS);
    enum guest_end end;

    if (f->interrupted) {
        snprintf(reason, n, "interrupted");
        return GUEST_INTERRUPTED;
    }
    end = kernel_end(f, reason, n);
    if (end != GUEST_OK)
        return end;
    if (f->flood) {
        snprintf(reason, n, "%s", f->flood);
        return GUEST_FLOOD;
    }
    if (f->channel) {
        snprintf(reason, n, "%s", f->channel);
        return GUEST_CHANNEL;
    }
    if (f->timed_out) {
        if (f->done)
            snprintf(reason, n, "the guest sent its last frame but did not end");
        else
            snprintf(reason, n, "no end within %u s (%llu frames so far)", f->limit_seconds,
                     (unsigned long long)f->frames);
        return GUEST_HANG;
    }
    if (f->agent_error) {
        snprintf(reason, n, "agent: %s", f->agent_error);
        return GUEST_AGENT_FAILED;
    }
    if (f->status != success)
        return f->kind == GUEST_NATIVE ? native_end(f, reason, n) : status_end(f, reason, n);
    if (!f->done) {
        snprintf(reason, n, "the guest ended as if well, but its last frame never came: %s",
                 f->cut ? f->cut : "cut off");
        return GUEST_CHANNEL;
    }
    if (f->done_status != 0) {
        snprintf(reason, n, "the agent could not carry out the plan (status %u)", f->done_status);
        return GUEST_AGENT_FAILED;
    }
    return GUEST_OK;
}

const char *guest_end_name(enum guest_end end)
{
    static const char *const names[] = {
        [GUEST_OK] = "ok",
        [GUEST_AGENT_FAILED] = "agent failed",
        [GUEST_PANIC] = "panic",
        [GUEST_EXCEPTION] = "exception",
        [GUEST_BOOT_REFUSED] = "boot refused",
        [GUEST_RESET] = "reset",
        [GUEST_HANG] = "hang",
        [GUEST_FLOOD] = "flood",
        [GUEST_CHANNEL] = "channel broken",
        [GUEST_QEMU_ERROR] = "emulator error",
        [GUEST_INTERRUPTED] = "interrupted",
    };

    return (size_t)end < sizeof names / sizeof names[0] ? names[end] : "?";
}

const char *guest_kind_name(enum guest_kind kind)
{
    static const char *const names[] = {
        [GUEST_CAPOS] = "capos", [GUEST_LINUX] = "linux", [GUEST_NATIVE] = "native"};

    return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "?";
}
