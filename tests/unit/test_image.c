/* SPDX-License-Identifier: MIT */
/*
 * The run image: the archive read back by the system's cpio, its determinism, refused lists, the tree hash;
 * and what is added to a job: plan with nonce, manifest, startup block. Invariant: the archive's judge is
 * another program than its writer.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "abi/fields.h"
#include "abi/startup.h"
#include "capnp/capnp.h"
#include "files.h"
#include "guest_image.h"
#include "image.h"
#include "manifest.h"

static char base[64], why[256];

static int setup(void **state)
{
    (void)state;
    strcpy(base, "/tmp/capbench-image-XXXXXX");
    return mkdtemp(base) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return files_remove(base);
}

static struct image *made(const struct guest_file *f, size_t n)
{
    struct image *im = NULL;

    assert_int_equal(image_new(f, n, &im, why, sizeof why), 0);
    return im;
}

static char *written(const struct guest_file *f, size_t n, const char *name, uint64_t *bytes)
{
    static char path[128];
    struct image *im = made(f, n);

    snprintf(path, sizeof path, "%s/%s", base, name);
    assert_int_equal(image_write(im, path, bytes, why, sizeof why), 0);
    image_free(im);
    return path;
}

/* Output of a shell command; static memory. */
static const char *shell(const char *fmt, const char *arg)
{
    static char out[4096];
    char command[512];
    FILE *p;
    size_t n;

    snprintf(command, sizeof command, fmt, base, arg);
    p = popen(command, "r");
    assert_non_null(p);
    n = fread(out, 1, sizeof out - 1, p);
    out[n] = 0;
    assert_int_equal(pclose(p), 0);
    return out;
}

static const struct guest_file sample[] = {
    {.path = "tree/in/b.txt", .data = "bee\n", .len = 4},
    {.path = "bin/prog", .data = "#!/bin/sh\n", .len = 10, .executable = true},
    {.path = "tree/in/a.txt", .data = "", .len = 0},
    {.path = "tree/empty/", .data = NULL},
    {.path = "plan", .data = "xyz", .len = 3},
};

static const struct guest_file named[] = {
    {.path = "bin/prog", .data = "program", .len = 7, .executable = true},
    {.path = "bin/other", .data = "prog", .len = 4, .link = true},
};

static void refused(const struct guest_file *f, size_t n, int err)
{
    struct image *im = NULL;

    why[0] = 0;
    assert_int_equal(image_new(f, n, &im, why, sizeof why), err);
    assert_null(im);
    assert_true(why[0] != 0);
}

/* Another name of a program, in the archive and as a tree. */
static void test_link(void **state)
{
    static const struct guest_file bad[] = {
        {.path = "tree/other", .data = "prog", .len = 4, .link = true},
        {.path = "bin/a/other", .data = "prog", .len = 4, .link = true},
        {.path = "bin/other", .data = "../prog", .len = 7, .link = true},
        {.path = "bin/other", .data = "", .len = 0, .link = true},
    };
    struct image *im = made(named, 2);
    char dir[128];
    uint64_t bytes;

    (void)state;
    written(named, 2, "l.cpio", &bytes);
    shell("cd %s && mkdir l && cd l && cpio -i --quiet <../l.cpio%s", "");
    assert_string_equal(shell("cd %s/l/bin && readlink other && cat other%s", ""), "prog\nprogram");
    snprintf(dir, sizeof dir, "%s/n", base);
    assert_int_equal(mkdir(dir, 0755), 0);
    assert_int_equal(image_unpack(im, dir, why, sizeof why), 0);
    assert_string_equal(shell("cd %s/n/bin && readlink other && cat other%s", ""), "prog\nprogram");
    image_free(im);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused(&bad[i], 1, -EINVAL);
}

