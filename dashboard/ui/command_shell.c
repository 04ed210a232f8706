/* SPDX-License-Identifier: MIT */
/*
 * `capbench shell`: options, then one guest's shell here, or both side by side.
 * Invariant: nothing is booted before every option has been checked.
 */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "interrupt.h"
#include "keyboard.h"
#include "mem.h"
#include "shell.h"
#include "shell_both.h"

static const char help[] =
    "usage: capbench shell [options] [-- ARG...]\n"
    "An interactive shell (hush of BusyBox, its applets in /bin) in a guest. ARGs go to it: -- -c 'ls /'.\n"
    "  --guest capos|linux|both     where (default capos); both: side by side at one keyboard\n"
    "  --grant NAME[=KIND]          a capability, as for capbench exec; with any --grant exactly those named "
    "beside the\n"
    "                               three standard streams\n"
    "  --grant shell                the default profile again: posix, process_spawner, terminal_session, "
    "bin (/bin, read-only)\n"
    "  --out DIR                    what is left in its writable directories comes back below DIR, a new "
    "folder\n"
    "  --memory MIB                 the guest's memory (default 512)\n"
    "  --timeout SECONDS            limit for the shell (default none)\n"
    "  --accel auto|kvm|tcg|icount  QEMU's accelerator (default auto)\n"
    "  --quiet                      no line about the guest and its keys at the start\n"
    "At a terminal: the guest echoes and edits the line (Backspace, Ctrl-W, Ctrl-U); Ctrl-C ends the "
    "foreground job, Ctrl-D\n"
    "the shell, Ctrl-] the guest whatever it does. The guest is told the terminal's size and when it "
    "changes. "
    "What the guest\n"
    "writes goes to your terminal as it is. (With both it is shown through an emulated terminal instead; "
    "there Ctrl-] is a\n"
    "menu: which shell the keys go to, or both.)\n"
    "Otherwise commands are read from standard input, without a prompt; standard output and error stay "
    "apart. With both they\n"
    "run in one guest after the other, and both outputs and their differences are printed.\n"
    "Exit: the shell's code & 255, as capbench exec; with both that of capOS, or 1 when the outputs differ; "
    "130 left by Ctrl-]\n"
    "or interrupted, 125 harness or guest failed, 2 usage.\n";

enum { OPT_GUEST = 256, OPT_GRANT, OPT_OUT, OPT_MEMORY, OPT_TIMEOUT, OPT_ACCEL, OPT_QUIET, OPT_HELP };

static const struct option options[] = {{"guest", required_argument, NULL, OPT_GUEST},
                                        {"grant", required_argument, NULL, OPT_GRANT},
                                        {"out", required_argument, NULL, OPT_OUT},
                                        {"memory", required_argument, NULL, OPT_MEMORY},
                                        {"timeout", required_argument, NULL, OPT_TIMEOUT},
                                        {"accel", required_argument, NULL, OPT_ACCEL},
                                        {"quiet", no_argument, NULL, OPT_QUIET},
                                        {"help", no_argument, NULL, OPT_HELP},
                                        {NULL, 0, NULL, 0}};

struct parsed {
    struct exec_request q;
    struct grants grants;
    bool both, quiet, help;
};

static int set_guest(struct parsed *p, const char *arg)
{
    p->both = strcmp(arg, "both") == 0;
    if (p->both || (definition_guest_parse(arg, &p->q.guest) == 0 && p->q.guest != GUEST_NATIVE))
        return 0;
    return command_usage_error("shell", "--guest is capos, linux or both, not %s", arg);
}

static int set_grant(struct parsed *p, const char *arg)
{
    char *why = NULL;
    int rc = 0;

    if (strcmp(arg, "shell") == 0) {
        if (grants_shell(&p->grants) < 0)
            rc = command_usage_error("shell", "--grant shell: a name of it was granted already");
    } else if (grants_add(&p->grants, arg, &why) < 0) {
        rc = command_usage_error("shell", "%s", why);
    }
    free(why);
    return rc;
}

