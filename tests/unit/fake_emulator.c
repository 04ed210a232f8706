/* SPDX-License-Identifier: MIT */
/*
 * The stand-in's acts.
 * Invariant: see fake_emulator.h.
 */
#include "fake_emulator.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel_frames.h"
#include "qemu.h"

#define LOOP_MAX 100000

static uint64_t nonce;
static uint32_t seq;
static uint8_t b[sizeof(struct bench_frame) + BENCH_MAX_PAYLOAD];

static void send_bytes(int fd, const void *p, size_t n)
{
    if (write(fd, p, n) != (ssize_t)n)
        _exit(99);
}

static void send_frame(unsigned type, const void *payload, size_t n)
{
    size_t len = frame_put(b, nonce, seq++, type, payload, n);

    send_bytes(QEMU_FD_BENCH, b, len);
}

static void send_done(uint32_t status)
{
    struct bench_done d = {.status = status, .frames = seq};

    send_frame(BENCH_DONE, &d, sizeof d);
}

static void send_file(const char *path, uint64_t size, const char *data)
{
    size_t len = frame_file(b, nonce, seq++, size, 0, path, strlen(path));

    send_bytes(QEMU_FD_BENCH, b, len);
    send_frame(BENCH_FILE_DATA, data, strlen(data));
    send_frame(BENCH_FILE_END, NULL, 0);
}

static const char *option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    }
    _exit(98);
}

static size_t file_get(const char *path, char *to, size_t n)
{
    FILE *f = fopen(path, "r");
    size_t got = f ? fread(to, 1, n - 1, f) : 0;

    if (f)
        fclose(f);
    to[got] = 0;
    return got;
}

static void nonce_find(const char *image)
{
    static char bytes[1 << 20];
    size_t n = file_get(image, bytes, sizeof bytes);
    const char *at = memmem(bytes, n, "\nnonce ", 7);

    if (!at)
        _exit(97);
    nonce = strtoull(at + 7, NULL, 16);
}

static void say(int fd, const char *text)
{
    send_bytes(fd, text, strlen(text));
}

static void input_get(void *to, size_t n)
{
    for (size_t have = 0; have < n;) {
        ssize_t got = read(QEMU_FD_INPUT, (uint8_t *)to + have, n - have);
        if (got <= 0)
            _exit(95);
        have += (size_t)got;
    }
}

/* Reads one frame from the host, slowly, checks it, and says back what it was as LOG. */
static void input_echo(uint32_t want_seq)
{
    static uint8_t payload[BENCH_MAX_PAYLOAD];
    struct bench_frame h;
    char text[64];

    input_get(&h, sizeof h);
    if (h.magic != BENCH_MAGIC || h.nonce != nonce || h.seq != want_seq || h.len > sizeof payload ||
        h.header_crc != channel_crc32(0, &h, offsetof(struct bench_frame, header_crc)))
        _exit(94);
    input_get(payload, h.len);
    if (h.payload_crc != channel_crc32(0, payload, h.len))
        _exit(93);
    send_frame(BENCH_LOG, text, (size_t)snprintf(text, sizeof text, "%u %u", h.type, h.len));
}

/* Answers the engine's question as the real one does; `answer` is what it says of the disk. */
static void qmp_reply(const char *answer)
{
    char line[256], *id;
    ssize_t got = read(QEMU_FD_QMP, line, sizeof line - 1);

    line[got > 0 ? got : 0] = 0;
    id = strstr(line, "\"id\":");
    if (!id || !strstr(line, "query-blockstats"))
        _exit(92);
    dprintf(QEMU_FD_QMP, "{\"return\": %s, \"id\": %d}\r\n", answer, atoi(id + 5));
}

/* A console with a keyboard: says back what is typed, up to a full stop. */
static void keyboard_echo(void)
{
    char path[64], c = 0;

    snprintf(path, sizeof path, "/dev/fd/%d/console.in", QEMU_FD_TERMINAL);
    int in = open(path, O_RDWR);
    snprintf(path, sizeof path, "/dev/fd/%d/console.out", QEMU_FD_TERMINAL);
    int out = open(path, O_RDWR);

    while (in >= 0 && out >= 0 && c != '.')
        if (read(in, &c, 1) != 1 || write(out, &c, 1) != 1)
            _exit(91);
}