static void test_cpio_reads_it(void **state)
{
    uint64_t bytes;

    (void)state;
    written(sample, 5, "i.cpio", &bytes);
    assert_int_equal(bytes % 512, 0);
    assert_string_equal(shell("cd %s && cpio -t --quiet <i.cpio%s", ""),
                        "bin\nbin/prog\nplan\ntree\ntree/empty\ntree/in\ntree/in/a.txt\ntree/in/b.txt\n");
    shell("cd %s && mkdir x && cd x && cpio -i --quiet <../i.cpio%s", "");
    assert_string_equal(shell("cd %s/x && cat tree/in/b.txt plan%s", ""), "bee\nxyz");
    assert_string_equal(shell("cd %s/x && find . -type f -perm -100%s", ""), "./bin/prog\n");
    assert_string_equal(shell("cd %s/x && find tree/empty tree/in/a.txt -empty%s | sort", ""),
                        "tree/empty\ntree/in/a.txt\n");
    assert_string_equal(shell("cd %s/x && stat -c '%%s %%A' tree/in/a.txt plan%s", ""),
                        "0 -rw-r--r--\n3 -rw-r--r--\n");
}

/* Order of the list, the source of the bytes and the clock make no difference. */
static void test_deterministic(void **state)
{
    struct guest_file turned[5];
    char host[128], one[128], *text;
    uint64_t a, b;
    size_t n;

    (void)state;
    for (size_t i = 0; i < 5; i++)
        turned[i] = sample[4 - i];
    snprintf(host, sizeof host, "%s/b", base);
    assert_int_equal(files_write_atomic(host, "bee\n", 4), 0);
    turned[4].data = NULL;
    turned[4].host_path = host;
    strcpy(one, written(sample, 5, "one", &a));
    shell("touch -d 2001-01-01 %s/b%s", "");
    written(turned, 5, "two", &b);
    assert_int_equal(a, b);
    shell("cd %s && cmp one two%s", "");
    assert_int_equal(files_read(one, 1 << 20, &text, &n), 0);
    assert_int_equal(n, a);
    assert_memory_equal(text, "070701", 6);
    free(text);
}

static void test_refused(void **state)
{
    static const char *const bad[] = {"", "/", "/a", "a//b", "../a", "a/..", ".", "a/./b", "a\nb"};
    const struct guest_file twice[] = {{.path = "a/b"}, {.path = "a/b"}};
    const struct guest_file both[] = {{.path = "a"}, {.path = "a/b"}};
    const struct guest_file absent = {.path = "a", .host_path = "/nonexistent/file"};
    const struct guest_file folder = {.path = "a", .host_path = "/tmp"};
    struct guest_file f = {.data = ""};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        f.path = bad[i];
        refused(&f, 1, -EINVAL);
    }
    refused(twice, 2, -EEXIST);
    refused(both, 2, -EEXIST);
    refused(&absent, 1, -ENOENT);
    refused(&folder, 1, -EFBIG);
}

/* A host file that grew or shrank after the list was made. */
static void test_changed(void **state)
{
    char host[128], out[128];
    const struct guest_file f = {.path = "tree/f", .host_path = host};
    uint64_t bytes;

    (void)state;
    snprintf(host, sizeof host, "%s/h", base);
    snprintf(out, sizeof out, "%s/o", base);
    for (int grow = 0; grow < 2; grow++) {
        assert_int_equal(files_write_atomic(host, "12345", 5), 0);
        struct image *im = made(&f, 1);
        assert_int_equal(files_write_atomic(host, "1234567", grow ? 7 : 3), 0);
        assert_int_equal(image_write(im, out, &bytes, why, sizeof why), -EIO);
        assert_non_null(strstr(why, "changed"));
        assert_false(files_is_file(out));
        image_free(im);
    }
}

/* A host that takes no more bytes: its own reason is told, and nothing half-written stays. */
static void test_host_full(void **state)
{
    struct rlimit small;
    struct image *im = made(sample, 5);
    struct rlimit before;
    char out[128];
    uint64_t bytes;
    int err;

    (void)state;
    snprintf(out, sizeof out, "%s/o", base);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 1000, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    err = image_write(im, out, &bytes, why, sizeof why);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(err, -EFBIG);
    assert_non_null(strstr(why, strerror(EFBIG)));
    assert_false(files_is_file(out));
    image_free(im);
}

static void test_unpack(void **state)
{
    struct image *im = made(sample, 5);
    char dir[128];

    (void)state;
    snprintf(dir, sizeof dir, "%s/u", base);
    assert_int_equal(mkdir(dir, 0755), 0);
    assert_int_equal(image_unpack(im, dir, why, sizeof why), 0);
    assert_string_equal(
        shell("cd %s/u && cat tree/in/b.txt plan && test -x bin/prog && test -d tree/empty%s", ""),
        "bee\nxyz");
    image_free(im);
}

