/* SPDX-License-Identifier: MIT */
/*
 * The program console (second virtio console): output for everyone who has a capability to it, input for one
 * reader at a time. Invariant: the reader whose process was started by the most others, one after another, is
 * served first, of equals the newest: that is who is in the foreground, and a shell that waits for a program
 * can keep a read pending without taking the program's input. Only the prompt and echo of the one being
 * served are on the screen. What is typed belongs to the terminal until it is a line, so a half line passes
 * to whoever is served next; bytes typed while nobody reads wait.
 *
 * ^C cancels the read of every reader that has no other reader below it, so of each branch of the foreground
 * job. Those above learn it from how their children end; to a process that was there but not reading yet it
 * is told with its next read, if that comes within three seconds.
 */
#ifndef KERNEL_TTY_H
#define KERNEL_TTY_H

#include "kernel/cap.h"

struct tty_request {
    const char *prompt; /* need not outlive the call */
    uint32_t prompt_len;
    uint32_t max; /* 0: the line discipline's default */
    bool visible, allow_empty;
    bool block; /* no line discipline: what is there, at most max bytes */
    bool text;  /* the answer's pointer is Text, else Data */
};

/* Writes n bytes as they are; without the device, whole lines to the serial log. */
void tty_write(const void *bytes, size_t n);
/* The same and a newline. */
void tty_write_line(const void *bytes, size_t n);
/* Body of readLine and read (their answers have one shape: status, then bytes). What a method returns. */
int tty_read(struct call *c, const struct tty_request *r);
/* Ends every read pending on o with status `closed`. */
void tty_close(struct cap_object *o);

#endif