/* Conversations in which the host speaks too. Returns when the act is another. */
static void act_two_way(const char *act)
{
    if (strcmp(act, "keyboard") == 0) {
        keyboard_echo();
        send_done(0);
        exit(33);
    }
    if (strcmp(act, "input") == 0) {
        for (uint32_t i = 0; i < 11; i++)
            input_echo(i);
    }
    if (strcmp(act, "sync") == 0) {
        send_frame(BENCH_SYNC, "begin 0 0", 9);
        qmp_reply("[{\"device\": \"disk0\", \"stats\": {\"rd_operations\": 1, \"rd_bytes\": 512, "
                  "\"wr_operations\": 2, \"wr_bytes\": 8192, \"flush_operations\": 3}}]");
        input_echo(0);
    }
    if (strcmp(act, "sync-bad") == 0) {
        send_frame(BENCH_SYNC, "begin 0 0", 9);
        qmp_reply("[]");
        pause();
    }
    if (strcmp(act, "sync-twice") == 0) {
        send_frame(BENCH_SYNC, "a", 1);
        send_frame(BENCH_SYNC, "b", 1);
        pause();
    }
}

/* Ends of the emulator without a good conversation. */
static void act_bad_end(const char *act)
{
    if (strcmp(act, "error") == 0) {
        fprintf(stderr, "qemu: something\nqemu: bad option\n");
        exit(1);
    }
    if (strcmp(act, "crash") == 0)
        abort();
    if (strcmp(act, "reset") == 0) {
        say(QEMU_FD_QMP,
            "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-reset\"}}\n");
        exit(0);
    }
    if (strcmp(act, "panic") == 0) {
        say(QEMU_FD_SERIAL, "capos: PANIC: act\n");
        exit(37);
    }
    if (strcmp(act, "hang") == 0)
        for (;;)
            pause();
    if (strcmp(act, "flood") == 0)
        for (int i = 0; i < LOOP_MAX; i++)
            say(QEMU_FD_CONSOLE, "all work and no play\n");
    if (strcmp(act, "garbage") == 0) {
        say(QEMU_FD_BENCH, "Linux version 6.1: not a frame at all, but long enough for one");
        pause();
    }
}

/* Conversations that go wrong after HELLO. */
static void act_bad_talk(const char *act)
{
    if (strcmp(act, "stale") == 0) {
        nonce++;
        send_frame(BENCH_LOG, "x", 1);
        pause();
    }
    if (strcmp(act, "gap") == 0) {
        seq++;
        send_frame(BENCH_LOG, "x", 1);
        pause();
    }
    if (strcmp(act, "escape") == 0) {
        send_file("../escaped", 1, "x");
        pause();
    }
    if (strcmp(act, "too-much") == 0) {
        send_file("big", 1 << 30, "x");
        pause();
    }
    if (strcmp(act, "no-done") == 0)
        exit(33);
    if (strcmp(act, "error-frame") == 0) {
        send_frame(BENCH_ERROR, "no such\nstep", 12);
        send_done(1);
        exit(35);
    }
    if (strcmp(act, "cut-file") == 0) {
        size_t len = frame_file(b, nonce, seq++, 5, 0, "cut", 3);
        send_bytes(QEMU_FD_BENCH, b, len);
        send_done(0);
        exit(33);
    }
}

void fake_emulator(int argc, char **argv)
{
    char act[64], request[64];
    struct bench_mark m = {.iteration = 0};

    file_get(option(argc, argv, "-kernel"), act, sizeof act);
    if (strcmp(act, "grandchild") == 0 && fork() == 0)
        for (;;)
            pause();
    say(QEMU_FD_QMP, "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, \"major\": 7}}}}\r\n");
    if (strcmp(act, "no-qmp") != 0 && read(QEMU_FD_QMP, request, sizeof request) < 10)
        _exit(96);
    act_bad_end(act);
    nonce_find(option(argc, argv, "-initrd"));
    const char *hello = strcmp(act, "wrong-guest") == 0 ? "agent 1 linux" : "agent 1 capos";
    send_frame(BENCH_HELLO, hello, strlen(hello));
    act_bad_talk(act);
    act_two_way(act);
    say(QEMU_FD_SERIAL, "capos: kernel fake\n");
    say(QEMU_FD_CONSOLE, "printed\n");
    send_frame(BENCH_BEGIN, &m, sizeof m);
    usleep(20000);
    send_frame(BENCH_END, &m, sizeof m);
    send_file("out/x", 5, "hello");
    send_done(0);
    if (strcmp(act, "linger") == 0)
        for (;;)
            pause();
    exit(33);
}
