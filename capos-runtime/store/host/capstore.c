/* SPDX-License-Identifier: MIT */
/*
 * capstore: a store image from the host's command line. Invariant: a command that only looks opens the image
 * read-only; one that changes it has synced before it says so.
 */
#include "store/host/capstore.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "store/host/filedev.h"

static const char help[] =
    "capstore - look at and change a capbench store image\n"
    "\n"
    "USAGE\n"
    "    capstore mkfs [--force] [--size SIZE] [--log BLOCKS] IMG\n"
    "    capstore ls   [-R] IMG [PATH]          capstore ls --blobs IMG     capstore ls --names IMG\n"
    "    capstore get  IMG SOURCE [FILE]\n"
    "    capstore put  [-p] IMG FILE PATH       capstore put --blob [--name NAME] IMG FILE\n"
    "    capstore rm   IMG SOURCE\n"
    "    capstore fsck IMG\n"
    "    capstore df   IMG\n"
    "\n"
    "DESCRIPTION\n"
    "    A store holds a tree of files, blobs named by the SHA-256 of their bytes, and names bound to such "
    "hashes.\n"
    "    IMG is a file or a block device. An image that was cut off in the middle of something is recovered "
    "by the\n"
    "    first command that writes; commands that only look show it as that recovery would leave it.\n"
    "\n"
    "    mkfs  makes an empty store of the whole image. With --size the file is made, or set to that size, "
    "first.\n"
    "          An image that holds a store already is refused without --force.\n"
    "    ls    lists a directory: kind (f, d), bytes, path; -R with all below it. --blobs: bytes and hash of "
    "each\n"
    "          blob. --names: hash and name of each binding.\n"
    "    get   writes SOURCE to FILE, or to standard output. Every page is checked against its checksum, a "
    "blob\n"
    "          against its hash before the first byte is written.\n"
    "    put   copies FILE (- is standard input) to PATH; a file that is there is replaced once all of the "
    "new one\n"
    "          is stored. -p makes missing directories. With --blob it becomes a blob, whose hash is "
    "printed;\n"
    "          --name binds NAME to it.\n"
    "    rm    removes SOURCE: a file, an empty directory, a blob, or a binding.\n"
    "    fsck  reads everything and checks it; prints a line for each problem. Writes nothing.\n"
    "    df    prints blocks, free blocks, generation, and the size of the metadata.\n"
    "\n"
    "    SOURCE is a path, sha256:HEX for a blob, or name:NAME for a binding (get follows it to the blob).\n"
    "    SIZE takes a suffix K, M or G. The smallest store has 512 KiB.\n"
    "\n"
    "OPTIONS\n"
    "    -f, --force       mkfs: even if there is a store\n"
    "    -s, --size SIZE   mkfs: make the image this large\n"
    "    -l, --log BLOCKS  mkfs: blocks of 4 KiB for the log (default: by size, 8 to 1024)\n"
    "    -R, --recursive   ls: with everything below\n"
    "    -p, --parents     put: make missing directories\n"
    "        --blobs, --names, --blob, --name NAME   see above\n"
    "    -h, --help        this text\n"
    "\n"
    "EXIT STATUS\n"
    "    0  done; fsck: no problem\n"
    "    1  not done: no such file, no space, a name is taken; fsck: problems were found\n"
    "    2  the command line is wrong\n"
    "    3  the image cannot be used: not a store, damaged, in use, or the device fails\n"
    "\n"
    "EXAMPLES\n"
    "    capstore mkfs --size 64M disk.img\n"
    "    capstore put -p disk.img main.db data/main.db && capstore get disk.img data/main.db | cmp - "
    "main.db\n"
    "    capstore put --blob --name tools/cc disk.img cc && capstore get disk.img name:tools/cc cc.copy\n";

const char *capstore_error(int err)
{
    switch (err) {
    case -EBADMSG:
        return "damaged: a checksum or hash does not match";
    case -EINVAL:
        return "not a store, or not a valid name";
    case -EBUSY:
        return "in use by another process";
    case -ENOSPC:
        return "the store is full";
    default:
        return strerror(-err);
    }
}

