/* SPDX-License-Identifier: MIT */
/*
 * `capbench exec`: options and host-side checks, then exec_run.
 * Invariant: nothing is booted for a program or a grant that cannot be.
 */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elfcheck.h"
#include "exec.h"
#include "files.h"
#include "interrupt.h"
#include "kinds.h"
#include "mem.h"

static const char help[] =
    "usage: capbench exec [options] ELF [--] [ARG...]\n"
    "Boots one guest, runs one program in it, streams its output, ends with its exit code.\n"
    "  --guest capos|linux|native   where (default capos)\n"
    "  --grant NAME[=KIND]          a capability; with any --grant the program gets exactly those named and "
    "nothing else\n"
    "  --grant NAME=directory:PATH[:ro]  a directory at /NAME filled from the host's folder PATH\n"
    "  --grant NAME=process_spawner:A,B  a spawner that starts only the programs A and B of /bin\n"
    "  --grant posix                the default profile again, for use beside other grants\n"
    "  --bin ELF[=NAME]             one more program in /bin, for a program that starts others (--grant "
    "process_spawner)\n"
    "  --out DIR                    what the program leaves in its writable directories comes back below "
    "DIR, "
    "a new folder\n"
    "  --disk IMG[:ro]              a raw image as the guest's disk, the same for both guests: --grant "
    "NAME=block_device on\n"
    "                               capOS, /dev/vda on Linux; cached by the host (" DISK_CACHE
    "), a flush of the guest's is kept\n"
    "                               with a store on it (capstore mkfs IMG): NAME=writable_fs_root or "
    "NAME=read_only_fs_root\n"
    "                               give its tree at /NAME, NAME=persistent_store its blobs\n"
    "  --disk-fault OP:N:ERR[:sticky]  the N-th read, write or flush of the disk fails with EIO or ENOSPC, "
    "once, or from then on\n"
    "  --disk-log LOG               every write and flush of the disk, in order, goes into the new file LOG "
    "(dm-log-writes)\n"
    "  --serial FILE                the kernel's messages go into FILE at the end\n"
    "  --kernel-option WORD         for tests: a word more on the capOS kernel's command line "
    "(memory-fault=FIRST,STEP,\n"
    "                               spawn-counts=NAME)\n"
    "  --stdin FILE                 what the program reads; default: our own standard input where that is no "
    "terminal\n"
    "  --memory MIB                 the guest's memory (default 512)\n"
    "  --timeout SECONDS            limit for the program (default 300)\n"
    "  --accel auto|kvm|tcg|icount  QEMU's accelerator (default auto)\n"
    "Without --grant: the profile posix (standard streams, virtual_memory, timer, wall_clock, "
    "entropy_source,\n"
    "thread_control, and an empty directory /scratch as working directory).\n"
    "Exit: the program's code & 255; 128 + signal for a fault (page or protection fault 139, illegal "
    "instruction 132,\n"
    "arithmetic 136, breakpoint 133, alignment 135); 137 over a limit; 125 harness or guest failed, 126 not "
    "runnable,\n"
    "127 not found, 2 usage, 130 interrupted.\n";

enum {
    OPT_GUEST = 256,
    OPT_GRANT,
    OPT_BIN,
    OPT_OUT,
    OPT_MEMORY,
    OPT_TIMEOUT,
    OPT_ACCEL,
    OPT_DISK,
    OPT_DISK_FAULT,
    OPT_DISK_LOG,
    OPT_SERIAL,
    OPT_KERNEL_OPTION,
    OPT_STDIN,
    OPT_HELP
};

