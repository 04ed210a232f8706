/* SPDX-License-Identifier: MIT */
/* Extraction through child processes; see source.h. At most two children in a row, joined by one pipe. */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Starts argv with its standard input and output as given (closed in the parent by the caller); pid or
 * -errno. */
static pid_t child_start(char *const argv[], int in, int out)
{
    pid_t pid = fork();

    if (pid < 0)
        return -errno;
    if (pid == 0) {
        if (dup2(in, 0) < 0 || dup2(out, 1) < 0)
            _exit(126);
        execvp(argv[0], argv);
        fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    return pid;
}

static int child_wait(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return -errno;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

static int child_run(char *const argv[], int in, int out)
{
    pid_t pid = child_start(argv, in, out);

    return pid < 0 ? (int)pid : child_wait(pid);
}

/* first | second > out */
static int children_pipe(char *const first[], char *const second[], int in, int out)
{
    int ends[2];
    pid_t a, b;
    int err;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    a = child_start(first, in, ends[1]);
    b = child_start(second, ends[0], out);
    close(ends[0]);
    close(ends[1]);
    err = a < 0 ? (int)a : child_wait(a);
    if (b < 0)
        return (int)b;
    if (child_wait(b) < 0 && err == 0)
        err = -EIO;
    return err;
}

/* Runs one or two commands with /dev/null as input and the new file `path` as output. */
static int output_run(char *const first[], char *const second[], const char *path)
{
    int out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int err = out < 0 || in < 0 ? -errno : 0;

    if (err == 0)
        err = second ? children_pipe(first, second, in, out) : child_run(first, in, out);
    if (in >= 0)
        close(in);
    if (out >= 0 && close(out) < 0 && err == 0)
        err = -errno;
    return err;
}

/* exec wants char * of strings that nobody changes; one place for that. */
static char *word(const char *text)
{
    union {
        const char *in;
        char *out;
    } w = {.in = text};

    return w.out;
}

int source_member(const char *archive, const char *member, bool bunzip, const char *path)
{
    char *tar[] = {word("tar"), word("-xOf"), word(archive), word("--"), word(member), NULL};
    char *bzip2[] = {word("bzip2"), word("-dc"), NULL};

    return output_run(tar, bunzip ? bzip2 : NULL, path);
}

int source_tar(const char *archive, const char *path)
{
    static const struct {
        const char *suffix, *program;
    } known[] = {{".xz", "xz"}, {".gz", "gzip"}, {".bz2", "bzip2"}};
    size_t length = strlen(archive);

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        size_t n = strlen(known[i].suffix);

        if (length > n && strcmp(archive + length - n, known[i].suffix) == 0) {
            char *argv[] = {word(known[i].program), word("-dc"), word("--"), word(archive), NULL};

            return output_run(argv, NULL, path);
        }
    }
    return -EINVAL;
}
