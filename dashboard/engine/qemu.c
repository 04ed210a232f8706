/* SPDX-License-Identifier: MIT */
/*
 * The emulator's command line from the flags file.
 * Invariant: a placeholder is replaced after the line was split, so a path with blanks stays one word.
 */
#include "qemu.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "mem.h"

#define FLAGS_MAX 65536u
/* The date of [icount] in qemu.flags, so that capOS, which is told the time, sees the same one. */
#define ICOUNT_WALL INT64_C(1767225600)
#define ICOUNT_TSC  UINT64_C(1000000)

struct args {
    char **v;
    size_t n;
};

static void args_add(struct args *a, char *word)
{
    a->v = mem_grow(a->v, a->n + 2, sizeof *a->v);
    a->v[a->n++] = word;
    a->v[a->n] = NULL;
}

void qemu_argv_free(char **argv)
{
    for (size_t i = 0; argv && argv[i]; i++)
        free(argv[i]);
    free(argv);
}

static const char *var_find(const struct qemu_var *vars, size_t nvars, const char *name, size_t len)
{
    for (size_t i = 0; i < nvars; i++) {
        if (strlen(vars[i].name) == len && memcmp(vars[i].name, name, len) == 0)
            return vars[i].value;
    }
    return NULL;
}

/* Replaces every @NAME@ in a word of n bytes; NULL with *bad = the word's rest when one is unknown or
 * unfinished. */
static char *word_fill(const char *word, size_t n, const struct qemu_var *vars, size_t nvars,
                       const char **bad)
{
    struct buf out = {0};
    const char *end = word + n;

    while (word < end) {
        const char *at = memchr(word, '@', (size_t)(end - word));
        if (!at) {
            buf_add(&out, word, (size_t)(end - word));
            break;
        }
        const char *close = memchr(at + 1, '@', (size_t)(end - at - 1));
        const char *value = close ? var_find(vars, nvars, at + 1, (size_t)(close - at - 1)) : NULL;
        if (!value) {
            *bad = at;
            buf_free(&out);
            return NULL;
        }
        buf_add(&out, word, (size_t)(at - word));
        buf_puts(&out, value);
        word = close + 1;
    }
    return buf_take(&out);
}

static int line_words(struct args *a, const char *line, const char *end, const struct qemu_var *vars,
                      size_t nvars, char *why, size_t whylen)
{
    while (line < end) {
        const char *bad = NULL;
        size_t n = 0;
        while (line < end && isspace((unsigned char)*line))
            line++;
        while (line + n < end && !isspace((unsigned char)line[n]))
            n++;
        if (!n)
            break;
        char *word = word_fill(line, n, vars, nvars, &bad);
        if (!word) {
            snprintf(why, whylen, "flags file: unknown placeholder at '%.*s'", (int)(line + n - bad), bad);
            return -EINVAL;
        }
        args_add(a, word);
        line += n;
    }
    return 0;
}

/* Adds the words of one section. */
static int section_words(struct args *a, const char *flags, const char *section, const struct qemu_var *vars,
                         size_t nvars, char *why, size_t whylen)
{
    bool here = false, any = false, found = false;

    for (const char *line = flags, *end; *line; line = *end ? end + 1 : end) {
        end = strchrnul(line, '\n');
        const char *p = line;
        while (p < end && isspace((unsigned char)*p))
            p++;
        if (p == end || *p == '#')
            continue;
        if (*p == '[') {
            size_t n = strlen(section);
            any = true;
            here = (size_t)(end - p) >= n + 2 && memcmp(p + 1, section, n) == 0 && p[n + 1] == ']';
            found = found || here;
            continue;
        }
        if (!any) {
            snprintf(why, whylen, "flags file: words before the first [section]");
            return -EINVAL;
        }
        int err = here ? line_words(a, p, end, vars, nvars, why, whylen) : 0;
        if (err)
            return err;
    }
    if (!found)
        snprintf(why, whylen, "flags file: no section [%s]", section);
    return found ? 0 : -EINVAL;
}

int qemu_argv_make(const char *flags, const char *program, const char *const *sections,
                   const struct qemu_var *vars, size_t nvars, char ***argv, char *why, size_t whylen)
{
    struct args a = {0};
    int err = 0;

    args_add(&a, mem_dup(program));
    for (size_t i = 0; sections[i] && !err; i++)
        err = section_words(&a, flags, sections[i], vars, nvars, why, whylen);
    if (err) {
        qemu_argv_free(a.v);
        return err;
    }
    *argv = a.v;
    return 0;
}

const char *qemu_program(void)
{
    const char *p = getenv("CAPBENCH_QEMU");

    return p && *p ? p : "qemu-system-x86_64";
}

/* Reads the flags file beside the executable and makes the command line. */
static int argv_from_file(const char *const *sections, const struct qemu_var *vars, size_t nvars,
                          char ***argv, char *why, size_t whylen)
{
    char *path = mem_printf("%s/qemu.flags", files_build_dir()), *flags = NULL;
    size_t len;
    int err = files_read(path, FLAGS_MAX, &flags, &len);

    if (err)
        snprintf(why, whylen, "%s: %s", path, strerror(-err));
    else
        err = qemu_argv_make(flags, qemu_program(), sections, vars, nvars, argv, why, whylen);
    free(path);
    free(flags);
    return err;
}

