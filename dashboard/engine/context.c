/* SPDX-License-Identifier: MIT */
/*
 * Circumstances; see context.h.
 * Invariant: texts that come from tools are escaped.
 */
#include "context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "boot.h"
#include "files.h"
#include "json.h"
#include "mem.h"
#include "process.h"
#include "text.h"

/* The first line a program prints, escaped; NULL when it cannot be run. */
static char *first_line(const char *program, const char *option)
{
    char *argv[] = {mem_dup(program), mem_dup(option), NULL}, *out = NULL, *line = NULL;

    if (process_run(argv, 10, 1 << 16, 1, &out) == 0)
        line = text_escaped(out, strcspn(out, "\n"), 200);
    free(out);
    free(argv[0]);
    free(argv[1]);
    return line;
}

static char *cpu_model(void)
{
    FILE *f = fopen("/proc/cpuinfo", "re");
    char line[512], *model = NULL;

    while (f && !model && fgets(line, sizeof line, f)) {
        char *v = strncmp(line, "model name", 10) == 0 ? strchr(line, ':') : NULL;

        if (v) {
            v += 1 + strspn(v + 1, " \t");
            model = text_escaped(v, strcspn(v, "\n"), 200);
        }
    }
    if (f)
        fclose(f);
    return model;
}

static void add_owned(cJSON *o, const char *key, char *text)
{
    json_add_text(o, key, text);
    free(text);
}

cJSON *context_host(void)
{
    cJSON *o = cJSON_CreateObject();
    const char *qemu = getenv("CAPBENCH_QEMU");
    struct utsname u;

    add_owned(o, "qemu", first_line(qemu && *qemu ? qemu : "qemu-system-x86_64", "--version"));
    add_owned(o, "cpuModel", cpu_model());
    json_add_u64(o, "cpus", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    if (uname(&u) == 0)
        add_owned(o, "hostKernel", mem_printf("%s %s %s", u.sysname, u.release, u.machine));
    json_add_text(o, "engineCompiler", __VERSION__);
    return o;
}

cJSON *context_ports(void)
{
    char *path = mem_printf("%s/ports/ports.json", files_build_dir()), *why = NULL;
    cJSON *o = json_load(path, &why);

    free(why);
    free(path);
    return o;
}

char *context_kernel_path(enum guest_kind guest)
{
    if (guest == GUEST_NATIVE)
        return NULL;
    return mem_printf("%s/%s", files_build_dir(),
                      guest == GUEST_CAPOS ? "capos/kernel.elf" : "linux-guest/vmlinux");
}

char *context_agent_path(enum guest_kind guest)
{
    return mem_printf("%s/agent/%s/agent", files_build_dir(), guest == GUEST_CAPOS ? "capos" : "linux");
}

static const cJSON *find_port(const cJSON *ports, const char *name)
{
    const cJSON *e;

    cJSON_ArrayForEach(e, cJSON_GetObjectItemCaseSensitive(ports, "ports"))
    {
        const char *n = json_text(e, "name");

        if (n && strcmp(n, name) == 0)
            return e;
    }
    return NULL;
}

static void add_ports(cJSON *o, const struct definition *d, const cJSON *ports)
{
    cJSON *a = cJSON_AddArrayToObject(o, "ports");

    json_add_text(o, "compiler", json_text(ports, "compiler"));
    json_add_text(o, "cflags", json_text(ports, "cflags"));
    for (size_t i = 0; i < d->nports; i++) {
        const cJSON *p = find_port(ports, d->ports[i]);

        if (p)
            cJSON_AddItemToArray(a, cJSON_Duplicate(p, 1));
    }
}

static void add_hash(cJSON *o, const char *key, const struct session *s, char *path)
{
    const char *sha = NULL;

    for (size_t i = 0; path && i < s->inputs.n; i++)
        if (strcmp(s->inputs.in[i]->path, path) == 0)
            sha = s->inputs.in[i]->sha256;
    json_add_text(o, key, sha);
    free(path);
}

static void add_guest(cJSON *o, const struct session *s, const struct cell *c)
{
    cJSON *k = cJSON_AddObjectToObject(o, "kernel"), *programs;

    add_hash(k, "sha256", s, context_kernel_path(c->guest));
    if (c->guest == GUEST_LINUX) {
        char *path = mem_printf("%s/linux-guest/kernel.json", files_build_dir()), *why = NULL;
        cJSON *package = json_load(path, &why);

        if (package)
            cJSON_AddItemToObject(k, "package", package);
        free(why);
        free(path);
    }
    add_hash(o, "agentSha256", s, context_agent_path(c->guest));
    programs = cJSON_AddObjectToObject(o, "programs");
    for (size_t i = 0; i < c->d->nprograms; i++)
        if (c->d->programs[i].program &&
            !cJSON_GetObjectItemCaseSensitive(programs, c->d->programs[i].program))
            add_hash(programs, c->d->programs[i].program, s, boot_program_path(&c->d->programs[i], c->guest));
}

static void add_scripts(cJSON *o, const struct session *s, const struct definition *d)
{
    cJSON *scripts = d->nscripts ? cJSON_AddObjectToObject(o, "scripts") : NULL;

    for (size_t i = 0; i < d->nscripts; i++)
        add_hash(scripts, d->scripts[i], s, boot_script_path(d->scripts[i]));
}

static void add_argv(cJSON *o, const struct cell *c)
{
    cJSON *a;

    if (!c || c->nboots == 0 || !c->boot[0]->argv)
        return;
    a = cJSON_AddArrayToObject(o, definition_guest_name(c->guest));
    for (size_t i = 0; c->boot[0]->argv[i]; i++)
        cJSON_AddItemToArray(a, cJSON_CreateString(c->boot[0]->argv[i]));
}

static void add_corpus(cJSON *o, const struct corpus *c)
{
    cJSON *k = cJSON_AddObjectToObject(o, "corpus"), *files;

    json_add_text(k, "set", c->set);
    json_add_text(k, "size", c->size);
    json_add_u64(k, "bytes", c->bytes);
    json_add_text(k, "sha256", c->sha256);
    files = cJSON_AddObjectToObject(k, "files");
    for (size_t i = 0; i < c->n; i++)
        json_add_text(files, c->file[i].name, c->file[i].sha256);
}

static void add_order(cJSON *o, const struct cell *c, const struct cell *other)
{
    cJSON *order = cJSON_AddArrayToObject(o, "order"), *logs = cJSON_AddArrayToObject(o, "rawLogs");
    const struct cell *cells[] = {c, other};

    for (unsigned n = 1; n != 0; n++) {
        const struct boot *next = NULL;

        for (int k = 0; k < 2; k++)
            for (size_t i = 0; cells[k] && i < cells[k]->nboots; i++)
                if (cells[k]->boot[i]->number >= n && (!next || cells[k]->boot[i]->number < next->number))
                    next = cells[k]->boot[i];
        if (!next)
            return;
        cJSON_AddItemToArray(order, cJSON_CreateString(next->name));
        if (next->guest == c->guest) {
            char *path = mem_printf("raw/%s", next->name);

            cJSON_AddItemToArray(logs, cJSON_CreateString(path));
            free(path);
        }
        n = next->number;
    }
}

cJSON *context_record(const struct session *s, const struct cell *c, const struct cell *other,
                      const struct corpus *corpus, const cJSON *ports, const char *diff)
{
    cJSON *o = cJSON_CreateObject(), *argv;
    char seed[24];

    json_add_text(o, "acceleratorWhy", s->accel_why);
    cJSON_AddBoolToObject(o, "emulated", c->guest != GUEST_NATIVE && s->accel != ACCEL_KVM);
    json_add_text(o, "guestCpu", c->guest == GUEST_NATIVE ? NULL : GUEST_CPU);
    json_add_u64(o, "memoryMiB", c->d->memory_mib[s->size]);
    cJSON_AddItemToObject(o, "host", cJSON_Duplicate(s->host, 1));
    if (definition_disk(c->d, c->guest))
        cJSON_AddItemToObject(o, "disk", disk_images_context(&s->disks, c->guest, c->d->disk_mib[s->size]));
    add_guest(o, s, c);
    add_ports(o, c->d, ports);
    add_corpus(o, corpus);
    add_scripts(o, s, c->d);
    json_add_text(o, "treeHash", c->nboots ? c->boot[0]->tree_hash : NULL);
    argv = cJSON_AddObjectToObject(o, "commandLines");
    add_argv(argv, c);
    if (c->guest != GUEST_NATIVE)
        add_argv(argv, other);
    json_add_text(o, "commandLineDiff", diff);
    json_add_text(o, "verifier", c->d->verifier_kind);
    json_add_text(o, "golden", c->d->golden);
    json_add_u64(o, "parserVersion", c->d->parser_version);
    json_add_u64(o, "warmups", c->d->warmups);
    json_add_u64(o, "iterations", c->d->iterations[s->size]);
    json_add_u64(o, "pairsPlanned", s->pairs);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)s->seed);
    json_add_text(o, "seed", seed);
    add_order(o, c, other);
    return o;
}

