/* SPDX-License-Identifier: MIT */
/*
 * What a boot's guest is given: programs, corpus, plan, and how much may come out; see boot.h.
 * Invariant: a function of the definition, the size and the build alone.
 */
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "files.h"
#include "mem.h"

#define MIB UINT64_C(1048576)

const char *boot_flavour(enum guest_kind guest)
{
    return guest == GUEST_CAPOS ? "capos" : "linux";
}

char *boot_program_path(const struct def_program *p, enum guest_kind guest)
{
    return p->program ? mem_printf("%s/ports/%s/%s", files_build_dir(), boot_flavour(guest), p->program)
                      : NULL;
}

char *boot_script_path(const char *script)
{
    return mem_printf("%s/workloads/%s", files_root_dir(), script);
}

struct guest_file *boot_image_files(const struct definition *d, const struct corpus *c, const char *programs,
                                    size_t *n)
{
    struct guest_file *f = mem_zalloc((d->nprograms + c->n + d->nscripts + 1) * sizeof *f);

    *n = 0;
    for (size_t i = 0; i < d->nprograms; i++) {
        const char *name = d->programs[i].program;
        bool known = !name;

        for (size_t k = 0; k < i && !known; k++)
            known = d->programs[k].program && strcmp(d->programs[k].program, name) == 0;
        if (known)
            continue;
        f[*n].path = mem_printf("bin/%s", name);
        f[*n].host_path = mem_printf("%s/%s", programs, name);
        f[(*n)++].executable = true;
    }
    for (size_t i = 0; i < c->n; i++) {
        f[*n].path = mem_printf("tree/in/%s", c->file[i].name);
        f[(*n)++].host_path = mem_dup(c->file[i].path);
    }
    for (size_t i = 0; i < d->nscripts; i++) {
        f[*n].path = mem_printf("tree/script/%s", definition_script_name(d->scripts[i]));
        f[(*n)++].host_path = boot_script_path(d->scripts[i]);
    }
    return f;
}

void boot_free_files(struct guest_file *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        union {
            const char *in;
            char *out;
        } path = {f[i].path}, host = {f[i].host_path};

        free(path.out);
        free(host.out);
    }
    free(f);
}

uint64_t boot_export_limit(const struct definition *d, enum def_size size, const struct corpus *c)
{
    unsigned mib = d->export_mib[size];

    return mib ? mib * MIB : 4 * c->bytes + 16 * MIB;
}

char *boot_plan(const struct definition *d, const struct plan_boot *boot, const struct corpus *c)
{
    enum def_size size = boot->size;
    struct plan_limits limits = {.seconds =
                                     (uint64_t)d->limit_seconds[size] * (boot->patience ? boot->patience : 1),
                                 .output_bytes = 8 * MIB,
                                 .export_bytes = boot_export_limit(d, size, c)};
    char **names = mem_zalloc((c->n + 1) * sizeof *names), *plan;

    for (size_t i = 0; i < c->n; i++)
        names[i] = c->file[i].name;
    plan = plan_build(d, boot, names, c->n, &limits);
    free(names);
    return plan;
}
