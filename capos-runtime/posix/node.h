/* SPDX-License-Identifier: MIT */
/*
 * The cache of Files and Directories this process has reached, a tree keyed by (parent, name).
 * Invariant: a process has 65,536 capability lifetimes, so opening a name again reuses the capability. A
 * cached name is trusted until something from outside could have told this process of a change (a read from a
 * pipe or terminal, a child's end, a sleep: node_world_changed), and for NODE_USES uses at most; then it is
 * looked up anew. A node that is held (an open file) or has children is never evicted. Absent names are never
 * cached.
 */
#ifndef POSIX_NODE_H
#define POSIX_NODE_H

#include "posix/posix.h"

#define NODE_MAX      144u
#define NODE_NAME_MAX 255u
#define NODE_USES     256u

enum node_kind { NODE_FREE, NODE_DIR, NODE_FILE };

struct node {
    uint8_t kind;     /* enum node_kind */
    uint8_t detached; /* its name is gone or means something else now; lives while held */
    uint8_t access;   /* 0 not known, 1 writable, 2 read-only */
    uint8_t name_len;
    uint16_t held; /* open files and the like */
    uint16_t children;
    uint32_t cap;
    uint32_t append_cap; /* a File opened for appending, if has_append */
    bool has_append;
    bool root;    /* preopened: no parent, never evicted */
    bool granted; /* a File that was handed over open: no name here; gone with its last holder */
    uint32_t uses;
    uint64_t epoch, stamp;
    uint64_t ino, created; /* 0: not asked yet */
    struct node *parent;
    char name[NODE_NAME_MAX + 1];
};

/* node_root: a node for a preopened Directory. NULL when there is no room. */
struct node *node_root(uint32_t cap, const char *label);

/* node_granted: a node, held once, for a File that was handed over open; `append`: every write through it
 * goes to the end. NULL when there is no room. */
struct node *node_granted(uint32_t cap, bool append, uint64_t ino);

/* node_hold, node_drop: keeps a node beyond the call; the last drop of a detached one frees it. */
void node_hold(struct node *n);
void node_drop(struct node *n);

/* node_lookup: the file or directory `name` in `dir`. 0 with *out (not held), -ENOENT, -ENFILE, … */
int node_lookup(struct node *dir, const char *name, size_t len, struct node **out);
/* node_walk: the same for a directory: -ENOTDIR when it is a file. */
int node_walk(struct node *dir, const char *name, size_t len, struct node **out);
/* node_open: the same for a file, made if absent when `create`: -EISDIR when it is a directory. */
int node_open(struct node *dir, const char *name, size_t len, bool create, struct node **out);
/* node_kind: what `name` is, without spending a capability on a directory: NODE_DIR, NODE_FILE, or a negative
 * errno. */
int node_kind_of(struct node *dir, const char *name, size_t len);
/* node_mkdir: a new directory. */
int node_mkdir(struct node *dir, const char *name, size_t len);
/* node_append: makes sure n->append_cap is there. */
int node_append(struct node *n);
/* node_writable: 0, or -EROFS, found out by an empty write (once per node). */
int node_writable(struct node *n);

/* node_sync_dir: makes changed names of the tree that dir is in durable. Directory has no call for it, but
 * File.sync commits every name of its store: so it goes through any file of the tree. 0 when there is nothing
 * to write (a read-only tree). */
int node_sync_dir(const struct node *dir);

/* node_forget, node_moved: the cache's part of unlink and rename, after the Directory has done its own. */
void node_forget(struct node *dir, const char *name, size_t len);
void node_moved(struct node *dir, const char *from, size_t from_len, const char *to, size_t to_len);

/* node_world_changed: something from outside was heard; cached names are looked up anew at their next use. */
void node_world_changed(void);

/* node_path: the absolute path of a directory node into out (n bytes). 0, -ENOENT (removed), -ENAMETOOLONG.
 */
int node_path(const struct node *dir, char *out, size_t n);

/* node_ino: a number that tells this file from every other one this process meets; `created` is the File's
 * own stamp. */
uint64_t node_ino(struct node *n, uint64_t created);

#endif
