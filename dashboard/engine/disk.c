/* SPDX-License-Identifier: MIT */
/*
 * See disk.h. Errors come from QEMU's blkdebug filter: a chain of states counts the operations, and the error
 * belongs to the last state. The record comes from its blklogwrites filter. Invariant: the command line
 * differs from that of a healthy disk in the file name alone.
 */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "mem.h"
#include "text.h"

#define SECTOR    512
#define FAULT_MAX 1000 /* one rule each */

static const struct {
    const char *name, *event, *iotype;
} ops[] = {
    [DISK_READ] = {"read", "read_aio", "read"},
    [DISK_WRITE] = {"write", "write_aio", "write"},
    [DISK_FLUSH] = {"flush", "flush_to_os", "flush"},
};

static int refuse(char **why, const char *option, const char *text, const char *what)
{
    struct buf b = {0};

    buf_printf(&b, "%s ", option);
    text_escape(&b, text, strnlen(text, 200), false);
    buf_printf(&b, ": %s", what);
    *why = buf_take(&b);
    return -EINVAL;
}

/* Characters of the emulator's own option and JSON syntax. */
static bool name_misleads(const char *path)
{
    return strpbrk(path, ",:\"\\\n") != NULL;
}

static const char misleading[] = "a comma, colon, quote or backslash in its name or its folder's";

/* What keeps the file from being a disk; NULL: nothing. */
static const char *image_flaw(const char *path, bool read_only)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return strerror(errno);
    if (!S_ISREG(st.st_mode))
        return "not a regular file";
    if (st.st_size == 0 || st.st_size % SECTOR != 0)
        return "its size is not a positive multiple of 512";
    if (access(path, read_only ? R_OK : R_OK | W_OK) != 0)
        return read_only ? "not readable" : "not writable (add :ro to attach it read-only)";
    return NULL;
}

int disk_set(struct disk *d, const char *text, char **why)
{
    size_t n = strlen(text);
    const bool read_only = n > 3 && strcmp(text + n - 3, ":ro") == 0;
    char *path, *full;
    const char *flaw;

    *why = NULL;
    if (d->image)
        return refuse(why, "--disk", text, "a guest has one disk");
    path = mem_dup(text);
    if (read_only)
        path[n - 3] = '\0';
    flaw = image_flaw(path, read_only);
    full = flaw ? NULL : realpath(path, NULL);
    if (!flaw && (!full || name_misleads(full)))
        flaw = full ? misleading : strerror(errno);
    free(path);
    if (flaw) {
        free(full);
        return refuse(why, "--disk", text, flaw);
    }
    d->image = full;
    d->read_only = read_only;
    return 0;
}

/* Cuts the next word off *rest at a colon; NULL when there is none. */
static char *word_next(char **rest)
{
    char *word = *rest, *colon = word ? strchr(word, ':') : NULL;

    if (colon)
        *colon = '\0';
    *rest = colon ? colon + 1 : NULL;
    return word;
}

static int fault_parse(struct disk *d, char *rest)
{
    const char *op = word_next(&rest), *at = word_next(&rest), *err = word_next(&rest),
               *how = word_next(&rest);
    unsigned long long n;
    size_t i = 0;

    if (!op || !at || !err || rest || command_number(at, 1, FAULT_MAX, &n) < 0)
        return -EINVAL;
    while (i < sizeof ops / sizeof ops[0] && strcmp(ops[i].name, op) != 0)
        i++;
    if (i == sizeof ops / sizeof ops[0] || (how && strcmp(how, "sticky") != 0))
        return -EINVAL;
    if (strcmp(err, "EIO") != 0 && strcmp(err, "ENOSPC") != 0)
        return -EINVAL;
    d->fault = true;
    d->fault_op = (enum disk_op)i;
    d->fault_at = (unsigned)n;
    d->fault_errno = strcmp(err, "EIO") == 0 ? EIO : ENOSPC;
    d->fault_sticky = how != NULL;
    return 0;
}

int disk_fault_set(struct disk *d, const char *text, char **why)
{
    char *copy = mem_dup(text);
    int rc;

    *why = NULL;
    if (d->fault)
        rc = refuse(why, "--disk-fault", text, "a run has one fault");
    else if ((rc = fault_parse(d, copy)) < 0)
        rc = refuse(why, "--disk-fault", text,
                    "not read|write|flush:N:EIO|ENOSPC[:sticky] with N from 1 to 1000");
    free(copy);
    return rc;
}

int disk_log_set(struct disk *d, const char *text, char **why)
{
    int fd;
    struct stat st;
    const char *flaw = NULL;
    char *full = NULL;

    *why = NULL;
    if (d->log)
        return refuse(why, "--disk-log", text, "a disk has one log");
    fd = open(text, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 || fstat(fd, &st) != 0 || !(full = realpath(text, NULL)))
        flaw = strerror(errno);
    else if (!S_ISREG(st.st_mode) || st.st_size != 0)
        flaw = "not an empty file; name a new one";
    else if (name_misleads(full))
        flaw = misleading;
    if (fd >= 0)
        close(fd);
    if (flaw) {
        free(full);
        return refuse(why, "--disk-log", text, flaw);
    }
    d->log = full;
    return 0;
}

char *disk_fault_rules(const struct disk *d)
{
    const char *event = ops[d->fault_op].event;
    struct buf b = {0};

    if (!d->fault)
        return NULL;
    for (unsigned i = 1; i < d->fault_at; i++)
        buf_printf(&b, "[set-state]\nevent = \"%s\"\nstate = \"%u\"\nnew_state = \"%u\"\n", event, i, i + 1);
    buf_printf(
        &b,
        "[inject-error]\nevent = \"%s\"\nstate = \"%u\"\niotype = \"%s\"\nerrno = \"%d\"\nonce = \"%s\"\n",
        event, d->fault_at, ops[d->fault_op].iotype, d->fault_errno, d->fault_sticky ? "off" : "on");
    return buf_take(&b);
}

char *disk_file(const struct disk *d, const char *rules)
{
    if (rules)
        return mem_printf("blkdebug:%s:%s", rules, d->image);
    if (d->log)
        return mem_printf("json:{\"driver\":\"raw\",,\"file\":{\"driver\":\"blklogwrites\",,\"log-sector-"
                          "size\":512,,\"log-super-update-interval\":1,,"
                          "\"file\":{\"driver\":\"file\",,\"filename\":\"%s\"},,"
                          "\"log\":{\"driver\":\"file\",,\"filename\":\"%s\"}}}",
                          d->image, d->log);
    return mem_dup(d->image);
}

void disk_free(struct disk *d)
{
    free(d->image);
    free(d->log);
    *d = (struct disk){0};
}
