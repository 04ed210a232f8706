/* SPDX-License-Identifier: MIT */
/*
 * `capbench dash`: options, then one of the loops or a script.
 * Invariant: what is no option of ours goes to `capbench run` as it is; nothing is started before every
 * option of ours has been checked.
 */
#include "command.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "files.h"
#include "json.h"
#include "loop.h"
#include "script.h"
#include "table.h"
#include "terminal.h"

static const char help[] =
    "usage: capbench dash [WORKLOAD|FAMILY...] [options] [options of capbench run]\n"
    "       capbench dash DIR [options]\n"
    "Starts a run and shows it live; with a result directory, follows its run or replays it.\n"
    "The run is a process of its own: leaving the dashboard does not end it unless you say so. ? lists the "
    "keys.\n"
    "  --replay               replay DIR from its first event (default: show its end; key 0 replays)\n"
    "  --speed N              replay N times as fast (default 10)\n"
    "  --results DIR          where History looks for runs (default: beside the run)\n"
    "  --ascii                no character beyond ASCII (by itself where the locale is not UTF-8)\n"
    "  --color auto|always|never   default auto: colour unless NO_COLOR is set\n"
    "  --theme auto|dark|light     colours for the background (default auto, by COLORFGBG)\n"
    "  --mouse                click and wheel\n"
    "  --linear               lines instead of a screen, for screen readers; type a key and Enter\n"
    "  --script FILE          keys, waits and saved screens from a file (see dashboard/ui/script.h)\n"
    "  --screen WxH           screen of a script (default 80x24)\n"
    "  --save DIR             where a script and key e write (default: here)\n"
    "Without a terminal, or with TERM=dumb, a run is told in lines.\n"
    "Ctrl-C or SIGTERM ends the run in order and keeps what is finished; a lost terminal leaves it running.\n"
    "Exit: that of the run; 0 after a replay; 2 usage; a script: 1 when an expectation fails.\n";

struct options {
    struct app_options app;
    const char *script, *color, *theme, *out;
    int w, h;
    char **word; /* positional arguments */
    size_t nwords;
    bool help;
};

/* Options of `capbench run` that take a value in the next argument. */
static bool run_takes_value(const char *arg)
{
    static const char *const takes[] = {"--size", "--guest", "--backing", "--pairs", "--accel", "--seed"};

    for (size_t i = 0; i < sizeof takes / sizeof takes[0]; i++)
        if (strcmp(arg, takes[i]) == 0)
            return true;
    return false;
}

static void run_arg(struct options *o, char *arg)
{
    o->app.run_args = mem_grow(o->app.run_args, o->app.nrun_args + 1, sizeof(char *));
    o->app.run_args[o->app.nrun_args++] = arg;
}

/* "--name VALUE" or "--name=VALUE" at argv[*i]; moves *i. NULL when it is another option or has no value. */
static const char *value_of(int argc, char **argv, int *i, const char *name)
{
    size_t n = strlen(name);

    if (*i >= argc || !argv[*i] || strncmp(argv[*i], name, n) != 0)
        return NULL;
    if (argv[*i][n] == '=')
        return argv[*i] + n + 1;
    if (argv[*i][n] == '\0' && *i + 1 < argc)
        return argv[++*i];
    return NULL;
}

static bool take_flag(struct options *o, const char *arg)
{
    if (strcmp(arg, "--ascii") == 0)
        o->app.ascii = true;
    else if (strcmp(arg, "--mouse") == 0)
        o->app.mouse = true;
    else if (strcmp(arg, "--linear") == 0)
        o->app.linear = true;
    else if (strcmp(arg, "--replay") == 0)
        o->app.from_start = true;
    else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
        o->help = true;
    else
        return false;
    return true;
}

/* Takes one option with a value at argv[*i]; 1 taken, 0 not ours, else a usage error. */
static int take_value(struct options *o, int argc, char **argv, int *i)
{
    const char *v;
    char *end;

    if ((v = value_of(argc, argv, i, "--script")))
        return o->script = v, 1;
    if ((v = value_of(argc, argv, i, "--save")))
        return o->app.save_dir = v, 1;
    if ((v = value_of(argc, argv, i, "--results")))
        return o->app.results = v, 1;
    if ((v = value_of(argc, argv, i, "--out")))
        return o->out = v, 1;
    if ((v = value_of(argc, argv, i, "--speed"))) {
        o->app.speed = strtod(v, &end);
        return *v && !*end && o->app.speed > 0 && o->app.speed <= 10000
                   ? 1
                   : command_usage_error("dash", "--speed is a number above 0, at most 10000, not %s", v);
    }
    if ((v = value_of(argc, argv, i, "--screen")))
        return script_size(v, &o->w, &o->h) == 0
                   ? 1
                   : command_usage_error("dash", "--screen is WIDTHxHEIGHT, each 1 to 1000, not %s", v);
    if ((v = value_of(argc, argv, i, "--color"))) {
        o->color = v;
        return strcmp(v, "auto") == 0 || strcmp(v, "always") == 0 || strcmp(v, "never") == 0
                   ? 1
                   : command_usage_error("dash", "--color is auto, always or never, not %s", v);
    }
    if ((v = value_of(argc, argv, i, "--theme"))) {
        o->theme = v;
        return strcmp(v, "auto") == 0 || strcmp(v, "dark") == 0 || strcmp(v, "light") == 0
                   ? 1
                   : command_usage_error("dash", "--theme is auto, dark or light, not %s", v);
    }
    return 0;
}

