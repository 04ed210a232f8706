/* SPDX-License-Identifier: MIT */
/*
 * capbench: the command line's first word.
 * Invariant: standard output carries results only; everything else goes to standard error.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

static const char help[] =
    "usage: capbench COMMAND [options]      capbench COMMAND --help\n"
    "Real workloads on a minimal capOS guest, each verified, side by side with Linux.\n"
    "  run [WORKLOAD...]     boot guests, run workloads in pairs, verify, print the table\n"
    "  dash [WORKLOAD...]    the same, live on the terminal; dash DIR replays a result directory\n"
    "  exec ELF [ARG...]     one program in one guest; its exit code is ours\n"
    "  shell                 an interactive shell in a guest, or in both side by side\n"
    "  verify DIR            recompute every figure of a run from its raw data\n"
    "  reference WORKLOAD    its artifacts from the host's own build, to hold the guests' against\n"
    "  list                  ports and workloads, each with the level its evidence supports\n"
    "  help                  this text        --version   the version\n"
    "Not built yet: report, compare.\n";

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
    {"run", command_run},     {"exec", command_exec}, {"verify", command_verify},
    {"list", command_list},   {"dash", command_dash}, {"reference", command_reference},
    {"shell", command_shell},
};

static const char *const later[] = {"report", "compare"};

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs(help, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        fputs(help, stdout);
        return EXIT_FINE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("capbench " CAPBENCH_VERSION);
        return EXIT_FINE;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, argv[1]) == 0)
            return commands[i].run(argc - 1, argv + 1);
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
        if (strcmp(later[i], argv[1]) == 0) {
            fprintf(stderr, "unsupported: capbench %s (not built yet)\n", argv[1]);
            return EXIT_USAGE;
        }
    fprintf(stderr, "capbench: unknown command %s; see capbench help\n", argv[1]);
    return EXIT_USAGE;
}
