/* SPDX-License-Identifier: MIT */
/*
 * Verifier of compression workloads: verify_compression CASE.json ARTIFACT_DIR
 * Checks, in this order, and stops at the first that fails: the run's nonce; that exactly the expected files
 * are there; each compressed stream against the golden; that the host's own decoder turns it into the corpus
 * file; that the guest's own restored copy is the corpus file. One JSON line on stdout; exit 0 passed, 1
 * failed, 2 bad case. Invariant: whatever the artifact directory holds, memory and reading stay bounded by
 * the corpus and the golden.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "artifact.h"
#include "compression_case.h"
#include "decode.h"
#include "digest.h"
#include "intake.h"
#include "verify.h"

enum { COMPARE_BLOCK = 4096, COMPARE_CHUNK = 65536, SHOWN_BYTES = 16, LABEL_SIZE = 256 };

/* Compares decoded or restored bytes, as they come, with a corpus file. */
struct compare {
    int corpus;
    uint64_t offset, size; /* bytes compared so far; bytes of the corpus file */
    uint64_t difference;   /* offset of the first differing byte, set when compare_feed returns 1 */
    char expected[2 * SHOWN_BYTES + 1], got[2 * SHOWN_BYTES + 1];
};

static void bytes_show(char *text, const unsigned char *data, size_t n)
{
    for (size_t i = 0; i < n && i < SHOWN_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", data[i]);
}

static int difference_note(struct compare *c, const unsigned char *expected, size_t expected_n,
                           const unsigned char *got, size_t got_n, uint64_t offset)
{
    c->difference = offset;
    snprintf(c->expected, sizeof c->expected, "end of file");
    snprintf(c->got, sizeof c->got, "end of file");
    if (expected_n > 0)
        bytes_show(c->expected, expected, expected_n);
    if (got_n > 0)
        bytes_show(c->got, got, got_n);
    return 1;
}

/* A decode_sink: 0 equal so far, 1 differs, or a negative errno value. */
static int compare_feed(void *context, const unsigned char *data, size_t bytes)
{
    struct compare *c = context;
    unsigned char corpus[COMPARE_CHUNK];

    while (bytes > 0) {
        size_t want = bytes < sizeof corpus ? bytes : sizeof corpus;
        ssize_t n = pread(c->corpus, corpus, want, (off_t)c->offset);
        size_t same = 0;

        if (n < 0)
            return -errno;
        while (same < (size_t)n && corpus[same] == data[same])
            same++;
        if (same < (size_t)n || n == 0)
            return difference_note(c, corpus + same, (size_t)n - same, data + same, bytes - same,
                                   c->offset + same);
        c->offset += (uint64_t)n;
        data += n;
        bytes -= (size_t)n;
    }
    return 0;
}

/* After the last byte: 1 when the corpus file goes on. */
static int compare_end(struct compare *c)
{
    unsigned char corpus[SHOWN_BYTES];
    ssize_t n;

    if (c->offset == c->size)
        return 0;
    n = pread(c->corpus, corpus, sizeof corpus, (off_t)c->offset);
    return n < 0 ? -errno : difference_note(c, corpus, (size_t)n, NULL, 0, c->offset);
}

static void compare_report(struct verdict *v, const char *label, const struct compare *c)
{
    struct verdict_difference d = {label,         c->difference, c->difference / COMPARE_BLOCK,
                                   COMPARE_BLOCK, c->expected,   c->got};

    verdict_where(v, &d);
}

/* Opens a guest file; the descriptor, or -1 with the failure recorded. */
static int guest_open(struct verdict *v, int dir, const char *name, const char *label)
{
    int fd = artifact_open(dir, name);

    if (fd >= 0)
        return fd;
    intake_refuse(v, label, fd);
    return -1;
}

/* The name of the corpus file whose golden stream this is, if it is another's; else NULL. */
static const char *stream_owner(const struct compression_case *c, const struct case_file *f,
                                const struct digest *d)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct case_file *other = &c->files[i];
        const cJSON *last = cJSON_GetArrayItem(other->upto, (int)other->upto_count - 1);

        if (other != f && !other->golden_fault && other->stream_bytes == d->bytes &&
            strcmp(last->valuestring, digest_whole(d)) == 0)
            return other->name;
    }
    return NULL;
}

