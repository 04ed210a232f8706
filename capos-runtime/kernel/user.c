/* SPDX-License-Identifier: MIT */
/*
 * Copies between the kernel and the memory of a process.
 * Invariant: a user address is never dereferenced: each page is looked up in the page tables, brought in if
 * its range allows the access, and touched where the kernel sees the frame. A copy that meets a bad page
 * stops there with -EFAULT.
 */
#include "abi/errno.h"
#include "kernel/process.h"
#include "kernel/string.h"

uint8_t *user_page(struct process *p, uint64_t va, unsigned access)
{
    unsigned prot;
    paddr_t pa = aspace_lookup(p->aspace, va, &prot);
    if (pa == 0) {
        if (!vm_fault(p, va, access))
            return NULL;
        pa = aspace_lookup(p->aspace, va, &prot);
    }
    if (pa == 0 || (prot & access) != access)
        return NULL;
    return frame_ptr(pa);
}

int user_read(struct process *p, void *dst, uint64_t src, size_t n)
{
    uint8_t *to = dst;
    if (src + n < src)
        return -EFAULT;
    while (n > 0) {
        size_t in_page = src % PAGE_SIZE, part = PAGE_SIZE - in_page;
        const uint8_t *page = user_page(p, src - in_page, PROT_R);
        if (page == NULL)
            return -EFAULT;
        part = part < n ? part : n;
        memcpy(to, page + in_page, part);
        to += part;
        src += part;
        n -= part;
    }
    return 0;
}

int user_write(struct process *p, uint64_t dst, const void *src, size_t n)
{
    const uint8_t *from = src;
    if (dst + n < dst)
        return -EFAULT;
    while (n > 0) {
        size_t in_page = dst % PAGE_SIZE, part = PAGE_SIZE - in_page;
        uint8_t *page = user_page(p, dst - in_page, PROT_W);
        if (page == NULL)
            return -EFAULT;
        part = part < n ? part : n;
        memcpy(page + in_page, from, part);
        from += part;
        dst += part;
        n -= part;
    }
    return 0;
}

int user_check(struct process *p, uint64_t addr, size_t n, unsigned prot)
{
    return vm_check(p, addr, n, prot);
}
