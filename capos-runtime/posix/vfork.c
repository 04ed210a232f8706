/* SPDX-License-Identifier: MIT */
/* vfork's frames. Invariant: see vfork.h; a frame holds a reference to every description its parent had. */
#include "posix/vfork.h"

#include "posix/child.h"
#include "posix/fd.h"
#include "posix/path.h"
#include "posix/signal.h"

#define FRAME_MAX 4u /* a shell needs two */

static struct frame {
    struct vfork_regs regs;
    vfork_resume *resume;
    struct child *child;
    struct fd_table fds;
    struct signal_state signals;
    long umask;
    char cwd[PATH_MAX_BYTES];
} frames[FRAME_MAX];
static unsigned depth;

unsigned vfork_depth(void)
{
    return depth;
}

uint32_t vfork_pid(void)
{
    return frames[depth - 1].child->pid;
}

struct vfork_regs *posix_vfork_begin(vfork_resume *resume)
{
    struct frame *f = &frames[depth];
    const long mask[1] = {0};
    if (depth == FRAME_MAX || !posix_caps.have_spawner)
        return NULL;
    f->child = child_new(posix_new_pid());
    if (!f->child)
        return NULL;
    f->resume = resume;
    fd_save(&f->fds);
    signal_save(&f->signals);
    posix_strcpy(f->cwd, path_cwd(), sizeof f->cwd);
    f->umask = posix_umask(mask);
    posix_umask(&f->umask);
    depth++;
    return &f->regs;
}

_Noreturn static void second_return(void)
{
    child_orphans(depth);
    struct frame *f = &frames[--depth];
    fd_restore(&f->fds);
    signal_restore(&f->signals);
    path_set_cwd(f->cwd);
    posix_umask(&f->umask);
    f->resume(&f->regs, (long)f->child->pid);
    __builtin_trap();
}

_Noreturn void vfork_exec(uint32_t handle)
{
    child_run(frames[depth - 1].child, handle);
    second_return();
}

_Noreturn void vfork_exit(int64_t code)
{
    child_end(frames[depth - 1].child, code);
    second_return();
}
