/* SPDX-License-Identifier: MIT */
/*
 * Namespace: names bound to content hashes. `sub(prefix)` gives a view of the names that start with prefix,
 * without it; whoever holds the view can neither see nor bind any other. Invariant: one sorted table under
 * all views; a view's full prefix plus a name is the table's key, at most NAME_MAX bytes.
 */
#include "kernel/cap_params.h"
#include "kernel/ramfs_pages.h"

#define NAME_MAX 255u

struct binding {
    uint8_t hash[CAPOS_STORE_HASH_BYTES];
    uint32_t len;
    char name[];
};

struct name_table {
    uint32_t refs; /* views */
    uint32_t count, cap;
    struct binding **rows; /* sorted by name, as bytes */
};

struct namespace_view {
    struct cap_object object;
    struct name_table *table;
    uint32_t prefix_len;
    char prefix[NAME_MAX];
};

struct key {
    uint32_t len;
    char name[NAME_MAX];
};

static struct namespace_view *view_of(struct call *c)
{
    return (struct namespace_view *)c->object;
}

static int name_compare(const char *a, uint32_t a_len, const char *b, uint32_t b_len)
{
    int r = memcmp(a, b, a_len < b_len ? a_len : b_len);

    return r != 0 ? r : (a_len > b_len) - (a_len < b_len);
}