static void test_tree_hash(void **state)
{
    struct guest_file f[5];
    char hex[65], again[65];

    (void)state;
    memcpy(f, sample, sizeof f);
    assert_int_equal(guest_tree_hash(f, 5, hex, why, sizeof why), 0);
    assert_int_equal(strlen(hex), 64);
    f[4].data = "other plan";
    f[4].len = 10;
    f[1].data = "another flavour!";
    assert_int_equal(guest_tree_hash(f, 5, again, why, sizeof why), 0);
    assert_string_equal(hex, again);
    f[0].data = "Bee\n";
    assert_int_equal(guest_tree_hash(f, 5, again, why, sizeof why), 0);
    assert_string_not_equal(hex, again);
    f[0] = sample[0];
    f[0].path = "tree/in/c.txt";
    assert_int_equal(guest_tree_hash(f, 5, again, why, sizeof why), 0);
    assert_string_not_equal(hex, again);
}

static void test_plan(void **state)
{
    char *p = guest_image_plan("capbench-plan 1\nend\n", 0xabc, why, sizeof why);

    (void)state;
    assert_string_equal(p, "capbench-plan 1\nnonce 0000000000000abc\nend\n");
    assert_null(guest_image_plan(p, 1, why, sizeof why));
    assert_null(guest_image_plan("capbench-plan 2\nend\n", 1, why, sizeof why));
    free(p);
}

/* Field `name` of a record value, as another value. */
static void field_get(struct capnp_struct *v, const char *name, struct capnp_struct *out)
{
    struct capnp_list fields;
    struct capnp_struct f;
    const char *text;
    uint32_t len;

    assert_int_equal(capnp_get_u16(v, CAPOS_S_CUE_VALUE_TAG), CAPOS_S_CUE_VALUE_TAG_FIELDS);
    assert_int_equal(capnp_get_list(v, CAPOS_S_CUE_VALUE_FIELDS_PTR, &fields), 0);
    for (uint32_t i = 0; i < fields.count; i++) {
        assert_int_equal(capnp_list_struct(&fields, i, &f), 0);
        assert_int_equal(capnp_get_text(&f, CAPOS_S_CUE_FIELD_NAME_PTR, &text, &len), 0);
        if (strcmp(text, name) == 0) {
            assert_int_equal(capnp_get_struct(&f, CAPOS_S_CUE_FIELD_VALUE_PTR, out), 0);
            return;
        }
    }
    fail_msg("no field %s", name);
}

static void text_is(struct capnp_struct *v, const char *want)
{
    const char *text;
    uint32_t len;

    assert_int_equal(capnp_get_u16(v, CAPOS_S_CUE_VALUE_TAG), CAPOS_S_CUE_VALUE_TAG_TEXT);
    assert_int_equal(capnp_get_text(v, CAPOS_S_CUE_VALUE_TEXT_PTR, &text, &len), 0);
    assert_string_equal(text, want);
}

