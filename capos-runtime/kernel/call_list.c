/* SPDX-License-Identifier: MIT */
/*
 * Lists of calls that wait: an object's, in the order in which they came. Invariant: a call is in one list at
 * the most, and leaves it from anywhere without a search.
 */
#include "kernel/cap.h"

void call_list_init(struct call_list *l)
{
    l->first = NULL;
    l->last = &l->first;
}

void call_list_push(struct call_list *l, struct call *c)
{
    c->next = NULL;
    c->prev = l->last;
    *l->last = c;
    l->last = &c->next;
}

void call_list_insert(struct call_list *l, struct call *c, struct call *before)
{
    if (before == NULL) {
        call_list_push(l, c);
        return;
    }
    c->next = before;
    c->prev = before->prev;
    *c->prev = c;
    before->prev = &c->next;
}

void call_list_remove(struct call_list *l, struct call *c)
{
    *c->prev = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    else
        l->last = c->prev;
    c->next = NULL;
    c->prev = NULL;
}