static void hash_ports(struct digest *h, const struct definition *d, enum guest_kind guest,
                       const cJSON *ports)
{
    static const char *const pins[] = {"name", "version", "sha256", "configuration"};

    for (size_t i = 0; i < d->nports; i++) {
        const cJSON *p = find_port(ports, d->ports[i]);
        const cJSON *products = cJSON_GetObjectItemCaseSensitive(p, "products");
        const char *key = json_text(
            cJSON_GetObjectItemCaseSensitive(products, guest == GUEST_CAPOS ? "capos" : "linux"), "key");
        char *patches = json_canonical(cJSON_GetObjectItemCaseSensitive(p, "patches"));

        for (size_t k = 0; k < sizeof pins / sizeof pins[0]; k++)
            digest_field(h, json_text(p, pins[k]) ? json_text(p, pins[k]) : "");
        digest_field(h, patches);
        digest_field(h, key ? key : "");
        free(patches);
    }
}

void context_config_hash(const struct session *s, const struct cell *c, const struct corpus *corpus,
                         const cJSON *ports, char hex[DIGEST_HEX])
{
    const struct definition *d = c->d;
    enum guest_kind guest = c->guest;
    struct digest *h = digest_new();

    digest_field(h, d->canonical);
    digest_field(h, definition_size_name(s->size));
    digest_field(h, definition_backing_name(c->backing));
    digest_field(h, guest == GUEST_NATIVE ? "native" : guest_accel_name(s->accel));
    digest_field(h, corpus->sha256);
    hash_ports(h, d, guest, ports);
    digest_end(h, hex);
}