static const struct option options[] = {{"guest", required_argument, NULL, OPT_GUEST},
                                        {"grant", required_argument, NULL, OPT_GRANT},
                                        {"bin", required_argument, NULL, OPT_BIN},
                                        {"out", required_argument, NULL, OPT_OUT},
                                        {"memory", required_argument, NULL, OPT_MEMORY},
                                        {"timeout", required_argument, NULL, OPT_TIMEOUT},
                                        {"accel", required_argument, NULL, OPT_ACCEL},
                                        {"disk", required_argument, NULL, OPT_DISK},
                                        {"disk-fault", required_argument, NULL, OPT_DISK_FAULT},
                                        {"disk-log", required_argument, NULL, OPT_DISK_LOG},
                                        {"serial", required_argument, NULL, OPT_SERIAL},
                                        {"kernel-option", required_argument, NULL, OPT_KERNEL_OPTION},
                                        {"stdin", required_argument, NULL, OPT_STDIN},
                                        {"help", no_argument, NULL, OPT_HELP},
                                        {NULL, 0, NULL, 0}};

static int add_grant(struct grants *grants, const char *arg)
{
    char *why;
    int rc = 0;

    if (grants_add(grants, arg, &why) < 0)
        rc = command_usage_error("exec", "%s", why);
    free(why);
    return rc;
}

/* ELF[=NAME]: NAME is the file's own unless said otherwise. */
static int add_bin(struct exec_request *q, const char *arg)
{
    struct exec_bin bin = {.host = mem_dup(arg)};
    char *eq = strrchr(bin.host, '='), *slash;

    if (eq)
        *eq = '\0';
    slash = strrchr(bin.host, '/');
    bin.name = mem_dup(eq ? eq + 1 : slash ? slash + 1 : bin.host);
    q->bins = mem_grow(q->bins, q->nbins + 1, sizeof *q->bins);
    q->bins[q->nbins++] = bin;
    return files_path_safe(bin.name) && !strchr(bin.name, '/') && strcmp(bin.name, "agent") != 0
               ? 0
               : command_usage_error("exec", "--bin %s: NAME is a file name in /bin, and not agent", arg);
}

static void bins_free(struct exec_request *q)
{
    for (size_t i = 0; i < q->nbins; i++) {
        free(q->bins[i].host);
        free(q->bins[i].name);
    }
    free(q->bins);
}

/* The word posix among the grants: the default profile, to which the other grants are added. */
static int add_profile(struct exec_request *q, struct grants *grants)
{
    q->bare = false;
    return grants_posix(grants) < 0
               ? command_usage_error("exec", "--grant posix: a name of it was granted already")
               : 0;
}

static int open_stdin(struct exec_request *q, const char *path)
{
    if (q->input >= 0)
        close(q->input);
    q->input = open(path, O_RDONLY | O_CLOEXEC);
    return q->input < 0 ? command_usage_error("exec", "--stdin %s: %s", path, strerror(errno)) : 0;
}

static int set_option(struct exec_request *q, struct grants *grants, int opt, const char *arg)
{
    unsigned long long n;

    switch (opt) {
    case OPT_GUEST:
        return definition_guest_parse(arg, &q->guest) < 0
                   ? command_usage_error("exec", "--guest is capos, linux or native, not %s", arg)
                   : 0;
    case OPT_GRANT:
        return strcmp(arg, "posix") == 0 ? add_profile(q, grants) : add_grant(grants, arg);
    case OPT_BIN:
        return add_bin(q, arg);
    case OPT_STDIN:
        return open_stdin(q, arg);
    case OPT_OUT:
        q->out = arg;
        return 0;
    case OPT_SERIAL:
        q->serial = arg;
        return 0;
    case OPT_KERNEL_OPTION:
        if (!*arg || strpbrk(arg, " \t\n"))
            return command_usage_error("exec", "--kernel-option is one word");
        q->kernel_option = arg;
        return 0;
    case OPT_MEMORY:
        if (command_number(arg, 32, 65536, &n) < 0)
            return command_usage_error("exec", "--memory is a number of MiB from 32 to 65536, not %s", arg);
        q->memory_mib = (unsigned)n;
        return 0;
    case OPT_TIMEOUT:
        if (command_number(arg, 1, 86400, &n) < 0)
            return command_usage_error("exec", "--timeout is a number of seconds from 1 to 86400, not %s",
                                       arg);
        q->timeout_seconds = (unsigned)n;
        return 0;
    case OPT_ACCEL:
        return command_accel(arg, &q->accel) < 0
                   ? command_usage_error("exec", "--accel is auto, kvm, tcg or icount, not %s", arg)
                   : 0;
    default:
        return command_usage_error("exec", "see above");
    }
}

