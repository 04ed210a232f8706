/* SPDX-License-Identifier: MIT */
/* Running the shell; see shell.h. */
#include "shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "elfcheck.h"
#include "files.h"
#include "mem.h"

#define HOME_NAME "scratch"
#define NAMES_MAX 65536u

int grants_shell(struct grants *s)
{
    static const char *const names[] = {"process_spawner", "terminal_session"};
    int rc = grants_posix(s);

    for (size_t i = 0; i < sizeof names / sizeof names[0] && rc == 0; i++) {
        char *why;

        rc = grants_add(s, names[i], &why);
        free(why);
    }
    return rc == 0 ? grants_guest_directory(s, "bin") : rc;
}

/* Where it starts: the folder it may write, if it has one. */
static const char *home_of(const struct grants *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->g[i].cap.path && strcmp(s->g[i].cap.name, HOME_NAME) == 0)
            return s->g[i].cap.path;
    return "/";
}

static int ready(const char *elf)
{
    char why[256];

    if (elfcheck_file(elf, why, sizeof why) == 0)
        return 0;
    fprintf(stderr, "capbench shell: %s: %s (make ports builds it)\n", elf, why);
    return EXIT_EXEC_FAILED;
}

/* The names that the program goes by, as the port's own list says; the text they lie in, or NULL. */
static char *names_read(struct exec_request *q)
{
    char *path = mem_printf("%s/ports/busybox.names", files_build_dir()), *text = NULL, *state;
    size_t len;
    int rc = files_read(path, NAMES_MAX, &text, &len);

    if (rc < 0)
        fprintf(stderr, "capbench shell: %s: %s (make ports makes it)\n", path, strerror(-rc));
    free(path);
    q->names = NULL;
    q->nnames = 0;
    for (char *n = text ? strtok_r(text, "\n", &state) : NULL; n; n = strtok_r(NULL, "\n", &state)) {
        q->names = mem_grow(q->names, q->nnames + 1, sizeof *q->names);
        q->names[q->nnames++] = n;
    }
    return text;
}

static int run_named(struct exec_request *q)
{
    char *names = names_read(q);
    int code = names ? exec_run(q) : EXIT_EXEC_FAILED;

    free(q->names);
    free(names);
    return code;
}

int shell_run(struct exec_request *q)
{
    const char *kind = getenv("TERM"), *home = home_of(q->grants);
    char *elf = mem_printf("%s/ports/%s/busybox", files_build_dir(), guest_kind_name(q->guest));
    char *env[] = {mem_dup("PATH=/bin"), mem_printf("HOME=%s", home),
                   mem_printf("TERM=%s", q->rows && kind && *kind ? kind : "dumb"), NULL};
    int code;

    q->who = "shell";
    q->elf = elf;
    q->argv0 = "sh";
    q->env = env;
    q->cwd = home;
    code = ready(elf);
    if (code == 0)
        code = run_named(q);
    for (size_t i = 0; env[i]; i++)
        free(env[i]);
    free(elf);
    return code;
}
