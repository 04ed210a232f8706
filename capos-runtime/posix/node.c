/* SPDX-License-Identifier: MIT */
/*
 * The cache of Files and Directories. Invariant: every cap in a node is ours alone and is released when the
 * node is freed or its capability replaced; `children` counts nodes whose parent this is, detached ones
 * excepted.
 */
#include "posix/node.h"

#include "capos/file.h"

static struct node nodes[NODE_MAX];
static uint64_t epoch = 1, clock_hand;

static void node_free(struct node *n)
{
    if (!n->root)
        capos_release(n->cap);
    if (n->has_append && n->append_cap != n->cap)
        capos_release(n->append_cap);
    if (n->parent && !n->detached)
        n->parent->children--;
    n->kind = NODE_FREE;
}

/* Takes the name off a node: nobody finds it any more. Freed now, or by its last holder. */
static void detach(struct node *n)
{
    if (n->detached || n->root)
        return;
    n->detached = 1;
    if (n->parent)
        n->parent->children--;
    for (struct node *c = nodes; n->children && c < nodes + NODE_MAX; c++)
        if (c->kind != NODE_FREE && !c->detached && c->parent == n)
            detach(c);
    n->parent = NULL;
    if (n->held == 0)
        node_free(n);
}

void node_hold(struct node *n)
{
    n->held++;
}

void node_drop(struct node *n)
{
    n->held--;
    if (n->held == 0 && n->detached)
        node_free(n);
}

void node_world_changed(void)
{
    epoch++;
}

/* The longest unused node that nothing needs; NULL when there is none. */
static struct node *idle_node(void)
{
    struct node *old = NULL;
    for (unsigned i = 0; i < NODE_MAX; i++) {
        struct node *n = &nodes[i];
        bool idle = n->kind != NODE_FREE && n->held == 0 && n->children == 0 && !n->root;
        if (idle && (!old || n->stamp < old->stamp))
            old = n;
    }
    return old;
}

/* After a call failed with `err`: whether it is worth another try, because a slot other than keep's has been
 * given back. */
static bool room_made(int err, struct node *keep)
{
    if (err != -EMFILE && err != -ENFILE)
        return false;
    node_hold(keep);
    struct node *old = idle_node();
    keep->held--;
    if (old)
        node_free(old);
    return old != NULL;
}

static int slot_error(int err)
{
    return err == -EMFILE ? -ENFILE : err;
}

/* A free node, or the longest unused one, given back first. */
static struct node *node_take(void)
{
    for (struct node *n = nodes; n < nodes + NODE_MAX; n++)
        if (n->kind == NODE_FREE)
            return n;
    struct node *old = idle_node();
    if (old)
        node_free(old);
    return old;
}

static struct node *node_make(struct node *parent, const char *name, size_t len, enum node_kind kind,
                              uint32_t cap)
{
    if (parent)
        parent->children++; /* so that making room does not take the parent */
    struct node *n = node_take();
    if (!n) {
        if (parent)
            parent->children--;
        return NULL;
    }
    *n = (struct node){
        .kind = (uint8_t)kind, .name_len = (uint8_t)len, .cap = cap, .epoch = epoch, .parent = parent};
    n->stamp = ++clock_hand;
    __builtin_memcpy(n->name, name, len);
    n->name[len] = '\0';
    return n;
}

struct node *node_root(uint32_t cap, const char *label)
{
    size_t len = posix_strlen(label);
    if (len > NODE_NAME_MAX)
        return NULL;
    struct node *n = node_make(NULL, label, len, NODE_DIR, cap);
    if (n)
        n->root = true;
    return n;
}

struct node *node_granted(uint32_t cap, bool append, uint64_t ino)
{
    struct node *n = node_make(NULL, "", 0, NODE_FILE, cap);
    if (!n)
        return NULL;
    n->granted = true;
    n->detached = 1;
    n->held = 1;
    n->has_append = append;
    n->append_cap = cap;
    n->ino = ino;
    return n;
}

static struct node *find(struct node *dir, const char *name, size_t len)
{
    for (struct node *n = nodes; n < nodes + NODE_MAX; n++)
        if (n->parent == dir && n->kind != NODE_FREE && !n->detached && n->name_len == len &&
            posix_memeq(n->name, name, len))
            return n;
    return NULL;
}