int capstore_complain(const struct capstore_args *a, const char *what, int err)
{
    fprintf(stderr, "capstore: %s: %s%s%s\n", a->image, what, what[0] == '\0' ? "" : ": ",
            capstore_error(err));
    return err == -EBADMSG || err == -EIO ? EXIT_IMAGE : EXIT_NO;
}

static int usage(const char *what)
{
    fprintf(stderr, "capstore: %s; see capstore --help\n", what);
    return EXIT_USAGE;
}

static bool size_parse(const char *text, uint64_t *out)
{
    char *end = NULL;
    unsigned shift = 0;

    errno = 0;
    *out = strtoull(text, &end, 10);
    if (errno != 0 || end == text || text[0] == '-')
        return false;
    if (*end != '\0' && end[1] == '\0')
        shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if ((*end != '\0' && shift == 0) || *out > UINT64_MAX >> 20 >> shift)
        return false;
    *out <<= shift;
    return *out > 0;
}

static bool holds_store(const struct capstore_args *a)
{
    struct store_options options = {true, 0};
    struct filedev d;
    struct store *s = NULL;
    struct store_env env = filedev_env();
    struct store_device dev = filedev_device(&d);
    int err = filedev_open(&d, a->image, false);

    if (err < 0)
        return false;
    err = store_mount(&s, &dev, &env, &options);
    if (err == 0)
        store_abandon(s);
    filedev_close(&d);
    return err == 0 || err == -EBADMSG;
}

static int image_resize(const struct capstore_args *a)
{
    int fd = open(a->image, O_RDWR | O_CREAT | O_CLOEXEC, 0666), err = 0;

    if (fd < 0)
        return -errno;
    if (ftruncate(fd, (off_t)a->size) < 0)
        err = -errno;
    close(fd);
    return err;
}

static int cmd_mkfs(const struct capstore_args *a)
{
    struct store_format_options options = {0, a->log_blocks};
    struct filedev d;
    struct store_device dev = filedev_device(&d);
    struct store_env env = filedev_env();
    int err = 0;

    if (!a->force && holds_store(a)) {
        fprintf(stderr, "capstore: %s: holds a store already; --force makes a new one\n", a->image);
        return EXIT_NO;
    }
    if (getrandom(&options.id, sizeof options.id, 0) != (ssize_t)sizeof options.id)
        return capstore_complain(a, "random number", -EIO);
    if (a->size > 0)
        err = image_resize(a);
    if (err == 0)
        err = filedev_open(&d, a->image, true);
    if (err < 0)
        return capstore_complain(a, "", err) == EXIT_NO ? EXIT_IMAGE : EXIT_IMAGE;
    err = store_format(&dev, &env, &options);
    filedev_close(&d);
    if (err == -EINVAL) {
        fprintf(
            stderr,
            "capstore: %s: too small (512 KiB at least), too large, or a log of less than 8 blocks or more "
            "than a quarter\n",
            a->image);
        return EXIT_IMAGE;
    }
    return err < 0 ? capstore_complain(a, "mkfs", err) : EXIT_FINE;
}

static void problem_print(void *ctx, const char *line)
{
    printf("%s: %s\n", (const char *)ctx, line);
}

static int cmd_fsck(const struct capstore_args *a)
{
    struct filedev d;
    struct store_device dev = filedev_device(&d);
    struct store_env env = filedev_env();
    char *name = strdup(a->image);
    int err = filedev_open(&d, a->image, false);

    if (err == 0) {
        err = store_check(&dev, &env, problem_print, name);
        filedev_close(&d);
    }
    free(name);
    if (err < 0) {
        (void)capstore_complain(a, "", err);
        return EXIT_IMAGE;
    }
    printf("%s: %d problem%s\n", a->image, err, err == 1 ? "" : "s");
    return err == 0 ? EXIT_FINE : EXIT_NO;
}

