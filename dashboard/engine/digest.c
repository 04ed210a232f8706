/* SPDX-License-Identifier: MIT */
/*
 * SHA-256; see digest.h.
 * Invariant: one EVP context a struct digest, freed by digest_end.
 */
#include "digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "mem.h"

struct digest {
    EVP_MD_CTX *ctx;
};

static _Noreturn void digest_broken(void)
{
    fputs("capbench: the crypto library offers no SHA-256\n", stderr);
    exit(3);
}

struct digest *digest_new(void)
{
    struct digest *d = mem_zalloc(sizeof *d);

    d->ctx = EVP_MD_CTX_new();
    if (!d->ctx || EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) != 1)
        digest_broken();
    return d;
}

void digest_add(struct digest *d, const void *bytes, size_t n)
{
    if (EVP_DigestUpdate(d->ctx, bytes, n) != 1)
        digest_broken();
}

void digest_field(struct digest *d, const char *s)
{
    digest_add(d, s, strlen(s) + 1);
}

void digest_end(struct digest *d, char hex[DIGEST_HEX])
{
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned int n = 0;

    if (EVP_DigestFinal_ex(d->ctx, md, &n) != 1 || n != 32)
        digest_broken();
    for (unsigned int i = 0; i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", md[i]);
    EVP_MD_CTX_free(d->ctx);
    free(d);
}

void digest_bytes(const void *bytes, size_t n, char hex[DIGEST_HEX])
{
    struct digest *d = digest_new();

    digest_add(d, bytes, n);
    digest_end(d, hex);
}

/* Adds a file's content; `size` gets how many bytes that were. */
static int digest_add_file(struct digest *d, const char *path, unsigned long long *size)
{
    static char block[1 << 16];
    struct stat st;
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), rc = 0;

    *size = 0;
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        rc = -errno;
    else if (!S_ISREG(st.st_mode))
        rc = -EINVAL;
    while (rc == 0 && (n = read(fd, block, sizeof block)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            rc = -errno;
            break;
        }
        digest_add(d, block, (size_t)n);
        *size += (unsigned long long)n;
    }
    close(fd);
    return rc;
}

int digest_file(const char *path, char hex[DIGEST_HEX])
{
    struct digest *d = digest_new();
    unsigned long long size;
    char *real = realpath(path, NULL);
    int rc = real ? digest_add_file(d, real, &size) : -errno;

    free(real);
    digest_end(d, hex);
    if (rc < 0)
        hex[0] = '\0';
    return rc;
}

int digest_tree(const char *dir, const char *skip, char hex[DIGEST_HEX])
{
    struct files list = {0};
    struct digest *d = digest_new();
    int rc = files_list(dir, &list);

    for (size_t i = 0; rc == 0 && i < list.n; i++) {
        unsigned long long size;
        char *path, *each, one[DIGEST_HEX];
        struct digest *f;

        if (skip && strcmp(list.path[i], skip) == 0)
            continue;
        path = mem_printf("%s/%s", dir, list.path[i]);
        f = digest_new();
        rc = digest_add_file(f, path, &size);
        digest_end(f, one);
        each = mem_printf("%s %llu %s", list.path[i], size, one);
        digest_field(d, each);
        free(each);
        free(path);
    }
    files_free(&list);
    digest_end(d, hex);
    if (rc < 0)
        hex[0] = '\0';
    return rc;
}