static void test_manifest(void **state)
{
    const char *const bins[] = {"agent", "zstd"};
    size_t ncaps, len;
    const struct manifest_cap *caps = manifest_agent_caps(false, &ncaps);
    struct capnp_msg m;
    struct capnp_struct root, config, init, v, item;
    struct capnp_list list;
    const char *text;
    uint32_t n;
    void *bytes;

    (void)state;
    assert_int_equal(manifest_build(bins, 2, "agent", caps, ncaps, &bytes, &len), 0);
    assert_int_equal(capnp_msg_open(&m, bytes, len), 0);
    assert_int_equal(capnp_root(&m, &root), 0);
    assert_int_equal(capnp_get_u32(&root, CAPOS_S_SYSTEM_MANIFEST_SCHEMA_VERSION), 1);
    assert_int_equal(capnp_get_list(&root, CAPOS_S_SYSTEM_MANIFEST_BINARIES_PTR, &list), 0);
    assert_int_equal(list.count, 2);
    assert_int_equal(capnp_list_struct(&list, 1, &v), 0);
    assert_int_equal(capnp_get_text(&v, CAPOS_S_NAMED_BLOB_NAME_PTR, &text, &n), 0);
    assert_string_equal(text, "zstd");
    assert_int_equal(capnp_get_struct(&root, CAPOS_S_SYSTEM_MANIFEST_INIT_CONFIG_PTR, &config), 0);
    field_get(&config, "init", &init);
    field_get(&init, "binary", &v);
    text_is(&v, "agent");
    field_get(&init, "name", &v);
    text_is(&v, "agent");
    field_get(&init, "caps", &v);
    assert_int_equal(capnp_get_u16(&v, CAPOS_S_CUE_VALUE_TAG), CAPOS_S_CUE_VALUE_TAG_LIST);
    assert_int_equal(capnp_get_list(&v, CAPOS_S_CUE_VALUE_LIST_PTR, &list), 0);
    assert_int_equal(list.count, ncaps);
    for (uint32_t i = 0; i < ncaps; i++) {
        assert_int_equal(capnp_list_struct(&list, i, &item), 0);
        field_get(&item, "name", &v);
        text_is(&v, caps[i].name);
        field_get(&item, "source", &v);
        text_is(&v, caps[i].source);
        if (caps[i].path) {
            field_get(&item, "path", &v);
            text_is(&v, caps[i].path);
        }
    }
    free(bytes);
}

/* Every offset points at a string inside the block. */
/* With the store the agent also has the root of the disk's tree, at /work. */
static void test_startup_store(void **state)
{
    const struct manifest_cap *caps;
    struct startup_preopen p[2];
    struct startup_header h;
    size_t len, without, with;
    void *bytes;
    const char *b;

    (void)state;
    manifest_agent_caps(false, &without);
    caps = manifest_agent_caps(true, &with);
    assert_int_equal(with, without + 1);
    assert_string_equal(caps[without].source, "writable_fs_root");
    manifest_startup(true, &bytes, &len);
    b = bytes;
    memcpy(&h, b, sizeof h);
    assert_true(h.total == len && h.npreopens == 2);
    memcpy(p, b + sizeof h + 4, sizeof p);
    assert_string_equal(b + p[0].path, "/");
    assert_string_equal(b + p[0].name, "root");
    assert_string_equal(b + p[1].path, "/work");
    assert_string_equal(b + p[1].name, caps[without].name);
    assert_int_equal(b[len - 1], 0);
    free(bytes);
}

static void test_startup(void **state)
{
    struct startup_header h;
    struct startup_preopen p;
    struct startup_fd fd;
    uint32_t argv0;
    size_t len;
    void *bytes;
    const char *b;

    (void)state;
    manifest_startup(false, &bytes, &len);
    b = bytes;
    memcpy(&h, b, sizeof h);
    assert_true(h.magic == STARTUP_MAGIC && h.version == STARTUP_VERSION && h.total == len);
    assert_true(h.argc == 1 && h.envc == 0 && h.npreopens == 1 && h.nfds == 4 && h.umask == 022);
    memcpy(&argv0, b + sizeof h, 4);
    memcpy(&p, b + sizeof h + 4, sizeof p);
    assert_string_equal(b + argv0, "agent");
    assert_string_equal(b + h.cwd, "/");
    assert_string_equal(b + p.path, "/");
    assert_string_equal(b + p.name, "root");
    for (uint32_t i = 0; i < 4; i++) {
        memcpy(&fd, b + sizeof h + 4 + sizeof p + i * sizeof fd, sizeof fd);
        assert_int_equal(fd.fd, i);
        assert_int_equal(fd.kind, i == 3 ? STARTUP_FD_PIPE_BOTH : STARTUP_FD_NULL);
    }
    assert_int_equal(b[len - 1], 0);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cpio_reads_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deterministic, setup, teardown),
        cmocka_unit_test_setup_teardown(test_link, setup, teardown),
        cmocka_unit_test(test_refused),
        cmocka_unit_test_setup_teardown(test_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_host_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unpack, setup, teardown),
        cmocka_unit_test(test_tree_hash),
        cmocka_unit_test(test_plan),
        cmocka_unit_test(test_manifest),
        cmocka_unit_test(test_startup),
        cmocka_unit_test(test_startup_store),
    };

    return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
