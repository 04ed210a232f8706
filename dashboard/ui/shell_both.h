/* SPDX-License-Identifier: MIT */
/*
 * The shells of both guests: one after the other on the same commands, or side by side on a screen.
 * Invariant: both get the same bytes, options and grants.
 */
#ifndef UI_SHELL_BOTH_H
#define UI_SHELL_BOTH_H

#include "exec.h"

/*
 * Runs what standard input holds in both guests, prints both outputs and their differences. The exit code:
 * that of capOS, 1 when the guests differ, 130 when interrupted.
 */
int shell_both_streams(const struct exec_request *request);

/*
 * Both shells on this terminal until both have ended or the user leaves. argv: the options of this `capbench
 * shell`, which both guests' processes get. The exit code: that of capOS's shell, or 130 when left or
 * interrupted.
 */
int shell_both_terminal(int argc, char **argv);

#endif