/* Asks the Directory; *cap and *kind on success. `likely` says what to ask for first. */
static int ask(struct node *dir, const char *name, size_t len, enum node_kind likely, uint32_t *cap,
               enum node_kind *kind)
{
    int err;
    for (int turn = 0; turn < 2; turn++) {
        *kind = (likely == NODE_DIR) == (turn == 0) ? NODE_DIR : NODE_FILE;
        err = *kind == NODE_DIR ? capos_dir_sub(dir->cap, name, len, cap)
                                : capos_dir_open(dir->cap, name, len, 0, cap);
        if (err != -EISDIR && err != -ENOTDIR)
            return err;
    }
    return err;
}

/* ask, making room in the capability table when that is what is missing. */
static int ask_with_room(struct node *dir, const char *name, size_t len, enum node_kind likely, uint32_t *cap,
                         enum node_kind *kind)
{
    int err;
    do
        err = ask(dir, name, len, likely, cap, kind);
    while (room_made(err, dir));
    return slot_error(err);
}

static bool fresh(struct node *n)
{
    return n->epoch == epoch && ++n->uses < NODE_USES;
}

/* The node for a capability just obtained; an old node of that name is replaced or renewed. */
static int renew(struct node *dir, const char *name, size_t len, struct node *old, enum node_kind kind,
                 uint32_t cap, struct node **out)
{
    if (old && old->kind == kind && (kind == NODE_DIR || old->held == 0)) {
        capos_release(old->cap);
        if (old->has_append)
            capos_release(old->append_cap);
        old->has_append = false;
        old->cap = cap;
        old->epoch = epoch;
        old->uses = 0;
        old->stamp = ++clock_hand;
        *out = old;
        return 0;
    }
    uint64_t ino = old && old->kind == kind ? old->ino : 0, created = old ? old->created : 0;
    if (old)
        detach(old);
    struct node *n = node_make(dir, name, len, kind, cap);
    if (!n) {
        capos_release(cap);
        return -ENFILE;
    }
    n->ino = ino; /* kept only if the file turns out to be the same one: node_ino */
    n->created = created;
    *out = n;
    return 0;
}

static int lookup(struct node *dir, const char *name, size_t len, enum node_kind likely, struct node **out)
{
    struct node *n = find(dir, name, len);
    if (n && fresh(n)) {
        n->stamp = ++clock_hand;
        *out = n;
        return 0;
    }
    uint32_t cap;
    enum node_kind kind;
    if (n)
        node_hold(n); /* making room must not take it */
    int err = ask_with_room(dir, name, len, n ? (enum node_kind)n->kind : likely, &cap, &kind);
    if (n)
        node_drop(n);
    if (err < 0) {
        if (n && err == -ENOENT)
            detach(n);
        return err;
    }
    return renew(dir, name, len, n, kind, cap, out);
}

int node_lookup(struct node *dir, const char *name, size_t len, struct node **out)
{
    return lookup(dir, name, len, NODE_FILE, out);
}

int node_walk(struct node *dir, const char *name, size_t len, struct node **out)
{
    int err = lookup(dir, name, len, NODE_DIR, out);
    return err < 0 ? err : (*out)->kind == NODE_DIR ? 0 : -ENOTDIR;
}

int node_open(struct node *dir, const char *name, size_t len, bool create, struct node **out)
{
    int err = lookup(dir, name, len, NODE_FILE, out);
    if (err == -ENOENT && create) {
        uint32_t cap;
        do
            err = capos_dir_open(dir->cap, name, len, CAPOS_OPEN_CREATE, &cap);
        while (room_made(err, dir));
        if (err == 0)
            err = renew(dir, name, len, find(dir, name, len), NODE_FILE, cap, out);
        if (err == 0)
            (*out)->access = 1;
    }
    return err < 0 ? slot_error(err) : (*out)->kind == NODE_FILE ? 0 : -EISDIR;
}

int node_kind_of(struct node *dir, const char *name, size_t len)
{
    struct node *n = find(dir, name, len);
    if (n && n->kind == NODE_DIR) {
        /* Opening a directory as a file says what it is and spends nothing. */
        uint32_t cap;
        int err = fresh(n) ? -EISDIR : capos_dir_open(dir->cap, name, len, 0, &cap);
        if (err == -EISDIR)
            return NODE_DIR;
        if (err < 0)
            return err;
        capos_release(cap);
        detach(n);
        return NODE_FILE;
    }
    if (!n) {
        uint32_t cap;
        int err = capos_dir_open(dir->cap, name, len, 0, &cap);
        if (err == -EISDIR)
            return NODE_DIR;
        if (err < 0)
            return err;
        err = renew(dir, name, len, NULL, NODE_FILE, cap, &n);
        return err < 0 ? err : NODE_FILE;
    }
    int err = lookup(dir, name, len, NODE_FILE, &n);
    return err < 0 ? err : n->kind;
}