/* The kernel's own command line; what differs between guests and accelerators is here and nowhere else. */
static char *append_make(const struct guest_job *job)
{
    bool icount = job->accel == ACCEL_ICOUNT;

    if (job->kind == GUEST_CAPOS)
        return mem_printf("wall=%lld%s%s%s", icount ? (long long)ICOUNT_WALL : (long long)time(NULL),
                          icount ? " virtual-time" : "", job->kernel_option ? " " : "",
                          job->kernel_option ? job->kernel_option : "");
    /* Without a reference Debian's kernel waits for ever for its clock on this machine: tsc_early_khz is
     * that. */
    return mem_printf("console=ttyS0 quiet panic=-1 oops=panic tsc=reliable tsc_early_khz=%llu",
                      (unsigned long long)(icount ? ICOUNT_TSC : qemu_tsc_khz()));
}

static int kernel_check(const char *path, char *why, size_t whylen)
{
    if (files_is_file(path))
        return 0;
    snprintf(why, whylen, "no kernel at %s", path);
    return -ENOENT;
}

/* The file name of the job's disk, its fault's rules written beside the logs; NULL without a disk. */
static int disk_name(const struct guest_job *job, char **name, char *why, size_t whylen)
{
    char *rules = job->disk ? disk_fault_rules(job->disk) : NULL, *dir, *path;
    int err = 0;

    *name = NULL;
    if (!job->disk)
        return 0;
    if (!rules) {
        *name = disk_file(job->disk, NULL);
        return 0;
    }
    dir = realpath(job->run_dir, NULL);
    path = mem_printf("%s/disk-fault.conf", dir ? dir : "");
    if (!dir || strpbrk(path, ",:"))
        err = -EINVAL;
    if (!err)
        err = files_write_atomic(path, rules, strlen(rules));
    if (err)
        snprintf(why, whylen, "the disk fault's rules cannot be kept in %s: %s", job->run_dir,
                 strerror(-err));
    else
        *name = disk_file(job->disk, path);
    free(rules);
    free(dir);
    free(path);
    return err;
}

int qemu_argv_job(const struct guest_job *job, const char *image, char ***argv, char *why, size_t whylen)
{
    static const char *const accel_section[] = {
        [ACCEL_KVM] = "kvm", [ACCEL_TCG] = "tcg", [ACCEL_ICOUNT] = "icount"};
    char fd[QEMU_FD_END][12], *memory, *append, *disk;
    char *kernel = mem_printf("%s/%s", files_build_dir(),
                              job->kind == GUEST_CAPOS ? "capos/kernel.elf" : "linux-guest/vmlinux");
    int err = kernel_check(kernel, why, whylen);

    if (err || job->accel == ACCEL_AUTO || job->accel > ACCEL_ICOUNT || job->kind == GUEST_NATIVE) {
        free(kernel);
        return err ? err : -EINVAL;
    }
    err = disk_name(job, &disk, why, whylen);
    if (err) {
        free(kernel);
        return err;
    }
    for (int i = QEMU_FD_TERMINAL; i < QEMU_FD_END; i++)
        snprintf(fd[i], sizeof fd[i], "%d", i);
    memory = mem_printf("%u", job->memory_mib);
    append = append_make(job);
    const struct qemu_var vars[] = {
        {"CPU", job->cpu ? job->cpu : GUEST_CPU},
        {"MEMORY", memory},
        {"PREALLOC", job->lazy_memory ? "off" : "on"},
        {"KERNEL", kernel},
        {"IMAGE", image},
        {"APPEND", append},
        {"TERMINAL_FD", fd[QEMU_FD_TERMINAL]},
        {"CONSOLE_FD", fd[QEMU_FD_CONSOLE]},
        {"SERIAL_FD", fd[QEMU_FD_SERIAL]},
        {"QMP_FD", fd[QEMU_FD_QMP]},
        {"DISK", disk ? disk : ""},
        {"DISK_CACHE", DISK_CACHE},
        {"DISK_READONLY", job->disk && job->disk->read_only ? "on" : "off"},
    };
    const char *const sections[] = {"machine",
                                    accel_section[job->accel],
                                    "guest",
                                    job->terminal ? "terminal" : "console",
                                    disk ? "disk" : NULL,
                                    NULL};
    err = argv_from_file(sections, vars, sizeof vars / sizeof vars[0], argv, why, whylen);
    free(kernel);
    free(memory);
    free(append);
    free(disk);
    return err;
}

int qemu_argv_probe(char ***argv, char *why, size_t whylen)
{
    char serial[12], qmp[12];
    char *kernel = mem_printf("%s/capos/kernel.elf", files_build_dir());
    int err = kernel_check(kernel, why, whylen);

    snprintf(serial, sizeof serial, "%d", QEMU_FD_SERIAL);
    snprintf(qmp, sizeof qmp, "%d", QEMU_FD_QMP);
    const struct qemu_var vars[] = {
        {"CPU", GUEST_CPU}, {"KERNEL", kernel}, {"APPEND", "probe"}, {"SERIAL_FD", serial}, {"QMP_FD", qmp},
    };
    const char *const sections[] = {"machine", "kvm", "probe", NULL};
    if (!err)
        err = argv_from_file(sections, vars, sizeof vars / sizeof vars[0], argv, why, whylen);
    free(kernel);
    return err;
}

char *qemu_argv_text(char *const *argv)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,=:+@%";
    struct buf out = {0};

    for (size_t i = 0; argv[i]; i++) {
        if (i)
            buf_putc(&out, ' ');
        if (argv[i][0] && strspn(argv[i], plain) == strlen(argv[i])) {
            buf_puts(&out, argv[i]);
            continue;
        }
        buf_putc(&out, '\'');
        for (const char *p = argv[i]; *p; p++) {
            if (*p == '\'')
                buf_puts(&out, "'\\''");
            else
                buf_putc(&out, *p);
        }
        buf_putc(&out, '\'');
    }
    buf_putc(&out, '\n');
    return buf_take(&out);
}