/* Index of the first row not before name. */
static uint32_t row_find(const struct name_table *t, const char *name, uint32_t len)
{
    uint32_t low = 0, high = t->count;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (name_compare(t->rows[mid]->name, t->rows[mid]->len, name, len) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static bool row_is(const struct name_table *t, uint32_t row, const struct key *k)
{
    return row < t->count && name_compare(t->rows[row]->name, t->rows[row]->len, k->name, k->len) == 0;
}

/* The table's key for a name as the view knows it. 0, -EINVAL (empty, or NUL in it), -ENAMETOOLONG. */
static int key_make(const struct namespace_view *v, const char *name, uint32_t len, struct key *k)
{
    if (len == 0)
        return -EINVAL;
    for (uint32_t i = 0; i < len; i++)
        if (name[i] == '\0')
            return -EINVAL;
    if (len > NAME_MAX - v->prefix_len)
        return -ENAMETOOLONG;
    memcpy(k->name, v->prefix, v->prefix_len);
    memcpy(k->name + v->prefix_len, name, len);
    k->len = v->prefix_len + len;
    return 0;
}

static int key_param(struct call *c, struct key *k)
{
    const char *name = NULL;
    uint32_t len = 0;
    int err = param_text(c, CAPOS_P_NAMESPACE_RESOLVE_NAME_PTR, &name, &len);

    if (err != 0)
        return err;
    err = key_make(view_of(c), name, len, k);
    return err < 0 ? call_raise_errno(c, err, "name") : 0;
}

static int namespace_resolve(struct call *c)
{
    const struct name_table *t = view_of(c)->table;
    struct capnp_bstruct results;
    struct key k;
    int err = key_param(c, &k);

    if (err != 0)
        return err;
    uint32_t row = row_find(t, k.name, k.len);
    if (!row_is(t, row, &k))
        return call_raise_errno(c, -ENOENT, "Namespace.resolve");
    (void)call_results(c, CAPOS_R_NAMESPACE_RESOLVE_WORDS, CAPOS_R_NAMESPACE_RESOLVE_PTRS, &results);
    (void)capnp_set_data(&results, CAPOS_R_NAMESPACE_RESOLVE_HASH_PTR, t->rows[row]->hash,
                         CAPOS_STORE_HASH_BYTES);
    return 0;
}

/* Room for one more row. */
static bool table_reserve(struct name_table *t)
{
    uint32_t cap = t->cap == 0 ? 16 : 2 * t->cap;
    struct binding **rows = NULL;

    if (t->count < t->cap)
        return true;
    rows = heap_alloc(cap * sizeof rows[0]);
    if (rows == NULL)
        return false;
    if (t->count > 0)
        memcpy(rows, t->rows, t->count * sizeof rows[0]);
    heap_free(t->rows);
    t->rows = rows;
    t->cap = cap;
    return true;
}

static int table_insert(struct name_table *t, uint32_t row, const struct key *k, const uint8_t *hash)
{
    struct binding *b = ramfs_has_room() ? heap_alloc(sizeof *b + k->len) : NULL;

    if (b == NULL || !table_reserve(t)) {
        heap_free(b);
        return -ENOSPC;
    }
    memcpy(b->hash, hash, CAPOS_STORE_HASH_BYTES);
    b->len = k->len;
    memcpy(b->name, k->name, k->len);
    memmove(t->rows + row + 1, t->rows + row, (t->count - row) * sizeof t->rows[0]);
    t->rows[row] = b;
    t->count++;
    return 0;
}

static int namespace_bind(struct call *c)
{
    struct name_table *t = view_of(c)->table;
    const uint8_t *hash = NULL;
    uint32_t len = 0;
    struct key k;
    int err = key_param(c, &k);

    if (err == 0)
        err = param_data(c, CAPOS_P_NAMESPACE_BIND_HASH_PTR, &hash, &len);
    if (err != 0)
        return err;
    if (len != CAPOS_STORE_HASH_BYTES)
        return call_raise_errno(c, -EINVAL, "a hash has 32 bytes");
    uint32_t row = row_find(t, k.name, k.len);
    if (row_is(t, row, &k)) {
        memcpy(t->rows[row]->hash, hash, CAPOS_STORE_HASH_BYTES);
        return 0;
    }
    err = table_insert(t, row, &k, hash);
    return err < 0 ? call_raise_errno(c, err, "Namespace.bind") : 0;
}

/* True when the row's name lies in the view (and is more than the bare prefix). */
static bool row_visible(const struct namespace_view *v, uint32_t row)
{
    const struct binding *b = v->table->rows[row];

    return b->len > v->prefix_len && memcmp(b->name, v->prefix, v->prefix_len) == 0;
}

static int namespace_list(struct call *c)
{
    const struct namespace_view *v = view_of(c);
    const struct name_table *t = v->table;
    struct capnp_bstruct results;
    struct capnp_blist names;
    uint32_t first = row_find(t, v->prefix, v->prefix_len), end = 0;
    uint64_t words = 4;

    if (first < t->count && t->rows[first]->len == v->prefix_len)
        first++; /* the bare prefix is no name of this view */
    for (end = first; end < t->count && row_visible(v, end); end++)
        words += 1u + (t->rows[end]->len - v->prefix_len + 8u) / 8u;
    if (words * 8 > CAPOS_SCRATCH_BYTES)
        return call_raise_errno(c, -ENOMEM, "Namespace.list");
    (void)call_results(c, CAPOS_R_NAMESPACE_LIST_WORDS, CAPOS_R_NAMESPACE_LIST_PTRS, &results);
    if (capnp_set_text_list(&results, CAPOS_R_NAMESPACE_LIST_NAMES_PTR, end - first, &names) < 0)
        return 0; /* does not fit the caller's buffer: the ring says so */
    for (uint32_t i = first; i < end; i++)
        (void)capnp_blist_text(&names, i - first, t->rows[i]->name + v->prefix_len,
                               t->rows[i]->len - v->prefix_len);
    return 0;
}

static struct cap_object *view_new(struct name_table *t, const struct key *prefix);

static int namespace_sub(struct call *c)
{
    struct capnp_bstruct results;
    struct cap_object *o = NULL;
    struct key k;
    int index = 0, err = key_param(c, &k);

    if (err != 0)
        return err;
    o = view_new(view_of(c)->table, &k);
    if (o == NULL)
        return call_raise_errno(c, -ENOMEM, "Namespace.sub");
    index = call_add_cap(c, o);
    if (index < 0) {
        cap_unref(o);
        return call_raise_errno(c, index, "Namespace.sub");
    }
    (void)call_results(c, CAPOS_R_NAMESPACE_SUB_WORDS, CAPOS_R_NAMESPACE_SUB_PTRS, &results);
    (void)capnp_set_cap(&results, CAPOS_R_NAMESPACE_SUB_NS_PTR, (uint32_t)index);
    return 0;
}

static void view_destroy(struct cap_object *o)
{
    struct namespace_view *v = (struct namespace_view *)o;
    struct name_table *t = v->table;

    heap_free(v);
    if (--t->refs > 0)
        return;
    for (uint32_t i = 0; i < t->count; i++)
        heap_free(t->rows[i]);
    heap_free(t->rows);
    heap_free(t);
}

static const struct cap_method namespace_methods[] = {
    [CAPOS_M_NAMESPACE_RESOLVE] = {"resolve", namespace_resolve},
    [CAPOS_M_NAMESPACE_BIND] = {"bind", namespace_bind},
    [CAPOS_M_NAMESPACE_LIST] = {"list", namespace_list},
    [CAPOS_M_NAMESPACE_SUB] = {"sub", namespace_sub},
};

static const struct cap_class namespace_class = {
    .name = "Namespace",
    .interface_id = CAPOS_IFACE_NAMESPACE,
    .transferable = true,
    .methods = namespace_methods,
    .nmethods = sizeof namespace_methods / sizeof namespace_methods[0],
    .destroy = view_destroy,
};

static struct cap_object *view_new(struct name_table *t, const struct key *prefix)
{
    struct namespace_view *v = heap_alloc(sizeof *v);

    if (v == NULL)
        return NULL;
    cap_object_init(&v->object, &namespace_class);
    t->refs++;
    v->table = t;
    v->prefix_len = prefix->len;
    memcpy(v->prefix, prefix->name, prefix->len);
    return &v->object;
}

struct cap_object *cap_namespace_new(void)
{
    struct name_table *t = heap_alloc(sizeof *t);
    struct cap_object *o = NULL;
    struct key none = {.len = 0};

    if (t == NULL)
        return NULL;
    o = view_new(t, &none);
    if (o == NULL)
        heap_free(t);
    return o;
}
