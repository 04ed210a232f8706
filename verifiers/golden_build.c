/* SPDX-License-Identifier: MIT */
/*
 * Writes one size of a golden of verify_build from the host's own artifacts:
 *   golden_build GOLDEN.json WORKLOAD SIZE REFERENCE_DIR
 * Files below bin/ are executables: they hold a C library that this machine's compiler has built, so only
 * their names are kept; of all others length and SHA-256. Other sizes and "identical" in GOLDEN.json stay.
 * Invariant: GOLDEN.json is replaced whole, or not at all.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "artifact.h"
#include "digest.h"
#include "golden_write.h"
#include "intake.h"

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "golden_build: %s: %s\n", what, why);
    return 1;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int entry_add(cJSON *size, int dir, const char *entry, const char *label)
{
    struct digest d = {0};
    cJSON *o;
    int fd, err;

    if (strncmp(label, "bin/", 4) == 0) {
        cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(size, "local"), cJSON_CreateString(label));
        return 0;
    }
    fd = artifact_open(dir, entry);
    if (fd < 0)
        return fail(label, strerror(-fd));
    err = digest_file(fd, UINT64_MAX, &d);
    close(fd);
    if (err < 0)
        return fail(label, strerror(-err));
    o = cJSON_AddObjectToObject(cJSON_GetObjectItemCaseSensitive(size, "files"), label);
    cJSON_AddNumberToObject(o, "bytes", (double)d.bytes);
    cJSON_AddStringToObject(o, "sha256", digest_whole(&d));
    digest_free(&d);
    return 0;
}

/* Everything in the folder `path`, which the artifact calls `prefix`; in the order of names. */
static int folder_add(cJSON *size, const char *path, const char *prefix)
{
    struct dirent **names = NULL;
    int n = scandir(path, &names, NULL, compare_names), dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status = n < 0 || dir < 0 ? fail(path, strerror(errno)) : 0;

    for (int i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        char label[512], below[4096];
        struct stat st;

        snprintf(label, sizeof label, "%s%s", prefix, name);
        snprintf(below, sizeof below, "%s/%s", path, name);
        if (status == 0 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
            if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
                status = fail(below, strerror(errno));
            } else if (S_ISDIR(st.st_mode)) {
                strcat(label, "/");
                status = folder_add(size, below, label);
            } else {
                status = entry_add(size, dir, name, label);
            }
        }
        free(names[i]);
    }
    free(names);
    if (dir >= 0)
        close(dir);
    return status;
}

int main(int argc, char **argv)
{
    cJSON *golden, *sizes, *size;
    int status;

    if (argc != 5) {
        fprintf(stderr, "usage: golden_build GOLDEN.json WORKLOAD SIZE REFERENCE_DIR\n");
        return 2;
    }
    golden = intake_json(argv[1]);
    if (!golden) {
        golden = cJSON_CreateObject();
        cJSON_AddNumberToObject(golden, "schema", 1);
        cJSON_AddStringToObject(golden, "workload", argv[2]);
        cJSON_AddObjectToObject(golden, "sizes");
    }
    sizes = cJSON_GetObjectItemCaseSensitive(golden, "sizes");
    size = cJSON_CreateObject();
    golden_member(sizes, argv[3], size);
    cJSON_AddObjectToObject(size, "files");
    cJSON_AddArrayToObject(size, "local");
    status = folder_add(size, argv[4], "");
    if (status == 0)
        status = golden_replace(argv[1], golden);
    cJSON_Delete(golden);
    return status;
}
