/* SPDX-License-Identifier: MIT */
/*
 * The object part's start and end: boot image and manifest, the first process with exactly the capabilities
 * they name, and the halt when it has ended. Invariant: the guest halts if and only if the first process has
 * ended (or never could run); by then every process is gone and every frame is back, or the serial log says
 * how many are not.
 */
#include "abi/bench.h"
#include "abi/errno.h"
#include "kernel/cap_sources.h"
#include "kernel/counts.h"
#include "kernel/diskstore.h"
#include "kernel/memfault.h"
#include "kernel/objects.h"
#include "kernel/process.h"
#include "kernel/scratch.h"
#include "kernel/string.h"
#include "kernel/textcache.h"

static struct manifest manifest;
static struct process *first;
static uint64_t frames_at_start;

const struct manifest *objects_manifest(void)
{
    return &manifest;
}

static void boot_refuse(const char *what, const char *why)
{
    klog("boot refused: %s: %s", what, why);
    machine_exit(BENCH_QEMU_BOOT_REFUSED);
}

/* halt: runs on the idle stack when no thread is left. */
static void halt(void *ctx)
{
    int64_t code = first->exit_code;
    (void)ctx;
    process_unref(first);
    block_drain();
    diskstore_end();
    textcache_drop();
    uint64_t free = frame_free_count();
    klog("frames free=%lu when=end", free);
    if (free != frames_at_start)
        klog("frames lost=%ld", (long)(frames_at_start - free));
    klog("scratch used=%lu", scratch_used());
    klog("halt code=%ld", (long)code);
    machine_exit(code == 0 && free == frames_at_start && scratch_used() == 0 ? BENCH_QEMU_SUCCESS
                                                                             : BENCH_QEMU_INIT_FAILED);
}

static void ended(struct process *p)
{
    if (p != first) {
        memfault_end(p->depth - 1);
        return;
    }
    process_end_all();
    sched_call_idle(halt, NULL);
}

/* grant_make: one capability of the manifest; upstream's sources are left to process_create, which knows the
 * process. */
static int grant_make(const struct manifest_cap *cap, struct process_grant *g)
{
    int err = 0;
    g->name = cap->name;
    g->source = cap->source;
    g->object = NULL;
    if (cap->source >= SRC_BENCH_CHANNEL)
        g->object = source_make_ours(cap->source, cap->path, cap->read_only, &err);
    return err;
}

static void first_process(void)
{
    static struct process_grant grants[CAPOS_CAPSET_MAX_ENTRIES];
    const struct manifest_binary *b =
        manifest_find(&manifest, manifest.init_binary, strlen(manifest.init_binary));
    struct process_spec spec = {.name = manifest.init_name,
                                .elf = b->elf,
                                .elf_len = b->len,
                                .lasting = true,
                                .grants = grants,
                                .ngrants = manifest.ncaps};
    const char *why = "";
    for (uint32_t i = 0; i < manifest.ncaps; i++) {
        int err = grant_make(&manifest.caps[i], &grants[i]);
        if (err != 0)
            boot_refuse(manifest.caps[i].name, err == -ENOENT ? "no such path in the image" : "no memory");
    }
    if (process_create(&spec, &first, &why) != 0)
        boot_refuse(manifest.init_binary, why);
    for (uint32_t i = 0; i < manifest.ncaps; i++)
        if (grants[i].object != NULL)
            cap_unref(grants[i].object);
    process_ref(first);
    process_on_end(ended);
    process_start(first);
    klog("init ns=%lu", clock_ns());
}

void objects_start(const uint8_t *image, size_t image_len, const char *cmdline)
{
    const char *why = "";
    if (call_init() != 0)
        boot_refuse("kernel", "no memory for message buffers");
    if (image == NULL)
        boot_refuse("image", "no boot image (-initrd)");
    if (manifest_load(image, image_len, &manifest, &why) != 0)
        boot_refuse("image", why);
    sources_init(image, image_len, manifest.bytes, manifest.len);
    frames_at_start = frame_free_count();
    klog("frames free=%lu when=start", frames_at_start);
    if (!memfault_start(cmdline))
        boot_refuse("memory-fault", "wants FIRST,STEP, two numbers above 0");
    if (!counts_start(cmdline))
        boot_refuse("spawn-counts", "wants the name of a program");
    first_process();
}