/* Compares prefix digests; the first that differs names the block. */
static int golden_compare(struct verdict *v, const struct compression_case *c, const struct case_file *f,
                          const char *label, const struct digest *d)
{
    const char *owner;
    char lengths[2][32];
    struct verdict_difference where = {label, 0, 0, DIGEST_BLOCK, "end of file", "end of file"};
    size_t i = 0;
    const cJSON *upto;

    cJSON_ArrayForEach(upto, f->upto)
    {
        if (i >= d->count || strcmp(upto->valuestring, d->upto[i]) != 0)
            break;
        i++;
    }
    if (i == f->upto_count && i == d->count && d->bytes == f->stream_bytes)
        return 0;
    if (i == f->upto_count && i == d->count) {
        snprintf(lengths[0], sizeof lengths[0], "%" PRIu64 " bytes", f->stream_bytes);
        snprintf(lengths[1], sizeof lengths[1], "%" PRIu64 " bytes", d->bytes);
        where = (struct verdict_difference){
            label, (uint64_t)(i - 1) * DIGEST_BLOCK, i - 1, DIGEST_BLOCK, lengths[0], lengths[1]};
        verdict_where(v, &where);
        return verdict_fail(v, "golden_wrong", "%s has the golden's digests but not its length", label);
    }
    where.block = i;
    where.offset = (uint64_t)i * DIGEST_BLOCK;
    if (upto)
        where.expected = upto->valuestring;
    if (i < d->count)
        where.got = d->upto[i];
    verdict_where(v, &where);
    owner = stream_owner(c, f, d);
    if (d->bytes == 0)
        return verdict_fail(v, "stream_empty", "%s is empty", label);
    if (owner)
        return verdict_fail(v, "stream_of_other_file", "%s is the stream of %s", label, owner);
    if (d->bytes < f->stream_bytes)
        return verdict_fail(v, "stream_short", "%s has %" PRIu64 " bytes, the golden %" PRIu64, label,
                            d->bytes, f->stream_bytes);
    return verdict_fail(v, "stream_differs", "%s differs from the golden in block %zu of 64 KiB", label, i);
}

/* A golden that contradicts itself or the corpus judges nothing. */
static int golden_fail(struct verdict *v, const struct case_file *f, const char *label)
{
    struct verdict_difference where = {label, 0, 0, DIGEST_BLOCK, f->input_sha256, f->sha256};

    verdict_where(v, &where);
    return verdict_fail(v, "golden_wrong", "the golden of %s %s", f->name, f->golden_fault);
}

/* The compressed stream: golden first, then the host's decoder against the corpus. */
static int stream_check(struct verdict *v, const struct compression_case *c, const struct case_file *f,
                        int fd, int corpus)
{
    struct compare compare = {.corpus = corpus, .size = f->bytes};
    struct digest d = {0};
    char label[LABEL_SIZE];
    const char *why = "";
    int result;

    snprintf(label, sizeof label, "compressed/%s", f->stream);
    if (f->golden_fault)
        return golden_fail(v, f, label);
    result = digest_file(fd, f->stream_bytes + DIGEST_BLOCK, &d);
    if (result == -EFBIG)
        return verdict_fail(v, "stream_long", "%s has more than %" PRIu64 " bytes, the golden's length",
                            label, f->stream_bytes);
    if (result < 0)
        return intake_refuse(v, label, result);
    verdict_digest(v, label, digest_whole(&d));
    result = golden_compare(v, c, f, label, &d);
    digest_free(&d);
    if (result != 0)
        return result;
    result = decode_stream(c->codec, fd, compare_feed, &compare, &why);
    if (result == 0)
        result = compare_end(&compare);
    if (result == 1) {
        compare_report(v, label, &compare);
        return verdict_fail(v, "decoded_differs", "%s, decoded on the host, is not %s", label, f->name);
    }
    if (result == DECODE_ERROR)
        return verdict_fail(v, "decoder_refused", "%s: %s", label, why);
    return result < 0 ? intake_refuse(v, label, result) : 0;
}

/* The guest's own restored copy against the corpus. */
static int restored_check(struct verdict *v, const struct case_file *f, int fd, int corpus)
{
    struct compare compare = {.corpus = corpus, .size = f->bytes};
    unsigned char chunk[COMPARE_CHUNK];
    char label[LABEL_SIZE];
    ssize_t n;
    int result = 0;

    snprintf(label, sizeof label, "restored/%s", f->name);
    while (result == 0 && (n = read(fd, chunk, sizeof chunk)) != 0)
        result = n < 0 ? -errno : compare_feed(&compare, chunk, (size_t)n);
    if (result == 0)
        result = compare_end(&compare);
    if (result < 0)
        return intake_refuse(v, label, result);
    if (result == 0) {
        verdict_digest(v, label, f->sha256);
        return 0;
    }
    compare_report(v, label, &compare);
    return verdict_fail(v, "restored_differs", "%s is not the corpus file %s", label, f->name);
}