static int check_elf(const char *path)
{
    char why[256];
    int rc = elfcheck_file(path, why, sizeof why);

    if (rc == 0)
        return 0;
    fprintf(stderr, "capbench exec: %s: %s\n", path, why);
    return rc == -ENOENT || rc == -ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_RUNNABLE;
}

static int start(struct exec_request *q)
{
    char why[256];
    int rc = check_elf(q->elf);

    for (size_t i = 0; i < q->nbins && rc == 0; i++)
        rc = check_elf(q->bins[i].host);
    if (rc == 0)
        rc = exec_out_make(q);
    if (rc != 0)
        return rc;
    if (q->guest != GUEST_NATIVE && guest_accel_resolve(q->accel, &q->accel, why, sizeof why) < 0) {
        fprintf(stderr, "capbench exec: --accel: %s\n", why);
        return EXIT_EXEC_FAILED;
    }
    return exec_run(q);
}

static int disk_option(struct disk *disk, int opt, const char *arg)
{
    char *why;
    int rc = opt == OPT_DISK         ? disk_set(disk, arg, &why)
             : opt == OPT_DISK_FAULT ? disk_fault_set(disk, arg, &why)
                                     : disk_log_set(disk, arg, &why);

    if (rc < 0)
        rc = command_usage_error("exec", "%s", why);
    free(why);
    return rc;
}

/* A disk and what asks for one belong together. */
static int disk_check(struct exec_request *q, const struct grants *grants, const struct disk *disk)
{
    if (disk->image && q->guest == GUEST_NATIVE)
        return command_usage_error("exec", "--disk is for a guest with a machine of its own, not native");
    if ((disk->fault || disk->log) && !disk->image)
        return command_usage_error("exec", "--disk-fault and --disk-log need --disk");
    if (disk->fault && disk->log)
        return command_usage_error("exec", "a log would hold writes that failed: --disk-fault or --disk-log");
    for (size_t i = 0; i < grants->n; i++)
        if (!disk->image && kind_on_disk(grants->g[i].cap.kind))
            return command_usage_error("exec", "--grant %s=%s needs --disk", grants->g[i].cap.name,
                                       grants->g[i].cap.kind);
    q->disk = disk->image ? disk : NULL;
    return 0;
}

int command_exec(int argc, char **argv)
{
    struct exec_request q = {.who = "exec",
                             .bare = true,
                             .guest = GUEST_CAPOS,
                             .memory_mib = 512,
                             .timeout_seconds = 300,
                             .input = -1};
    struct grants grants = {0};
    struct disk disk = {0};
    int opt, rc = 0;

    while (rc == 0 && (opt = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
        if (opt == OPT_HELP || opt == 'h') {
            fputs(help, stdout);
            bins_free(&q);
            grants_free(&grants);
            disk_free(&disk);
            return EXIT_FINE;
        }
        rc = opt == OPT_DISK || opt == OPT_DISK_FAULT || opt == OPT_DISK_LOG
                 ? disk_option(&disk, opt, optarg)
                 : set_option(&q, &grants, opt, optarg);
    }
    if (rc == 0 && optind >= argc)
        rc = command_usage_error("exec", "no program named");
    if (rc == 0)
        rc = disk_check(&q, &grants, &disk);
    if (rc == 0) {
        interrupt_install();
        if (grants.n == 0)
            (void)add_profile(&q, &grants);
        q.grants = &grants;
        q.elf = argv[optind];
        optind++;
        if (optind < argc && strcmp(argv[optind], "--") == 0)
            optind++; /* ends the ELF's own position, not an argument of the program */
        q.args = argv + optind;
        q.nargs = (size_t)(argc - optind);
        if (q.input < 0 && fcntl(STDIN_FILENO, F_GETFD) >= 0 && !isatty(STDIN_FILENO))
            q.input = STDIN_FILENO;
        rc = start(&q);
    }
    bins_free(&q);
    grants_free(&grants);
    disk_free(&disk);
    return rc;
}
