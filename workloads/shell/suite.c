/* SPDX-License-Identifier: MIT */
/*
 * Runs a shell's own tests: shell-suite FOLDER SHELL SEED COUNT RESULTS [EXCEPT...]
 * FOLDER/<group>/<case>.tests is run by SHELL in its group's folder, with no input: every case that has a
 * .right beside it and is not in EXCEPT (`all`), or COUNT of those, picked by SEED, that do not wait for the
 * clock (their text has no `sleep` and no `read -t`), in the order of their names. RESULTS gets, for each,
 * `== group/case exit N` (or `timeout`) and its output (standard output and error), every line after `| `, a
 * last one without its newline after `\ `. Nothing is judged here: the verifier does that. Invariant: which
 * cases run depends on their text, SEED and COUNT alone; one case over its time (a minute) ends, the next
 * runs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "latency.h"
#include "run.h"

enum { CASES_MAX = 4096, CASE_MS = 60000 };

struct test {
    char *group, *name;
    uint64_t rank; /* the lowest are picked */
    bool waits, picked;
};

struct suite {
    const char *folder, *shell;
    char *const *except;
    uint64_t seed;
    struct test *test;
    size_t n;
};

static char *text_copy(const char *s, size_t n)
{
    char *t = strndup(s, n);

    if (!t)
        run_die("memory", strerror(ENOMEM));
    return t;
}

/* FNV-1a, finished by a multiplication: spreads names evenly enough to pick by. */
static uint64_t rank_of(uint64_t seed, const char *group, const char *name)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ seed;

    for (const char *part = group; part; part = part == group ? name : NULL)
        for (; *part; part++)
            h = (h ^ (unsigned char)*part) * UINT64_C(0x100000001b3);
    h ^= h >> 29;
    return h * UINT64_C(0x9e3779b97f4a7c15);
}

/* Does what the script does depend on the clock? */
static bool script_waits(const char *path)
{
    FILE *f = run_file(fopen(path, "rbe"), path);
    char *text = NULL;
    size_t room = 0;
    bool waits = false;

    if (getdelim(&text, &room, '\0', f) > 0)
        waits = strstr(text, "sleep") || strstr(text, "read -t");
    free(text);
    fclose(f);
    return waits;
}

static bool excepted(const struct suite *s, const char *group, const char *name)
{
    size_t n = strlen(group);

    for (char *const *e = s->except; *e; e++)
        if (strncmp(*e, group, n) == 0 && (*e)[n] == '/' && strcmp(*e + n + 1, name) == 0)
            return true;
    return false;
}

static void case_add(struct suite *s, const char *group, const char *file)
{
    char path[4096], *name = text_copy(file, strlen(file) - 6);
    bool has_right;

    snprintf(path, sizeof path, "%s/%s/%s.right", s->folder, group, name);
    has_right = access(path, F_OK) == 0;
    snprintf(path, sizeof path, "%s/%s/%s", s->folder, group, file);
    if (!has_right || excepted(s, group, name)) {
        free(name);
        return;
    }
    s->test[s->n++] = (struct test){.group = text_copy(group, strlen(group)),
                                    .name = name,
                                    .rank = rank_of(s->seed, group, name),
                                    .waits = script_waits(path)};
}

static void group_read(struct suite *s, const char *group)
{
    char path[4096];
    struct dirent *e;
    DIR *d;

    snprintf(path, sizeof path, "%s/%s", s->folder, group);
    d = opendir(path);
    while (d && (e = readdir(d))) {
        size_t n = strlen(e->d_name);

        if (n > 6 && strcmp(e->d_name + n - 6, ".tests") == 0 && s->n < CASES_MAX)
            case_add(s, group, e->d_name);
    }
    if (d)
        closedir(d);
}

static int by_name(const void *a, const void *b)
{
    const struct test *x = a, *y = b;
    int c = strcmp(x->group, y->group);

    return c ? c : strcmp(x->name, y->name);
}

static int by_rank(const void *a, const void *b)
{
    const struct test *x = a, *y = b;

    return x->rank < y->rank ? -1 : x->rank > y->rank ? 1 : by_name(a, b);
}