int node_mkdir(struct node *dir, const char *name, size_t len)
{
    uint32_t cap;
    struct node *n;
    int err;
    do
        err = capos_dir_mkdir(dir->cap, name, len, &cap);
    while (room_made(err, dir));
    return err < 0 ? slot_error(err) : renew(dir, name, len, find(dir, name, len), NODE_DIR, cap, &n);
}

int node_append(struct node *n)
{
    if (n->has_append)
        return 0;
    if (n->detached || !n->parent)
        return -ENOENT;
    int err;
    do
        err = capos_dir_open(n->parent->cap, n->name, n->name_len, CAPOS_OPEN_APPEND, &n->append_cap);
    while (room_made(err, n));
    n->has_append = err == 0;
    return slot_error(err);
}

int node_writable(struct node *n)
{
    if (n->access == 0) {
        int64_t w = capos_file_write(n->cap, 0, "", 0);
        if (w == 0)
            n->access = 1;
        else if (w == -EROFS)
            n->access = 2;
        else
            return (int)w;
    }
    return n->access == 1 ? 0 : -EROFS;
}

static const struct node *top_of(const struct node *n)
{
    while (n->parent)
        n = n->parent;
    return n;
}

/* A file made for the occasion, nameless again before it is synced. */
static int sync_by_new_file(uint32_t dir)
{
    static const char name[] = ".sync";
    const size_t len = sizeof name - 1;
    uint32_t file;
    int made = capos_dir_create(dir, name, len), err;
    if (made < 0 && made != -EEXIST)
        return made;
    err = capos_dir_open(dir, name, len, 0, &file);
    if (made == 0) {
        int gone = capos_dir_remove(dir, name, len);
        made = err < 0 ? err : gone;
    }
    if (err < 0)
        return slot_error(err);
    err = capos_file_sync(file);
    capos_release(file);
    return made < 0 && made != -EEXIST ? made : err;
}

int node_sync_dir(const struct node *dir)
{
    const struct node *top = top_of(dir);
    int err;
    for (struct node *n = nodes; n < nodes + NODE_MAX; n++) {
        if (n->kind != NODE_FILE || n->detached || n->access == 2 || top_of(n) != top)
            continue;
        err = capos_file_sync(n->cap);
        if (err != -EROFS)
            return err;
        n->access = 2;
    }
    if (!top->root) /* of a removed directory: nobody can find what it names */
        return 0;
    err = sync_by_new_file(top->cap);
    return err == -EROFS ? 0 : err;
}

void node_forget(struct node *dir, const char *name, size_t len)
{
    struct node *n = find(dir, name, len);
    if (n)
        detach(n);
}

void node_moved(struct node *dir, const char *from, size_t from_len, const char *to, size_t to_len)
{
    node_forget(dir, to, to_len);
    struct node *n = find(dir, from, from_len);
    if (!n)
        return;
    __builtin_memcpy(n->name, to, to_len);
    n->name[to_len] = '\0';
    n->name_len = (uint8_t)to_len;
}

int node_path(const struct node *dir, char *out, size_t n)
{
    size_t at = n;
    for (; dir && !dir->root; dir = dir->parent) {
        if (dir->detached)
            return -ENOENT;
        if (at < dir->name_len + 2u)
            return -ENAMETOOLONG;
        at -= dir->name_len;
        __builtin_memcpy(out + at, dir->name, dir->name_len);
        out[--at] = '/';
    }
    if (!dir)
        return -ENOENT;
    size_t root_len = dir->name_len == 1 ? 0 : dir->name_len; /* "/" adds nothing in front of "/x" */
    size_t rest = n - at;
    if (root_len + rest + 2 > n)
        return -ENAMETOOLONG;
    __builtin_memmove(out + root_len, out + at, rest);
    __builtin_memcpy(out, dir->name, root_len);
    if (root_len + rest == 0)
        out[rest++] = '/';
    out[root_len + rest] = '\0';
    return 0;
}

uint64_t node_ino(struct node *n, uint64_t created)
{
    if (n->ino && (n->granted || n->created == created))
        return n->ino;
    uint64_t h = 0xcbf29ce484222325u ^ created;
    for (const struct node *p = n; p; p = p->parent)
        for (unsigned i = 0; i <= p->name_len; i++)
            h = (h ^ (uint8_t)p->name[i]) * 0x100000001b3u;
    n->ino = (h ^ h >> 32) | 1;
    n->created = created;
    return n->ino;
}
