/* SPDX-License-Identifier: MIT */
/*
 * Runs tcc's own tests2 in the guest: tests2 OUT SEED COUNT, in a writable copy of tests/tests2.
 * Each case is compiled to a program with the C library of this flavour, the program is run, and what both
 * said is compared with the case's .expect as `diff -b` would. OUT gets one line a case: its name and `pass`,
 * or what went otherwise. COUNT cases are drawn by SEED (all, when there are no more); those that cannot be
 * here are listed with their reason. Invariant: the same seed draws the same cases everywhere; exit 0 means
 * that every drawn case has a verdict, whichever.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests2_run.h"

#define CASES_MAX 256

/* Cases that no build of this kind can run, whatever the system below. */
static const struct {
    const char *name, *why;
} apart[] = {
    {"34_array_assignment", "left out upstream: not C"},
    {"73_arm64", "left out upstream on this processor: its compiler passes some of the arguments otherwise"},
    {"99_fastcall", "assembly of another processor, i386"},
    {"112_backtrace", "bounds checking finds the C library by dlsym, which static programs do not have"},
    {"113_btdll", "shared libraries"},
    {"114_bound_signal", "bounds checking finds the C library by dlsym, which static programs do not have"},
    {"115_bound_setjmp", "bounds checking finds the C library by dlsym, which static programs do not have"},
    {"116_bound_setjmp2", "bounds checking finds the C library by dlsym, which static programs do not have"},
};

/* What a case is given beyond its name. */
static const struct {
    const char *name, *flag, *more;
    const char *args[6];
} special[] = {
    {"31_args", NULL, NULL, {"arg1", "arg2", "arg3", "arg4", "arg5", NULL}},
    {"46_grep", NULL, NULL, {"[^* ]*[:a:d: ]+\\:\\*-/: $", "46_grep.c", NULL}},
    {"76_dollars_in_identifiers", "-fdollars-in-identifiers", NULL, {NULL}},
    {"104_inline", NULL, "104+_inline.c", {NULL}},
};

/* Cases of many parts, most of them errors that the compiler must find. */
static const char *const in_parts[] = {"60_errors_and_warnings", "96_nodata_wanted"};

static char *names[CASES_MAX];
static size_t count;

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every NAME with NAME.c and NAME.expect in the working directory, sorted. */
static int cases_find(void)
{
    DIR *dir = opendir(".");
    struct dirent *e;

    if (!dir)
        return -errno;
    while ((e = readdir(dir)) && count < CASES_MAX) {
        size_t n = strlen(e->d_name);

        if (n > 7 && strcmp(e->d_name + n - 7, ".expect") == 0 && isdigit((unsigned char)e->d_name[0])) {
            names[count] = strdup(e->d_name);
            if (!names[count])
                break;
            names[count++][n - 7] = '\0';
        }
    }
    closedir(dir);
    qsort(names, count, sizeof *names, name_compare);
    return count > 0 ? 0 : -ENOENT;
}

static const char *apart_why(const char *name)
{
    for (size_t i = 0; i < sizeof apart / sizeof apart[0]; i++)
        if (strcmp(apart[i].name, name) == 0)
            return apart[i].why;
    return NULL;
}

/* Keeps `wanted` of the cases that can be run, drawn by a small generator, in their order. */
static void cases_draw(uint64_t seed, size_t wanted)
{
    size_t left = 0, kept = 0;

    for (size_t i = 0; i < count; i++)
        left += apart_why(names[i]) == NULL;
    for (size_t i = 0; i < count; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        if (apart_why(names[i]))
            continue;
        if ((seed >> 33) % left-- < wanted) {
            names[kept++] = names[i];
            wanted--;
        }
    }
    count = kept;
}

/* The next byte as `diff -b` sees it: runs of blanks are one, those before a line's end none; a newline that
 * ends the file may be missing. */
static int next_byte(FILE *f)
{
    int c = getc(f), blank = 0, next;

    while (c == ' ' || c == '\t' || c == '\r') {
        blank = 1;
        c = getc(f);
    }
    if (blank && c != '\n' && c != EOF) {
        ungetc(c, f);
        return ' ';
    }
    if (c != '\n')
        return c;
    next = getc(f);
    if (next != EOF)
        ungetc(next, f);
    return next == EOF ? EOF : '\n';
}

/* Line of the first difference, 0 when there is none, -1 when a file cannot be read. */
static int files_differ(const char *a, const char *b)
{
    FILE *x = fopen(a, "r"), *y = fopen(b, "r");
    int line = x && y ? 1 : -1, c = 0;

    while (line > 0 && c != EOF) {
        c = next_byte(x);
        if (next_byte(y) != c)
            break;
        line += c == '\n';
        if (c == EOF)
            line = 0;
    }
    if (x)
        fclose(x);
    if (y)
        fclose(y);
    return line;
}

static void verdict(FILE *out, const char *name, const char *how, int status)
{
    if (status < 0)
        fprintf(out, "%s %s: %s\n", name, how, strerror(-status));
    else if (WIFSIGNALED(status))
        fprintf(out, "%s %s: fault\n", name, how);
    else
        fprintf(out, "%s %s: exit code %d\n", name, how, WEXITSTATUS(status));
}

static void case_verdict(FILE *out, const char *name, int status, const char *expect, const char *output)
{
    int line = status < 0 ? 0 : files_differ(expect, output);

    if (status < 0 || WIFSIGNALED(status))
        verdict(out, name, "does not run", status);
    else if (line != 0)
        fprintf(out, "%s differs from line %d\n", name, line);
    else
        fprintf(out, "%s pass\n", name);
}

static void case_run(FILE *out, const char *name)
{
    static const char *const plain[] = {NULL};
    const char *flag = NULL, *more = NULL, *const *args = plain, *argv[8] = {"./a.exe"};
    char output[PATH_ROOM], expect[PATH_ROOM];
    int status, n = 1;

    snprintf(output, sizeof output, "%s.output", name);
    snprintf(expect, sizeof expect, "%s.expect", name);
    unlink(output);
    unlink("a.exe");
    for (size_t i = 0; i < sizeof in_parts / sizeof in_parts[0]; i++)
        if (strcmp(in_parts[i], name) == 0) {
            case_verdict(out, name, parts_run(name, output), expect, output);
            return;
        }
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        if (strcmp(special[i].name, name) == 0) {
            flag = special[i].flag;
            more = special[i].more;
            args = special[i].args;
        }
    }
    status = program_compile(name, flag, more, false, output);
    if (status != 0) {
        verdict(out, name, "does not compile", status);
        return;
    }
    while (*args)
        argv[n++] = *args++;
    case_verdict(out, name, program_run("./a.exe", argv, output), expect, output);
}

int main(int argc, char **argv)
{
    FILE *out;
    int rc;

    if (argc != 4) {
        fprintf(stderr, "usage: tests2 OUT SEED COUNT\n");
        return 2;
    }
    rc = cases_find();
    out = rc == 0 ? fopen(argv[1], "w") : NULL;
    if (!out) {
        fprintf(stderr, "tests2: %s\n", rc < 0 ? strerror(-rc) : strerror(errno));
        return 1;
    }
    for (size_t i = 0; i < count; i++)
        if (apart_why(names[i]))
            fprintf(out, "%s unsupported: %s\n", names[i], apart_why(names[i]));
    cases_draw(strtoull(argv[2], NULL, 10), (size_t)strtoull(argv[3], NULL, 10));
    for (size_t i = 0; i < count; i++) {
        case_run(out, names[i]);
        fflush(out);
    }
    return fclose(out) == 0 ? 0 : 1;
}
