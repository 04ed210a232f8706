/* SPDX-License-Identifier: MIT */
/* Compiling and running one program of tcc's tests2; see tests2_run.h. */
#include "tests2_run.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef FLAVOUR
#define FLAVOUR "linux"
#endif
#define INPUTS "../../tree/in/"

enum { WORDS_MAX = 40, PARTS_MAX = 256, PART_NAME = 64 };

extern char **environ;

int program_run(const char *path, const char *const *argv, const char *output)
{
    union {
        const char *const *in;
        char *const *out;
    } words = {argv};
    posix_spawn_file_actions_t actions;
    int fd = open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), status = 0, rc;
    pid_t pid;

    if (fd < 0)
        return -errno;
    rc = posix_spawn_file_actions_init(&actions);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, fd, 1);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, fd, 2);
    if (rc == 0)
        rc = posix_spawn(&pid, path, &actions, NULL, words.out, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(fd);
    if (rc != 0)
        return -rc;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return status;
}

/* A command line that is being made; paths live as long as it does. */
struct words {
    const char *word[WORDS_MAX];
    char path[12][PATH_ROOM];
    size_t n, paths;
};

static void add(struct words *w, const char *word)
{
    if (w->n < WORDS_MAX - 1)
        w->word[w->n++] = word;
}

static void add_library(struct words *w, const char *file)
{
    char *path = w->path[w->paths++];

    snprintf(path, PATH_ROOM, INPUTS "musl/" FLAVOUR "/lib/%s", file);
    add(w, path);
}

static void add_support(struct words *w)
{
    add(w, INPUTS "tcc/lib/libtcc1.c");
    add(w, INPUTS "tcc/lib/va_list.c");
    add(w, INPUTS "tcc/lib/alloca86_64.S");
    add_library(w, "libc.a");
    add_library(w, "crtn.o");
}

int program_compile(const char *name, const char *flag, const char *more, bool object, const char *output)
{
    static const char *const first[] = {
        "tcc", "-nostdinc", "-I" INPUTS "tcc/include", "-I" INPUTS "musl/include", "-nostdlib", "-static"};
    bool capos = strcmp(FLAVOUR, "capos") == 0;
    struct words w = {.n = 0};
    char source[PATH_ROOM];

    snprintf(source, sizeof source, "%s.c", name);
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        add(&w, first[i]);
    if (capos) {
        add(&w, "-Wl,-Ttext=0x2000b0");
        add(&w, "-Wl,-section-alignment=0x1000");
    }
    if (flag)
        add(&w, flag);
    if (object)
        add(&w, "-c");
    add(&w, "-o");
    add(&w, object ? "a.o" : "a.exe");
    if (!object) {
        add_library(&w, capos ? "crt0.o" : "crt1.o");
        add_library(&w, "crti.o");
    }
    add(&w, source);
    if (more)
        add(&w, more);
    if (!object)
        add_support(&w);
    return program_run("../../bin/tcc", w.word, output);
}

/* ---- parts ---- */

static char part[PARTS_MAX][PART_NAME];
static size_t parts;

static void part_add(const char *at, size_t n)
{
    if (n >= PART_NAME || parts == PARTS_MAX)
        return;
    for (size_t i = 0; i < parts; i++)
        if (strncmp(part[i], at, n) == 0 && part[i][n] == '\0')
            return;
    memcpy(part[parts], at, n);
    part[parts++][n] = '\0';
}

/* The names after `defined` in the file's conditions, each once, in their order. */
static int parts_find(const char *name)
{
    char path[PATH_ROOM], line[1024];
    FILE *f;

    snprintf(path, sizeof path, "%s.c", name);
    f = fopen(path, "r");
    if (!f)
        return -errno;
    parts = 0;
    while (fgets(line, sizeof line, f))
        for (const char *at = line; (at = strstr(at, "defined test_"));) {
            size_t n = 0;

            at += strlen("defined ");
            while (isalnum((unsigned char)at[n]) || at[n] == '_')
                n++;
            part_add(at, n);
        }
    fclose(f);
    return parts > 0 ? 0 : -ENOENT;
}

static int say(const char *output, const char *format, const char *text, int number)
{
    FILE *f = fopen(output, "a");

    if (!f)
        return -errno;
    fprintf(f, format, text, number);
    return fclose(f) == 0 ? 0 : -errno;
}

static int part_run(const char *name, const char *define, const char *output)
{
    static const char *const argv[] = {"./a.exe", NULL};
    int status = program_compile(name, define, NULL, true, output);

    if (status != 0)
        return status < 0 ? status : 0; /* the compiler has said it */
    unlink("a.exe");
    status = program_compile(name, define, NULL, false, "a.link");
    unlink("a.link");
    if (status != 0)
        return status < 0 ? status : 0; /* no main */
    status = program_run(argv[0], argv, output);
    if (status <= 0)
        return status;
    return WIFEXITED(status) ? say(output, "%s%d]\n", "[returns ", WEXITSTATUS(status))
                             : say(output, "%s%d]\n", "[signal ", WTERMSIG(status));
}

int parts_run(const char *name, const char *output)
{
    char define[PART_NAME + 2];
    int rc = parts_find(name);

    for (size_t i = 0; rc == 0 && i < parts; i++) {
        snprintf(define, sizeof define, "-D%s", part[i]);
        rc = say(output, i == 0 ? "[%s]\n" : "\n[%s]\n", part[i], 0);
        if (rc == 0)
            rc = part_run(name, define, output);
    }
    return rc;
}
