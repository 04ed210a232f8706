/* SPDX-License-Identifier: MIT */
/*
 * Host to program; see exec_input.h.
 * Invariant: the end of the descriptor is told to the program exactly once, however it came.
 */
#include "exec_input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "abi/bench.h"
#include "keyboard.h"

void exec_input_opened(struct exec_input *x, struct guest_input *to)
{
    int rc;

    x->to = to;
    if (!x->keys)
        return;
    rc = keyboard_open(x->fd);
    if (rc < 0) {
        fprintf(stderr, "capbench %s: the terminal: %s\n", x->who, strerror(-rc));
        x->left = true;
    }
}

static bool keys_ready(struct exec_input *x)
{
    char typed[GUEST_TYPED_MAX];
    ssize_t n = read(x->fd, typed, sizeof typed);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (n <= 0 || memchr(typed, KEYBOARD_ESCAPE, (size_t)n)) {
        x->left = true; /* a terminal that has gone is left too */
        return false;
    }
    /* Called only when the guest has taken what was typed before. */
    (void)guest_input_type(x->to, typed, (size_t)n);
    return true;
}

static bool stdin_ready(struct exec_input *x)
{
    static char bytes[BENCH_MAX_PAYLOAD];
    size_t room = guest_input_room(x->to);
    ssize_t n = read(x->fd, bytes, room < sizeof bytes ? room : sizeof bytes);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (n < 0)
        fprintf(stderr, "capbench %s: standard input: %s\n", x->who, strerror(errno));
    /* An empty frame is the end. A guest that has ended takes nothing more. */
    return guest_input_send(x->to, BENCH_STDIN, bytes, n > 0 ? (size_t)n : 0) == 0 && n > 0;
}

bool exec_input_ready(struct exec_input *x)
{
    return x->keys ? keys_ready(x) : stdin_ready(x);
}

void exec_input_tick(struct exec_input *x)
{
    unsigned rows, columns;
    struct bench_size size;

    if (!x->keys || !x->to || !keyboard_resized())
        return;
    keyboard_size(x->size_fd, &rows, &columns);
    if (rows == x->rows && columns == x->columns)
        return;
    x->rows = rows;
    x->columns = columns;
    size = (struct bench_size){.rows = (uint16_t)rows, .columns = (uint16_t)columns};
    /* No room: then the guest hears no frames, and ends with the next limit or key of its user. */
    (void)guest_input_send(x->to, BENCH_SIZE, &size, sizeof size);
}

void exec_input_close(struct exec_input *x)
{
    if (x->keys)
        keyboard_close();
}
