/* SPDX-License-Identifier: MIT */
/*
 * What a guest's programs said, as lines and as cases of a shell's tests: any bytes, under rules like those
 * of the definitions. Invariant: every byte is in some line, lines are printable ASCII, and cases lie inside
 * the transcript, in order.
 */
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "transcript.h"

enum { MAX_INPUT = 8192 };

static const char rule_text[] = "[[\"pid [0-9]+\",\"pid N\"],[\"^(a*)b*\",\"\\\\1\"],[\"x?\",\"-\"]]";

size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static const char text[] = "\1== hush-misc/case1.tests exit 0\n| one\n| pid 12 \xff\\\n\\ open\n"
                               "== hush-misc/case2.tests timeout\n== x exit 77\n",
                      plain[] = "\0# echo hi\r\nhi\r\n\0\n\nlast";
    static const struct fuzz_seed all[] = {{text, sizeof text - 1}, {plain, sizeof plain - 1}};

    *seeds = all;
    return sizeof all / sizeof all[0];
}

static bool printable(const char *s)
{
    for (; *s; s++)
        if (*s < 0x20 || *s > 0x7e)
            return false;
    return true;
}

static int read_bytes(const uint8_t *data, size_t n, const struct rules *r, struct transcript *t)
{
    int fd[2], err; /* a pipe takes as much as MAX_INPUT */

    fuzz_check(pipe(fd) == 0 && write(fd[1], data, n) == (ssize_t)n && close(fd[1]) == 0);
    err = transcript_read(fd[0], r, t);
    close(fd[0]);
    return err;
}

static void cases_check(const struct transcript *t)
{
    char name[128], end[32];
    struct transcript out;
    size_t at = 0, before = 0;

    while (transcript_case(t, &at, name, end, &out)) {
        fuzz_check(at > before && at <= t->n && out.n == at - before - 1);
        fuzz_check(name[0] && !strchr(name, ' ') && !strstr(name, "..") && printable(name) && printable(end));
        for (size_t i = 0; i < out.n; i++)
            fuzz_check(out.line[i] >= t->line[before + 1 + i] &&
                       out.line[i] <= t->line[before + 1 + i] + strlen(t->line[before + 1 + i]));
        free(out.line);
        before = at;
    }
    fuzz_check(at == before && at <= t->n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    cJSON *list;
    struct rules none = {0}, some;
    struct transcript a;

    if (n < 1 || n > MAX_INPUT)
        return 0;
    list = cJSON_Parse(rule_text);
    fuzz_check(list && rules_compile(list, &some) == 0);
    fuzz_check(read_bytes(data + 1, n - 1, data[0] & 1 ? &some : &none, &a) == 0);
    fuzz_check(a.n < n && a.open_end == (n > 1 && data[n - 1] != '\n'));
    for (size_t i = 0; i < a.n; i++)
        fuzz_check(printable(a.line[i]));
    cases_check(&a);
    transcript_free(&a);
    rules_free(&some);
    cJSON_Delete(list);
    return 0;
}
