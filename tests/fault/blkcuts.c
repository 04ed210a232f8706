/* SPDX-License-Identifier: MIT */
/*
 * Power cuts of a recorded disk, for scripts:
 *   blkcuts info IMAGE LOG                          writes, bytes and flushes in the log
 *   blkcuts sample IMAGE LOG SEED FIRST COUNT MARK  cases FIRST and on of the seed, a line each: "ID ACKED
 * BEGUN" blkcuts image IMAGE LOG ID OUT                  the image as that case leaves it IMAGE is the disk
 * as it was when the log began.
 *
 * What was acknowledged. Log entries have no time, so the order of the log itself must tell. The program
 * (prog/txn.c) does one thing after another: COMMIT n returns, "ack n" is printed, "cb-MARK-ack-n" is written
 * to a file, and only then transaction n + 1 begins, whose rows carry "cb-MARK-txn-(n + 1)". So an entry of
 * the log that holds either text was made after n had been acknowledged: before any cut behind that entry, n
 * is acknowledged. The file is never synced by itself; its page goes to the disk with the first sync of
 * transaction n + 1. Cuts between COMMIT's last flush and that entry demand n - 1 only; nothing is missed by
 * that, because what they may leave is left by later cuts of the same epoch too, which demand n. And
 * transaction n cannot be found in an image before its rows were written: BEGUN. Invariant: the image and the
 * log are not changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blkcut.h"
#include "blklog.h"

enum { PIECE = 4096 };

struct bytes {
    uint8_t *p;
    size_t n;
};

struct recorded {
    struct bytes image, file;
    struct blklog log;
};

static _Noreturn void die(const char *name, const char *why)
{
    fprintf(stderr, "blkcuts: %s: %s\n", name, why);
    exit(3);
}

/* The file's bytes, copied where they are changed. */
static struct bytes file_map(const char *path)
{
    struct bytes b = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *p = NULL;

    if (fd < 0 || fstat(fd, &st) != 0)
        die(path, strerror(errno));
    if (st.st_size == 0)
        die(path, "empty");
    p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        die(path, strerror(errno));
    close(fd);
    b.p = p;
    b.n = (size_t)st.st_size;
    return b;
}

static void all_write(const char *path, int fd, const uint8_t *p, size_t n, size_t at)
{
    while (n > 0) {
        ssize_t w = pwrite(fd, p, n, (off_t)at);

        if (w < 0)
            die(path, strerror(errno));
        p += w;
        at += (size_t)w;
        n -= (size_t)w;
    }
}

/* With holes where it is zero. */
static void file_write(const char *path, const struct bytes *b)
{
    static const uint8_t zeros[PIECE];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (fd < 0 || ftruncate(fd, (off_t)b->n) != 0)
        die(path, strerror(errno));
    for (size_t at = 0, n = 0; at < b->n; at += n) {
        n = b->n - at < PIECE ? b->n - at : PIECE;
        if (memcmp(b->p + at, zeros, n) != 0)
            all_write(path, fd, b->p + at, n, at);
    }
    if (close(fd) != 0)
        die(path, strerror(errno));
}

static void recorded_open(struct recorded *r, const char *image, const char *log)
{
    const char *why = "";

    r->image = file_map(image);
    r->file = file_map(log);
    if (blklog_parse(&r->log, r->file.p, r->file.n, r->image.n, &why) < 0)
        die(log, why);
}

static void recorded_close(struct recorded *r)
{
    blklog_free(&r->log);
    munmap(r->image.p, r->image.n);
    munmap(r->file.p, r->file.n);
}

/* The highest number behind the text anywhere in the entry; at least `most`. */
static unsigned long number_find(const struct blklog_entry *e, const char *text, unsigned long most)
{
    const uint8_t *p = e->data, *end;
    size_t n = strlen(text);

    if (p == NULL)
        return most;
    end = p + e->len;
    while ((p = memmem(p, (size_t)(end - p), text, n)) != NULL) {
        char digits[7] = "";

        p += n;
        memcpy(digits, p, (size_t)(end - p) < 6 ? (size_t)(end - p) : 6);
        if (strspn(digits, "0123456789") == 6 && strtoul(digits, NULL, 10) > most)
            most = strtoul(digits, NULL, 10);
    }
    return most;
}

struct progress {
    unsigned long acked, begun;
};

/* Of the entries before each cut: [i] is about the first i entries. */
static struct progress *progress_find(const struct blklog *log, const char *mark)
{
    struct progress *all = calloc(log->n + 1, sizeof *all);
    char ack[128], txn[128];

    if (all == NULL)
        die("sample", "no memory");
    snprintf(ack, sizeof ack, "cb-%s-ack-", mark);
    snprintf(txn, sizeof txn, "cb-%s-txn-", mark);
    for (size_t i = 0; i < log->n; i++) {
        struct progress *p = &all[i + 1];

        *p = all[i];
        p->acked = number_find(&log->entries[i], ack, p->acked);
        p->begun = number_find(&log->entries[i], txn, p->begun);
        if (p->begun > 0 && p->acked < p->begun - 1)
            p->acked = p->begun - 1;
    }
    return all;
}

static uint64_t number_argument(const char *text)
{
    char *end = NULL;
    uint64_t v = strtoull(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0')
        die(text, "not a number");
    return v;
}

static void sample(const struct blklog *log, char **argv)
{
    uint64_t seed = number_argument(argv[0]), first = number_argument(argv[1]),
             count = number_argument(argv[2]);
    struct progress *all = progress_find(log, argv[3]);

    if (log->n == 0)
        die("sample", "nothing is in the log");
    for (uint64_t i = 0; i < count; i++) {
        struct blkcut c = blkcut_case(log, seed, first + i);
        size_t seen = c.at + (c.kind == BLKCUT_TORN && c.at < log->n);
        char id[BLKCUT_TEXT];

        blkcut_print(&c, id);
        printf("%s %lu %lu\n", id, all[c.at].acked, all[seen].begun);
    }
    free(all);
}

static void info(const struct blklog *log)
{
    uint64_t writes = 0, bytes = 0;

    for (size_t i = 0; i < log->n; i++) {
        writes += log->entries[i].data != NULL;
        bytes += log->entries[i].len;
    }
    printf("entries %zu writes %" PRIu64 " bytes %" PRIu64 " flushes %" PRIu64 "\n", log->n, writes, bytes,
           log->n - writes);
}

static void image(struct recorded *r, const char *id, const char *out)
{
    struct blkcut c;

    if (!blkcut_parse(id, &r->log, &c))
        die(id, "not a case of this log");
    blkcut_apply(&r->log, &c, r->image.p);
    file_write(out, &r->image);
}

int main(int argc, char **argv)
{
    struct recorded r = {0};
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "info") == 0 && argc == 4) {
        recorded_open(&r, argv[2], argv[3]);
        info(&r.log);
    } else if (strcmp(what, "sample") == 0 && argc == 8) {
        recorded_open(&r, argv[2], argv[3]);
        sample(&r.log, argv + 4);
    } else if (strcmp(what, "image") == 0 && argc == 6) {
        recorded_open(&r, argv[2], argv[3]);
        image(&r, argv[4], argv[5]);
    } else {
        fprintf(stderr, "usage: blkcuts info IMAGE LOG\n"
                        "       blkcuts sample IMAGE LOG SEED FIRST COUNT MARK\n"
                        "       blkcuts image IMAGE LOG ID OUT\n");
        return 2;
    }
    recorded_close(&r);
    return 0;
}
