/* SPDX-License-Identifier: MIT */
/*
 * A delegated task: story-delegate INPUT TASK RESULTS
 * Puts INPUT into the new directory TASK and hands a child that directory and nothing else; the child (this
 * program again, `work`) turns it into an output, says what it did, tries to read INPUT by its own name
 * outside the task (the attempt's outcome goes to our standard output, for the engine), and ends with a code
 * that tells. RESULTS gets what the child said, its exit code and the output's digest. Invariant: the child's
 * output is read only after the child has ended.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grant.h"
#include "run.h"
#include "say.h"

enum { CODE_DONE = 42 };

static FILE *file_open(const char *dir, const char *name, const char *mode)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return run_file(fopen(path, mode), path);
}

static void file_copy(const char *input, const char *task)
{
    FILE *from = run_file(fopen(input, "rbe"), input), *to = file_open(task, "input", "wbe");
    char bytes[16384];
    size_t n;

    while ((n = fread(bytes, 1, sizeof bytes, from)) > 0)
        if (fwrite(bytes, 1, n, to) != n)
            run_die(task, strerror(errno));
    if (ferror(from) || fclose(to) != 0)
        run_die(input, "cannot be copied");
    fclose(from);
}

/* The child: words of its input, one a line, in capitals; how many. */
static int work(const char *task, const char *outside)
{
    FILE *in = file_open(task, "input", "rb"), *out = file_open(task, "output", "wb");
    unsigned long words = 0;
    int c, last = ' ';

    while ((c = getc(in)) != EOF) {
        if (isalpha(c))
            putc(toupper(c), out);
        else if (isalpha(last))
            putc('\n', out);
        words += isalpha(c) && !isalpha(last);
        last = c;
    }
    fclose(in);
    if (fclose(out) != 0)
        return 1;
    printf("words %lu\n", words);
    attempt_say(stderr, "delegated", access(outside, F_OK) == 0 ? 0 : errno);
    return fflush(stdout) == 0 ? CODE_DONE : 1;
}

static void output_digest(const char *task, FILE *results)
{
    FILE *f = file_open(task, "output", "rbe");
    uint64_t h = UINT64_C(0xcbf29ce484222325), bytes = 0;
    int c;

    for (; (c = getc(f)) != EOF; bytes++)
        h = (h ^ (unsigned char)c) * UINT64_C(0x100000001b3);
    fprintf(results, "output %" PRIu64 " bytes, digest %016" PRIx64 "\n", bytes, h);
    fclose(f);
}

int main(int argc, char **argv)
{
    int said, code;
    FILE *results;

    if (argc == 4 && strcmp(argv[1], "work") == 0)
        return work(argv[2], argv[3]);
    if (argc != 4)
        run_die("usage", "story-delegate INPUT TASK RESULTS");
    char self[] = "/bin/story-delegate", part[] = "work";
    char *child[] = {self, part, argv[2], argv[1], NULL};
    if (mkdir(argv[2], 0755) != 0)
        run_die(argv[2], strerror(errno));
    file_copy(argv[1], argv[2]);
    said = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    if (said < 0)
        run_die(argv[3], strerror(errno));
    code = grant_run(child, argv[2], said);
    results = run_file(fdopen(said, "ab"), argv[3]);
    fprintf(results, "exit code %d\n", code);
    output_digest(argv[2], results);
    if (fclose(results) != 0)
        run_die(argv[3], strerror(errno));
    return code == CODE_DONE ? 0 : 1;
}
