/* SPDX-License-Identifier: MIT */
/*
 * The golden of a session at a terminal: golden_session DEFINITION.json ROOT OUT
 * Runs the definition's session program on a pseudo-terminal of the host, with ROOT (which holds the host's
 * own build of it in /bin) as its root directory, types the definition's keys, each at its prompt, and writes
 * what the terminal showed to OUT. Invariant: nothing is typed before its prompt; the mounts end with the
 * program.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "intake.h"

enum { SAID_MAX = 1 << 20, WORDS_MAX = 64, PATIENCE_MS = 60000 };

static void die(const char *what, const char *why)
{
    fprintf(stderr, "golden_session: %s: %s\n", what, why);
    exit(1);
}

static const cJSON *get(const cJSON *o, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(o, key);
}

static const char *text(const cJSON *o, const char *key)
{
    const char *s = cJSON_GetStringValue(get(o, key));

    if (!s)
        die(key, "is no text of the definition");
    return s;
}

static void file_put(const char *path, const char *format, unsigned id)
{
    FILE *f = fopen(path, "we");

    if (f) {
        fprintf(f, format, id);
        fclose(f);
    }
}

/* The child's own root directory, with the host's devices. */
static void root_enter(const char *root)
{
    unsigned uid = geteuid(), gid = getegid();
    char dev[4096];

    if (unshare(uid ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS) != 0)
        die("unshare", strerror(errno));
    if (uid) {
        file_put("/proc/self/setgroups", "deny", 0);
        file_put("/proc/self/uid_map", "0 %u 1", uid);
        file_put("/proc/self/gid_map", "0 %u 1", gid);
    }
    snprintf(dev, sizeof dev, "%s/dev", root);
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        (mkdir(dev, 0755) != 0 && errno != EEXIST) || mount("/dev", dev, NULL, MS_BIND | MS_REC, NULL) != 0 ||
        chroot(root) != 0)
        die(root, strerror(errno));
}

_Noreturn static void child(const cJSON *program, const char *root, const char *tty)
{
    char *argv[WORDS_MAX] = {NULL}, *envp[WORDS_MAX] = {NULL}, path[256];
    const cJSON *e;
    size_t n = 1, k = 0;
    int fd;

    setsid();
    fd = open(tty, O_RDWR);
    if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0)
        die(tty, strerror(errno));
    for (int i = 0; i < 3; i++)
        dup2(fd, i);
    root_enter(root);
    snprintf(path, sizeof path, "/bin/%s", text(program, "program"));
    argv[0] = strrchr(path, '/') + 1;
    cJSON_ArrayForEach(e, get(program, "args")) if (n + 1 < WORDS_MAX) argv[n++] = e->valuestring;
    cJSON_ArrayForEach(e, get(program, "env"))
    {
        if (k + 1 < WORDS_MAX && asprintf(&envp[k++], "%s=%s", e->string, e->valuestring) < 0)
            die("memory", strerror(errno));
    }
    if (chdir(text(program, "cwd")) != 0)
        die(text(program, "cwd"), strerror(errno));
    execve(path, argv, envp);
    die(path, strerror(errno));
    abort();
}

static size_t talk(int master, const cJSON *session, char *said)
{
    const char *prompt = text(session, "prompt");
    const cJSON *key = get(session, "keys")->child;
    struct pollfd p = {.fd = master, .events = POLLIN};
    size_t n = 0, len = strlen(prompt);

    while (n < SAID_MAX && poll(&p, 1, PATIENCE_MS) == 1) {
        ssize_t got = read(master, said + n, SAID_MAX - n);

        if (got <= 0)
            break;
        n += (size_t)got;
        if (!key || n < len || memcmp(said + n - len, prompt, len) != 0)
            continue;
        if (strcmp(key->valuestring, "^D") == 0)
            dprintf(master, "\004");
        else
            dprintf(master, "%s\r", key->valuestring);
        key = key->next;
    }
    if (key)
        die(key->valuestring, n ? said : "its prompt did not come, nor anything else");
    return n;
}

int main(int argc, char **argv)
{
    cJSON *d = argc == 4 ? intake_json(argv[1]) : NULL;
    const cJSON *session = get(d, "session");
    char *said = malloc(SAID_MAX), *tty;
    struct winsize size;
    int master, raw;
    FILE *out;
    pid_t pid;
    size_t n;

    if (!d || !session || !said)
        die("usage", "DEFINITION.json ROOT OUT, a definition with a session");
    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 || !(tty = ptsname(master)))
        die("pseudo-terminal", strerror(errno));
    size = (struct winsize){.ws_row = (unsigned short)get(session, "rows")->valueint,
                            .ws_col = (unsigned short)get(session, "columns")->valueint};
    ioctl(master, TIOCSWINSZ, &size);
    pid = fork();
    if (pid == 0)
        child(get(get(d, "programs"), text(session, "program")), argv[2], tty);
    n = talk(master, session, said);
    if (waitpid(pid, &raw, 0) != pid || !WIFEXITED(raw) || WEXITSTATUS(raw) != 0)
        die("session", "the program did not end with 0");
    out = fopen(argv[3], "wbe");
    if (!out || fwrite(said, 1, n, out) != n || fclose(out) != 0)
        die(argv[3], strerror(errno));
    free(said);
    cJSON_Delete(d);
    return 0;
}
