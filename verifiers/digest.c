/* SPDX-License-Identifier: MIT */
/* Prefix digests by OpenSSL's libcrypto; see digest.h. */
#include "digest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "artifact.h"

/* Appends the digest of everything hashed so far. */
static int prefix_add(struct digest *d, const EVP_MD_CTX *running, EVP_MD_CTX *scratch)
{
    unsigned char value[EVP_MAX_MD_SIZE];
    char(*grown)[DIGEST_HEX + 1] = realloc(d->upto, (d->count + 1) * sizeof *grown);

    if (!grown)
        return -ENOMEM;
    d->upto = grown;
    if (!EVP_MD_CTX_copy_ex(scratch, running) || !EVP_DigestFinal_ex(scratch, value, NULL))
        return -EIO;
    for (size_t i = 0; i < DIGEST_HEX / 2; i++)
        snprintf(d->upto[d->count] + 2 * i, 3, "%02x", value[i]);
    d->count++;
    return 0;
}

static int prefixes_make(int fd, uint64_t limit, struct digest *d, EVP_MD_CTX *running, EVP_MD_CTX *scratch)
{
    unsigned char block[DIGEST_BLOCK];

    for (;;) {
        ssize_t n = artifact_read(fd, block, sizeof block, d->bytes);
        int err;

        if (n < 0)
            return (int)n;
        if (n == 0 && d->count > 0)
            return 0;
        if ((uint64_t)n > limit - d->bytes)
            return -EFBIG;
        d->bytes += (uint64_t)n;
        if (!EVP_DigestUpdate(running, block, (size_t)n))
            return -EIO;
        err = prefix_add(d, running, scratch);
        if (err < 0 || n < DIGEST_BLOCK)
            return err;
    }
}

int digest_file(int fd, uint64_t limit, struct digest *out)
{
    struct digest d = {0};
    EVP_MD_CTX *running = EVP_MD_CTX_new();
    EVP_MD_CTX *scratch = EVP_MD_CTX_new();
    int err = -ENOMEM;

    if (running && scratch)
        err = EVP_DigestInit_ex(running, EVP_sha256(), NULL) ? prefixes_make(fd, limit, &d, running, scratch)
                                                             : -EIO;
    EVP_MD_CTX_free(running);
    EVP_MD_CTX_free(scratch);
    if (err < 0)
        digest_free(&d);
    else
        *out = d;
    return err;
}

const char *digest_whole(const struct digest *d)
{
    return d->upto[d->count - 1];
}

void digest_free(struct digest *d)
{
    free(d->upto);
    d->upto = NULL;
    d->count = 0;
}