static int parse(struct options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int rc;

        if (take_flag(o, argv[i]))
            continue;
        rc = take_value(o, argc, argv, &i);
        if (rc == 1)
            continue;
        if (rc != 0)
            return rc;
        if (strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "--quiet") == 0)
            return command_usage_error("dash", "%s is for capbench run", argv[i]);
        if (argv[i][0] == '-' && argv[i][1]) {
            run_arg(o, argv[i]);
            if (run_takes_value(argv[i]) && i + 1 < argc)
                run_arg(o, argv[++i]);
            continue;
        }
        o->word = mem_grow(o->word, o->nwords + 1, sizeof(char *));
        o->word[o->nwords++] = argv[i];
    }
    return 0;
}

static void settle_looks(struct options *o)
{
    const char *no = getenv("NO_COLOR");

    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        o->app.ascii = true;
    o->app.mono = o->color && strcmp(o->color, "auto") != 0 ? strcmp(o->color, "never") == 0 : no && *no;
    o->app.light = o->theme && strcmp(o->theme, "auto") != 0 ? strcmp(o->theme, "light") == 0 : term_light();
}

static bool on_terminal(const struct options *o)
{
    return !o->app.linear && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term_usable(NULL);
}

static bool is_result(const char *dir)
{
    char *path = mem_printf("%s/events.jsonl", dir);
    bool yes = files_is_file(path);

    free(path);
    return yes;
}

static int show(struct app *a, const struct options *o)
{
    if (o->script)
        return script_run(a, o->script, o->w, o->h);
    return on_terminal(o) ? loop_terminal(a) : loop_lines(a);
}

static int dash_dir(struct options *o)
{
    struct app a;
    int rc = app_open(&a, &o->app, o->word[0]);

    if (rc < 0) {
        fprintf(stderr, "capbench dash: %s: %s\n", o->word[0], strerror(-rc));
        return EXIT_USAGE;
    }
    rc = show(&a, o);
    app_close(&a);
    return rc;
}

/* The closing table of `capbench run`, from the files it wrote. */
static void print_table(const char *dir)
{
    static const char *const names[] = {"results", "comparisons"}, *const keys[] = {"records", "comparisons"};
    cJSON *o[2];

    for (int i = 0; i < 2; i++) {
        char *path = mem_printf("%s/%s.json", dir, names[i]), *why = NULL;

        o[i] = json_load(path, &why);
        free(why);
        free(path);
    }
    if (o[0] && o[1])
        table_print(stdout, cJSON_GetObjectItemCaseSensitive(o[0], keys[0]),
                    cJSON_GetObjectItemCaseSensitive(o[1], keys[1]));
    cJSON_Delete(o[0]);
    cJSON_Delete(o[1]);
}

static int dash_run(struct options *o)
{
    char *dir = o->out ? mem_dup(o->out) : runner_new_dir();
    struct app a;
    int rc;

    for (size_t i = 0; i < o->nwords; i++)
        run_arg(o, o->word[i]);
    if (is_result(dir)) {
        rc = command_usage_error("dash", "%s already holds a run; choose another --out", dir);
        free(dir);
        return rc;
    }
    rc = app_start(&a, &o->app, dir);
    if (rc < 0) {
        fprintf(stderr, "capbench dash: %s: %s\n", dir, strerror(-rc));
        rc = EXIT_HARNESS;
    } else {
        rc = show(&a, o);
        if (a.run.ended && !a.model.started) {
            char *line = runner_last_line(&a.run);

            fprintf(stderr, "capbench dash: the run did not start: %s\n", line);
            free(line);
        } else {
            if (a.model.ended)
                print_table(dir);
            printf("%s: %s\n", app_running(&a) ? "the run goes on; look again with capbench dash" : "results",
                   dir);
        }
    }
    app_close(&a);
    free(dir);
    return rc;
}

int command_dash(int argc, char **argv)
{
    struct options o = {.w = 80, .h = 24};
    int rc = parse(&o, argc, argv);

    if (rc == 0 && o.help) {
        fputs(help, stdout);
    } else if (rc == 0) {
        settle_looks(&o);
        if (o.nwords == 1 && is_result(o.word[0]))
            rc = o.app.nrun_args ? command_usage_error("dash", "%s is a result directory: %s is for a run",
                                                       o.word[0], o.app.run_args[0])
                                 : dash_dir(&o);
        else if (o.app.from_start)
            rc = command_usage_error("dash", "--replay needs a result directory");
        else
            rc = dash_run(&o);
    }
    free(o.word);
    free(o.app.run_args);
    return rc;
}
