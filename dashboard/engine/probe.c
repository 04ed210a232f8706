/* SPDX-License-Identifier: MIT */
/*
 * Which accelerator: does KVM really run ring 3 here?
 * Invariant: KVM is chosen only after our kernel made a system call from ring 3 under it and came back; a
 * device node that opens proves nothing.
 */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "abi/bench.h"
#include "guest_loop.h"
#include "guest_serial.h"
#include "qemu.h"

#define PROBE_NS   UINT64_C(2000000000)
#define PROBE_OK   ((2 * BENCH_QEMU_SUCCESS + 1) & 255)
#define OUTPUT_MAX 65536u

struct probe {
    struct guest_serial serial;
    size_t output;
};

static bool probe_data(void *ctx, enum guest_stream s, const uint8_t *bytes, size_t n, uint64_t host_ns)
{
    struct probe *p = ctx;

    (void)host_ns;
    p->output += n;
    if (s == STREAM_SERIAL)
        guest_serial_feed(&p->serial, bytes, n);
    return p->output <= OUTPUT_MAX;
}

static void probe_judge(const struct probe *p, const struct guest_loop_end *end, const char *log, char *why,
                        size_t n)
{
    const char *said = p->serial.last_line[0] ? p->serial.last_line : log ? log : "no message";

    if (end->timed_out)
        snprintf(why, n, "its guest hung (%s)", said);
    else if (end->stopped)
        snprintf(why, n, "its guest wrote without end (%s)", said);
    else if (end->status == 0)
        snprintf(why, n, "its guest was reset (%s)", said);
    else if (end->status == 1)
        snprintf(why, n, "the emulator could not use it (%s)", said);
    else if (end->status >= 128)
        snprintf(why, n, "the emulator was ended by signal %d (%s)", end->status - 128, said);
    else
        snprintf(why, n, "its guest ended with status %d (%s)", end->status, said);
}

/* Serial port: an anonymous file, read when the loop wakes; QMP: a socket; output: an anonymous file for the
 * reason. */
static int probe_channels(struct guest_loop *loop, struct guest_proc_spec *spec)
{
    int pair[2];

    spec->log_fd = memfd_create("emulator", MFD_CLOEXEC);
    loop->fd[STREAM_SERIAL] = spec->fd[STREAM_SERIAL] = memfd_create("serial", MFD_CLOEXEC);
    loop->file[STREAM_SERIAL] = true;
    if (spec->log_fd < 0 || spec->fd[STREAM_SERIAL] < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return -errno;
    loop->fd[STREAM_QMP] = pair[0];
    spec->fd[STREAM_QMP] = pair[1];
    return fcntl(pair[0], F_SETFL, O_NONBLOCK) ? -errno : 0;
}

/* Runs the probe's command line. 0: ring 3 works; else a negative errno and a line. */
static int probe_boot(char *const *argv, char *why, size_t n)
{
    struct guest_loop loop;
    struct guest_proc_spec spec = {
        .argv = argv, .fd = {-1, -1, -1, -1}, .nfds = STREAM_COUNT, .in_fd = -1, .out_fd = -1, .log_fd = -1};
    struct guest_loop_end end = {0};
    struct probe p = {.output = 0};
    int err;

    guest_serial_init(&p.serial, GUEST_CAPOS);
    guest_loop_init(&loop);
    loop.data = probe_data;
    loop.ctx = &p;
    err = probe_channels(&loop, &spec);
    if (!err)
        err = guest_proc_start(&spec, &loop.proc);
    if (err) {
        snprintf(why, n, "%s: %s", argv[0], strerror(-err));
    } else {
        loop.deadline_ns = guest_clock_monotonic() + PROBE_NS;
        guest_loop_run(&loop, &end);
        guest_serial_end(&p.serial);
        err = !end.timed_out && !end.stopped && end.status == PROBE_OK ? 0 : -ENODEV;
        if (err) {
            char *log = guest_proc_tail(spec.log_fd);
            probe_judge(&p, &end, log, why, n);
            free(log);
        }
    }
    const int fds[] = {loop.fd[STREAM_SERIAL], loop.fd[STREAM_QMP], spec.fd[STREAM_QMP], spec.log_fd};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    return err;
}

static int probe_kvm(char *why, size_t n)
{
    char **argv = NULL;
    int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), err;

    if (fd < 0) {
        snprintf(why, n, "/dev/kvm: %s", strerror(errno));
        return -ENODEV;
    }
    close(fd);
    err = qemu_argv_probe(&argv, why, n);
    if (!err)
        err = probe_boot(argv, why, n);
    qemu_argv_free(argv);
    return err ? -ENODEV : 0;
}

int guest_accel_resolve(enum guest_accel asked, enum guest_accel *chosen, char *why, size_t n)
{
    char detail[256] = "";
    int err = 0;

    if (asked == ACCEL_TCG || asked == ACCEL_ICOUNT) {
        *chosen = asked;
        snprintf(why, n, "accelerator %s: as asked", guest_accel_name(asked));
        return 0;
    }
    err = probe_kvm(detail, sizeof detail);
    if (!err) {
        *chosen = ACCEL_KVM;
        snprintf(why, n, "accelerator kvm: our kernel made a ring-3 system call under it");
        return 0;
    }
    if (asked == ACCEL_KVM) {
        snprintf(why, n, "accelerator kvm does not work here: %s", detail);
        return err;
    }
    *chosen = ACCEL_TCG;
    snprintf(why, n, "accelerator tcg (emulated): kvm does not work here: %s", detail);
    return 0;
}

const char *guest_accel_name(enum guest_accel accel)
{
    static const char *const names[] = {
        [ACCEL_AUTO] = "auto", [ACCEL_KVM] = "kvm", [ACCEL_TCG] = "tcg", [ACCEL_ICOUNT] = "icount"};

    return (size_t)accel < sizeof names / sizeof names[0] ? names[accel] : "?";
}