static int set_number(const char *option, const char *arg, unsigned long long low, unsigned long long high,
                      unsigned *out)
{
    unsigned long long n;

    if (command_number(arg, low, high, &n) < 0)
        return command_usage_error("shell", "%s is a number from %llu to %llu, not %s", option, low, high,
                                   arg);
    *out = (unsigned)n;
    return 0;
}

static int set_option(struct parsed *p, int opt, const char *arg)
{
    switch (opt) {
    case OPT_GUEST:
        return set_guest(p, arg);
    case OPT_GRANT:
        return set_grant(p, arg);
    case OPT_OUT:
        p->q.out = arg;
        return 0;
    case OPT_MEMORY:
        return set_number("--memory", arg, 32, 65536, &p->q.memory_mib);
    case OPT_TIMEOUT:
        return set_number("--timeout", arg, 1, 86400, &p->q.timeout_seconds);
    case OPT_ACCEL:
        return command_accel(arg, &p->q.accel) < 0
                   ? command_usage_error("shell", "--accel is auto, kvm, tcg or icount, not %s", arg)
                   : 0;
    case OPT_QUIET:
        p->quiet = true;
        return 0;
    case OPT_HELP:
    case 'h':
        p->help = true;
        return 0;
    default:
        return command_usage_error("shell", "see above");
    }
}

static int parse(struct parsed *p, int argc, char **argv)
{
    int opt, rc = 0;

    while (rc == 0 && !p->help && (opt = getopt_long(argc, argv, "+h", options, NULL)) != -1)
        rc = set_option(p, opt, optarg);
    if (rc || p->help)
        return rc;
    if (optind < argc && strcmp(argv[optind - 1], "--") != 0)
        return command_usage_error("shell", "what goes to the shell itself stands after --: %s",
                                   argv[optind]);
    if (p->both && p->q.out)
        return command_usage_error("shell", "--out is for one guest: both would leave the same names");
    p->q.args = argv + optind;
    p->q.nargs = (size_t)(argc - optind);
    if (p->grants.n == 0)
        (void)grants_shell(&p->grants);
    p->q.grants = &p->grants;
    return 0;
}

static int prepare(struct exec_request *q)
{
    char why[256];
    int rc = exec_out_make(q);

    if (rc != 0)
        return rc;
    if (guest_accel_resolve(q->accel, &q->accel, why, sizeof why) < 0) {
        fprintf(stderr, "capbench shell: --accel: %s\n", why);
        return EXIT_EXEC_FAILED;
    }
    return 0;
}

/* One guest, at this terminal or on these streams. */
static int single(struct exec_request *q, bool terminal, bool quiet)
{
    if (terminal)
        keyboard_size(STDOUT_FILENO, &q->rows, &q->columns);
    if (terminal && !quiet)
        fprintf(stderr,
                "%s guest (%s). Ctrl-D ends the shell, Ctrl-] the guest. What it writes goes to this "
                "terminal as it is.\n",
                q->guest == GUEST_CAPOS ? "capOS" : "Linux", guest_accel_name(q->accel));
    return shell_run(q);
}

int command_shell(int argc, char **argv)
{
    struct parsed p = {.q = {.who = "shell", .guest = GUEST_CAPOS, .memory_mib = 512, .input = STDIN_FILENO}};
    bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    int rc = parse(&p, argc, argv);

    if (rc == 0 && p.help) {
        fputs(help, stdout);
    } else if (rc == 0) {
        interrupt_install();
        rc = prepare(&p.q);
        if (rc == 0)
            rc = !p.both    ? single(&p.q, terminal, p.quiet)
                 : terminal ? shell_both_terminal(argc, argv)
                            : shell_both_streams(&p.q);
    }
    grants_free(&p.grants);
    return rc;
}