/* Opens a corpus file; a descriptor, or a negative errno value after a line on stderr. */
static int corpus_open(const struct compression_case *c, const struct case_file *f)
{
    char path[4096];
    int fd = -ENAMETOOLONG;

    if (snprintf(path, sizeof path, "%s/%s", c->corpus_dir, f->name) < (int)sizeof path)
        fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        return fd;
    fprintf(stderr, "verifier: the corpus file %s cannot be opened\n", path);
    return -ENOENT;
}

/* Makes sure, before anything of the guest is judged, that the corpus is what the manifest says; 0 or 2. */
static int corpus_check(const struct compression_case *c)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct case_file *f = &c->files[i];
        struct digest d = {0};
        int fd = corpus_open(c, f);
        int same = fd >= 0 && digest_file(fd, f->bytes, &d) == 0 && d.bytes == f->bytes &&
                   strcmp(digest_whole(&d), f->sha256) == 0;

        digest_free(&d);
        if (fd < 0)
            return 2;
        close(fd);
        if (!same) {
            fprintf(stderr, "verifier: %s/%s is not the manifest's\n", c->corpus_dir, f->name);
            return 2;
        }
    }
    return 0;
}

/* Both guest files of one corpus file: 0, 1 (failed, recorded) or 2 (bad corpus). */
static int file_check(struct verdict *v, const struct compression_case *c, const struct case_file *f,
                      int compressed, int restored)
{
    char label[LABEL_SIZE];
    int corpus = corpus_open(c, f);
    int fd, result = 1;

    if (corpus < 0)
        return 2;
    snprintf(label, sizeof label, "compressed/%s", f->stream);
    fd = guest_open(v, compressed, f->stream, label);
    if (fd >= 0) {
        result = stream_check(v, c, f, fd, corpus);
        close(fd);
    }
    if (result == 0) {
        snprintf(label, sizeof label, "restored/%s", f->name);
        fd = guest_open(v, restored, f->name, label);
        result = fd < 0 ? 1 : restored_check(v, f, fd, corpus);
        if (fd >= 0)
            close(fd);
    }
    close(corpus);
    return result;
}

static int files_check(struct verdict *v, const struct compression_case *c, int compressed, int restored)
{
    const char *streams[4096], *names[4096]; /* compression_case_load admits no more files */
    int result;

    for (size_t i = 0; i < c->count; i++) {
        streams[i] = c->files[i].stream;
        names[i] = c->files[i].name;
    }
    result = intake_names(v, compressed, "compressed/", streams, c->count);
    if (result == 0)
        result = intake_names(v, restored, "restored/", names, c->count);
    for (size_t i = 0; i < c->count && result == 0; i++)
        result = file_check(v, c, &c->files[i], compressed, restored);
    return result;
}

static int artifact_check(struct verdict *v, const struct compression_case *c, int dir)
{
    static const char *const top[] = {"NONCE", "compressed", "restored"};
    int compressed, restored;
    int result = intake_nonce(v, dir, c->head.nonce);

    if (result == 0)
        result = intake_names(v, dir, "", top, sizeof top / sizeof top[0]);
    if (result != 0)
        return result;
    compressed = artifact_directory(dir, "compressed");
    restored = artifact_directory(dir, "restored");
    if (compressed < 0)
        result = intake_refuse(v, "compressed", compressed);
    else if (restored < 0)
        result = intake_refuse(v, "restored", restored);
    else
        result = files_check(v, c, compressed, restored);
    if (compressed >= 0)
        close(compressed);
    if (restored >= 0)
        close(restored);
    return result;
}

static char passed[160]; /* says how many files there are, once that is known */

static int load(const char *path, void *out)
{
    struct compression_case *c = out;
    int err = compression_case_load(path, c);

    snprintf(passed, sizeof passed, "%zu files: streams equal the golden, both decoders give the corpus back",
             c->count);
    return err;
}

static int check(struct verdict *v, const void *c, int dir)
{
    return corpus_check(c) != 0 ? VERIFY_BAD : artifact_check(v, c, dir);
}

static void release(void *c)
{
    compression_case_free(c);
}

int main(int argc, char **argv)
{
    static const struct verify_kind kind = {
        .program = "verify_compression",
        .passed = passed,
        .load = load,
        .check = check,
        .release = release,
    };
    struct compression_case c = {0};

    return verify_main(argc, argv, &kind, &c);
}
