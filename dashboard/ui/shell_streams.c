/* SPDX-License-Identifier: MIT */
/*
 * The same commands in one guest's shell after the other; see shell_both.h.
 * Invariant: a difference is in a stream's lines or in the exit code, and each is printed.
 */
#include "shell_both.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "command.h"
#include "line_diff.h"
#include "mem.h"
#include "shell.h"
#include "text.h"

#define COMMANDS_MAX (64u << 20)
#define SHOWN_MAX    200u /* lines of differences */

static const char *const guest_names[] = {[GUEST_CAPOS] = "capOS", [GUEST_LINUX] = "Linux"};
static const char *const stream_names[] = {"", "standard output", "standard error"};

struct outcome {
    int code;
    struct buf all;    /* both streams as they came */
    struct buf own[3]; /* 1, 2: each alone */
};

static void collect(void *ctx, int stream, const void *bytes, size_t n)
{
    struct outcome *o = ctx;

    buf_add(&o->all, bytes, n);
    buf_add(&o->own[stream == 2 ? 2 : 1], bytes, n);
}

/* Standard input in a file of its own, so that it can be read twice. The descriptor, or a negative errno. */
static int commands_keep(int from)
{
    static char bytes[65536];
    int fd = memfd_create("capbench-commands", MFD_CLOEXEC);
    size_t total = 0;
    ssize_t n;

    if (fd < 0)
        return -errno;
    while ((n = read(from, bytes, sizeof bytes)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || (total += (size_t)n) > COMMANDS_MAX || write(fd, bytes, (size_t)n) != n) {
            int err = n < 0 ? -errno : -EFBIG;
            close(fd);
            return err;
        }
    }
    return fd;
}

static void print(const void *bytes, size_t n)
{
    struct buf b = {0};

    if (isatty(STDOUT_FILENO))
        text_escape_terminal(&b, bytes, n);
    else if (n)
        buf_add(&b, bytes, n);
    if (b.len)
        fwrite(b.p, 1, b.len, stdout);
    buf_free(&b);
}

static void print_outcome(enum guest_kind guest, const struct outcome *o)
{
    printf("== %s: exit %d\n", guest_names[guest], o->code);
    print(o->all.p, o->all.len);
    if (o->all.len && o->all.p[o->all.len - 1] != '\n')
        putchar('\n');
    fflush(stdout);
}

/* Lines that only one guest printed. True when there are any. */
static bool print_changes(int stream, const struct outcome *o)
{
    struct line_change *list;
    size_t n =
        line_diff(o[0].own[stream].p, o[0].own[stream].len, o[1].own[stream].p, o[1].own[stream].len, &list);

    for (size_t i = 0; i < n && i < SHOWN_MAX; i++) {
        printf("%s, line %zu, only %s: ", stream_names[stream], list[i].number, guest_names[list[i].second]);
        print(list[i].line.at, list[i].line.len);
        putchar('\n');
    }
    if (n > SHOWN_MAX)
        printf("%s: %zu more lines differ\n", stream_names[stream], n - SHOWN_MAX);
    free(list);
    return n > 0;
}

static int conclude(const struct outcome *o)
{
    bool differ = o[0].code != o[1].code;

    puts("== differences");
    if (differ)
        printf("exit code: capOS %d, Linux %d\n", o[0].code, o[1].code);
    for (int stream = 1; stream <= 2; stream++)
        differ |= print_changes(stream, o);
    if (!differ)
        puts("none");
    return differ ? EXIT_CHECK : o[0].code;
}

int shell_both_streams(const struct exec_request *request)
{
    struct exec_request q = *request;
    struct outcome o[2] = {{0}, {0}};
    int code = 0, commands = commands_keep(q.input);

    if (commands < 0) {
        fprintf(stderr, "capbench shell: standard input: %s\n", strerror(-commands));
        return EXIT_EXEC_FAILED;
    }
    q.sink = collect;
    q.input = commands;
    for (int g = GUEST_CAPOS; g <= GUEST_LINUX && code != EXIT_INTERRUPTED; g++) {
        q.guest = (enum guest_kind)g;
        q.sink_ctx = &o[g];
        (void)lseek(commands, 0, SEEK_SET);
        code = o[g].code = shell_run(&q);
        if (code != EXIT_INTERRUPTED)
            print_outcome(q.guest, &o[g]);
    }
    if (code != EXIT_INTERRUPTED)
        code = conclude(o);
    close(commands);
    for (int g = 0; g < 2; g++) {
        buf_free(&o[g].all);
        buf_free(&o[g].own[1]);
        buf_free(&o[g].own[2]);
    }
    return code;
}
