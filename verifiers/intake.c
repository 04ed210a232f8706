/* SPDX-License-Identifier: MIT */
/* The first look at an artifact; see intake.h. */
#include "intake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "artifact.h"

enum { JSON_MAX = 4 << 20, NONCE_FILE = 17, FOUND_SIZE = 256 };

int intake_refuse(struct verdict *v, const char *label, int err)
{
    switch (err) {
    case -ENOENT:
        return verdict_fail(v, "file_missing", "%s is missing", label);
    case -ELOOP:
        return verdict_fail(v, "file_symlink", "%s is a symbolic link", label);
    case -EMLINK:
        return verdict_fail(v, "file_hardlink", "%s has more than one name", label);
    case -EINVAL:
    case -ENOTDIR:
    case -EISDIR:
    case -ENXIO:
        return verdict_fail(v, "file_kind", "%s is not of the expected kind", label);
    default:
        return verdict_fail(v, "file_unreadable", "%s: %s", label, strerror(-err));
    }
}

int intake_nonce(struct verdict *v, int dir, const char *nonce)
{
    char text[NONCE_FILE + 2] = "";
    int fd = artifact_open(dir, "NONCE");
    ssize_t n;

    if (fd < 0)
        return intake_refuse(v, "NONCE", fd);
    n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n != NONCE_FILE || text[n - 1] != '\n' || strspn(text, "0123456789abcdef") != (size_t)n - 1)
        return verdict_fail(v, "nonce_malformed", "NONCE does not hold 16 hexadecimal digits and a newline");
    text[n - 1] = '\0';
    if (strcmp(text, nonce) != 0)
        return verdict_fail(v, "nonce_stale", "the artifact is of run %s, not of %s", text, nonce);
    return 0;
}

int intake_names(struct verdict *v, int dir, const char *label, const char *const names[], size_t count)
{
    char found[FOUND_SIZE];
    int result = artifact_unexpected(dir, names, count, found, sizeof found);

    if (result < 0)
        return intake_refuse(v, label, result);
    if (result > 0)
        return verdict_fail(v, "file_unexpected", "%s%s was not expected", label, found);
    return 0;
}

cJSON *intake_json(const char *path)
{
    FILE *in = fopen(path, "rb");
    char *text = in ? malloc(JSON_MAX) : NULL;
    size_t n = text ? fread(text, 1, JSON_MAX - 1, in) : 0;
    cJSON *json = NULL;

    if (n > 0 && n < JSON_MAX - 1) {
        text[n] = '\0';
        json = cJSON_ParseWithOpts(text, NULL, true);
    }
    free(text);
    if (in)
        fclose(in);
    return json;
}