static int capstore_df(struct store *s, const struct capstore_args *a)
{
    struct store_stats st;

    (void)a;
    store_statistics(s, &st);
    printf("blocks %llu\nfree %llu\nmetadata %u\nheight %u\ngeneration %llu\nlogged %llu\n",
           (unsigned long long)st.blocks, (unsigned long long)st.free_blocks, st.nodes, st.height,
           (unsigned long long)st.generation, (unsigned long long)st.replayed);
    return EXIT_FINE;
}

struct command {
    const char *name;
    bool writes;
    int min, max;                                               /* words after the image */
    int (*whole)(const struct capstore_args *a);                /* on the image */
    int (*run)(struct store *s, const struct capstore_args *a); /* on the mounted store */
};

static const struct command commands[] = {
    {"mkfs", true, 0, 0, cmd_mkfs, NULL},     {"fsck", false, 0, 0, cmd_fsck, NULL},
    {"df", false, 0, 0, NULL, capstore_df},   {"ls", false, 0, 1, NULL, capstore_ls},
    {"get", false, 1, 2, NULL, capstore_get}, {"put", true, 1, 2, NULL, capstore_put},
    {"rm", true, 1, 1, NULL, capstore_rm},
};

static int mounted_run(const struct command *c, const struct capstore_args *a)
{
    struct store_options options = {!c->writes, 0};
    struct filedev d;
    struct store_device dev = filedev_device(&d);
    struct store_env env = filedev_env();
    struct store *s = NULL;
    int status = EXIT_IMAGE, err = filedev_open(&d, a->image, c->writes);

    if (err < 0) {
        (void)capstore_complain(a, "", err);
        return EXIT_IMAGE;
    }
    err = store_mount(&s, &dev, &env, &options);
    if (err == 0) {
        status = c->run(s, a);
        err = store_unmount(s);
    }
    filedev_close(&d);
    if (err < 0) {
        (void)capstore_complain(a, "", err);
        status = EXIT_IMAGE;
    }
    return status;
}

static int options_parse(int argc, char **argv, struct capstore_args *a)
{
    enum { BLOBS = 256, NAMES, BLOB, NAME };
    static const struct option longs[] = {
        {"force", no_argument, NULL, 'f'},
        {"size", required_argument, NULL, 's'},
        {"log", required_argument, NULL, 'l'},
        {"recursive", no_argument, NULL, 'R'},
        {"parents", no_argument, NULL, 'p'},
        {"blobs", no_argument, NULL, BLOBS},
        {"names", no_argument, NULL, NAMES},
        {"blob", no_argument, NULL, BLOB},
        {"name", required_argument, NULL, NAME},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    uint64_t number = 0;
    int o = 0;

    while ((o = getopt_long(argc, argv, "fs:l:Rph", longs, NULL)) != -1) {
        a->force |= o == 'f';
        a->recursive |= o == 'R';
        a->parents |= o == 'p';
        a->blobs |= o == BLOBS;
        a->names |= o == NAMES;
        a->as_blob |= o == BLOB;
        if (o == NAME)
            a->bind = optarg;
        if (o == 's' && !size_parse(optarg, &a->size))
            return usage("--size takes a number of bytes, with K, M or G");
        if (o == 'l') {
            if (!size_parse(optarg, &number) || number > UINT32_MAX)
                return usage("--log takes a number of blocks");
            a->log_blocks = (uint32_t)number;
        }
        if (o == 'h') {
            fputs(help, stdout);
            exit(EXIT_FINE);
        }
        if (o == '?')
            return EXIT_USAGE;
    }
    return EXIT_FINE;
}

int main(int argc, char **argv)
{
    struct capstore_args a = {0};
    int status = options_parse(argc, argv, &a);

    if (status != EXIT_FINE)
        return status;
    if (optind >= argc)
        return usage("no command");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const struct command *c = &commands[i];

        if (strcmp(c->name, argv[optind]) != 0)
            continue;
        a.nrest = argc - optind - 2;
        if (a.nrest < 0)
            return usage("no image");
        if (a.nrest < c->min || a.nrest > c->max)
            return usage("wrong number of arguments");
        a.image = argv[optind + 1];
        a.rest = argv + optind + 2;
        return c->whole != NULL ? c->whole(&a) : mounted_run(c, &a);
    }
    return usage("no such command");
}