static void suite_read(struct suite *s)
{
    DIR *d = opendir(s->folder);
    struct dirent *e;

    if (!d)
        run_die(s->folder, strerror(errno));
    s->test = calloc(CASES_MAX, sizeof *s->test);
    if (!s->test)
        run_die("memory", strerror(ENOMEM));
    while ((e = readdir(d)))
        if (e->d_name[0] != '.')
            group_read(s, e->d_name);
    closedir(d);
    if (s->n == 0)
        run_die(s->folder, "holds no <group>/<case>.tests with a .right");
}

static void suite_pick(struct suite *s, const char *count)
{
    bool all = strcmp(count, "all") == 0;
    size_t n = all ? s->n : run_number(count, CASES_MAX);

    qsort(s->test, s->n, sizeof *s->test, by_rank);
    for (size_t i = 0; i < s->n && n; i++) {
        s->test[i].picked = all || !s->test[i].waits;
        n -= s->test[i].picked;
    }
    qsort(s->test, s->n, sizeof *s->test, by_name);
}

static void output_copy(FILE *from, FILE *results)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    while ((n = getline(&line, &room, from)) > 0) {
        fputs(line[n - 1] == '\n' ? "| " : "\\ ", results);
        fwrite(line, 1, (size_t)n, results);
        if (line[n - 1] != '\n')
            fputc('\n', results);
    }
    free(line);
}

/* Starts the case in its folder; its exit code or RUN_TIMEOUT. */
static int case_start(const struct suite *s, const struct test *t, int out)
{
    char *script, *group;
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC), rc;
    pid_t pid;

    if (asprintf(&script, "./%s.tests", t->name) < 0 || asprintf(&group, "%s/%s", s->folder, t->group) < 0)
        run_die("memory", strerror(ENOMEM));
    char *argv[] = {text_copy(s->shell, strlen(s->shell)), script, NULL};
    if (in < 0 || chdir(group) != 0)
        run_die(group, strerror(errno));
    rc = run_start(argv, in, out, out, &pid);
    if (rc != 0)
        run_die(s->shell, strerror(rc));
    rc = run_wait_for(pid, CASE_MS);
    if (chdir("/") != 0)
        run_die("/", strerror(errno));
    (void)close(in);
    free(argv[0]);
    free(script);
    free(group);
    return rc;
}

static void case_run(const struct suite *s, const struct test *t, const char *scratch, FILE *results)
{
    int code, out;
    uint64_t begin = latency_now();
    FILE *from;

    (void)unlink(scratch); /* what a case has left running writes into that case's file */
    out = open(scratch, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (out < 0)
        run_die(scratch, strerror(errno));
    code = case_start(s, t, out);
    printf("%s/%s ms %llu\n", t->group, t->name, (unsigned long long)(latency_now() - begin) / 1000000);
    fprintf(results, code == RUN_TIMEOUT ? "== %s/%s timeout\n" : "== %s/%s exit %d\n", t->group, t->name,
            code);
    from = run_file(fdopen(out, "rb"), scratch);
    if (lseek(out, 0, SEEK_SET) != 0)
        run_die(scratch, strerror(errno));
    output_copy(from, results);
    fclose(from);
}

int main(int argc, char **argv)
{
    struct suite s = {0};
    char scratch[4096];
    FILE *results;
    size_t ran = 0;

    if (argc < 6)
        run_die("usage", "shell-suite FOLDER SHELL SEED COUNT RESULTS [EXCEPT...]");
    s.folder = argv[1];
    s.shell = argv[2];
    s.except = argv + 6;
    s.seed = run_number(argv[3], UINT64_MAX);
    suite_read(&s);
    suite_pick(&s, argv[4]);
    snprintf(scratch, sizeof scratch, "%s.scratch", argv[5]);
    results = run_file(fopen(argv[5], "wbe"), argv[5]);
    for (size_t i = 0; i < s.n; i++) {
        if (!s.test[i].picked)
            continue;
        case_run(&s, &s.test[i], scratch, results);
        ran++;
    }
    if (fclose(results) != 0 || unlink(scratch) != 0)
        run_die(argv[5], strerror(errno));
    printf("cases run: %zu of %zu, seed %s\n", ran, s.n, argv[3]);
    return 0;
}
