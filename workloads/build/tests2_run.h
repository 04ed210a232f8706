/* SPDX-License-Identifier: MIT */
/*
 * Compiling and running one program of tcc's tests2, in a writable copy of tests/tests2. Invariant: what a
 * program or the compiler says, on both streams, is appended to the case's output file, in order.
 */
#ifndef TESTS2_RUN_H
#define TESTS2_RUN_H

#include <stdbool.h>

enum { PATH_ROOM = 300 };

/* Runs a program with both output streams appended to `output`; its wait status, or a negative errno. */
int program_run(const char *path, const char *const *argv, const char *output);
/*
 * Compiles NAME.c with one more flag and one more source (each may be NULL) to a.exe, linked with the C
 * library of this flavour; with `object` to a.o alone. As program_run.
 */
int program_compile(const char *name, const char *flag, const char *more, bool object, const char *output);

/*
 * Appends to `output` what `tcc -dt -run NAME.c` says: the parts that `defined test_...` tells apart, each
 * under its name: what the compiler says of it and, where it has a main, what it prints and a code that is
 * not 0. Here they are programs, one after another. 0 or a negative errno.
 */
int parts_run(const char *name, const char *output);

#endif
