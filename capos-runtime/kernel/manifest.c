/* SPDX-License-Identifier: MIT */
/*
 * Reads the boot manifest: see manifest.h.
 * Invariant: an unknown key, a wrong type or a missing field is a refusal: nothing is guessed.
 */
#include "abi/errno.h"
#include "abi/fields.h"
#include "capnp/capnp.h"
#include "kernel/cap_sources.h"
#include "kernel/cpio.h"
#include "kernel/manifest.h"
#include "kernel/string.h"

#define PATH_MAX_BYTES 255u

static int refuse(const char **why, const char *text)
{
    *why = text;
    return -EINVAL;
}

/* ---- CueValue ---- */

/* cue_text: the text of a value, without NULs inside. */
static int cue_text(struct capnp_struct *v, const char **text, uint32_t *len)
{
    if (capnp_get_u16(v, CAPOS_S_CUE_VALUE_TAG) != CAPOS_S_CUE_VALUE_TAG_TEXT)
        return -EINVAL;
    if (capnp_get_text(v, CAPOS_S_CUE_VALUE_TEXT_PTR, text, len) != 0)
        return -EINVAL;
    return strlen(*text) == *len ? 0 : -EINVAL;
}

static int cue_bool(struct capnp_struct *v, bool *out)
{
    if (capnp_get_u16(v, CAPOS_S_CUE_VALUE_TAG) != CAPOS_S_CUE_VALUE_TAG_BOOLEAN)
        return -EINVAL;
    *out = capnp_get_bool(v, CAPOS_S_CUE_VALUE_BOOLEAN_BIT);
    return 0;
}

static int cue_list(struct capnp_struct *v, unsigned tag, uint16_t ptr, struct capnp_list *out)
{
    if (capnp_get_u16(v, CAPOS_S_CUE_VALUE_TAG) != tag)
        return -EINVAL;
    return capnp_get_list(v, ptr, out);
}

static int cue_fields(struct capnp_struct *v, struct capnp_list *out)
{
    return cue_list(v, CAPOS_S_CUE_VALUE_TAG_FIELDS, CAPOS_S_CUE_VALUE_FIELDS_PTR, out);
}

/* cue_field: field i of a list of fields: its name and value. */
static int cue_field(const struct capnp_list *fields, uint32_t i, const char **name,
                     struct capnp_struct *value)
{
    struct capnp_struct f;
    uint32_t len;
    int r = capnp_list_struct(fields, i, &f);
    if (r == 0)
        r = capnp_get_text(&f, CAPOS_S_CUE_FIELD_NAME_PTR, name, &len);
    return r == 0 ? capnp_get_struct(&f, CAPOS_S_CUE_FIELD_VALUE_PTR, value) : r;
}

/* ---- init ---- */

static int cap_field(struct manifest_cap *cap, const char *key, struct capnp_struct *value, const char **why)
{
    const char *text;
    uint32_t len;
    if (strcmp(key, "readOnly") == 0)
        return cue_bool(value, &cap->read_only) == 0
                   ? 0
                   : refuse(why, "readOnly of a capability is not a boolean");
    if (cue_text(value, &text, &len) != 0)
        return refuse(why, "a key of a capability is not a text");
    if (strcmp(key, "name") == 0) {
        if (len == 0 || len > CAPOS_CAPSET_NAME_MAX)
            return refuse(why, "name of a capability empty or longer than 32 bytes");
        cap->name = text;
        return 0;
    }
    if (strcmp(key, "path") == 0) {
        if (len > PATH_MAX_BYTES)
            return refuse(why, "path of a capability too long");
        cap->path = text;
        return 0;
    }
    if (strcmp(key, "source") != 0)
        return refuse(why, "unknown key in a capability");
    int source = source_by_name(text, len);
    if (source < 0)
        return refuse(why, source == -ENOENT ? "unknown capability source" : "capability source not served");
    cap->source = (unsigned)source;
    return 0;
}

static int cap_load(struct manifest *m, struct capnp_struct *value, const char **why)
{
    struct capnp_list fields;
    bool has_source = false;
    if (m->ncaps == CAPOS_CAPSET_MAX_ENTRIES)
        return refuse(why, "more than 85 capabilities");
    struct manifest_cap *cap = &m->caps[m->ncaps];
    memset(cap, 0, sizeof(*cap));
    cap->path = "";
    if (cue_fields(value, &fields) != 0)
        return refuse(why, "a capability is not a struct");
    for (uint32_t i = 0; i < fields.count; i++) {
        const char *key;
        struct capnp_struct v;
        if (cue_field(&fields, i, &key, &v) != 0)
            return refuse(why, "malformed field in a capability");
        int r = cap_field(cap, key, &v, why);
        if (r != 0)
            return r;
        if (strcmp(key, "source") == 0)
            has_source = true;
    }
    if (cap->name == NULL || !has_source)
        return refuse(why, "a capability lacks name or source");
    m->ncaps++;
    return 0;
}

static int caps_load(struct manifest *m, struct capnp_struct *value, const char **why)
{
    struct capnp_list list;
    if (cue_list(value, CAPOS_S_CUE_VALUE_TAG_LIST, CAPOS_S_CUE_VALUE_LIST_PTR, &list) != 0)
        return refuse(why, "init.caps is not a list");
    for (uint32_t i = 0; i < list.count; i++) {
        struct capnp_struct v;
        if (capnp_list_struct(&list, i, &v) != 0)
            return refuse(why, "malformed list of capabilities");
        int r = cap_load(m, &v, why);
        if (r != 0)
            return r;
    }
    return 0;
}

static int init_load(struct manifest *m, struct capnp_struct *value, const char **why)
{
    struct capnp_list fields;
    if (cue_fields(value, &fields) != 0)
        return refuse(why, "initConfig.init is not a struct");
    for (uint32_t i = 0; i < fields.count; i++) {
        const char *key;
        uint32_t len;
        struct capnp_struct v;
        if (cue_field(&fields, i, &key, &v) != 0)
            return refuse(why, "malformed field in initConfig.init");
        if (strcmp(key, "caps") == 0) {
            int r = caps_load(m, &v, why);
            if (r != 0)
                return r;
        } else if (strcmp(key, "binary") == 0) {
            if (cue_text(&v, &m->init_binary, &len) != 0)
                return refuse(why, "init.binary is not a text");
        } else if (strcmp(key, "name") == 0) {
            if (cue_text(&v, &m->init_name, &len) != 0)
                return refuse(why, "init.name is not a text");
        } else {
            return refuse(why, "unknown key in initConfig.init");
        }
    }
    if (m->init_binary == NULL)
        return refuse(why, "init.binary missing");
    if (m->init_name == NULL)
        m->init_name = m->init_binary;
    return 0;
}

static int config_load(struct manifest *m, struct capnp_struct *root, const char **why)
{
    struct capnp_struct config, value;
    struct capnp_list fields;
    const char *key;
    if (capnp_get_struct(root, CAPOS_S_SYSTEM_MANIFEST_INIT_CONFIG_PTR, &config) != 0 ||
        cue_fields(&config, &fields) != 0)
        return refuse(why, "initConfig is not a struct");
    for (uint32_t i = 0; i < fields.count; i++) {
        if (cue_field(&fields, i, &key, &value) != 0)
            return refuse(why, "malformed field in initConfig");
        if (strcmp(key, "init") == 0)
            return init_load(m, &value, why);
    }
    return refuse(why, "initConfig.init missing");
}

/* ---- binaries ---- */

static int binary_load(struct manifest *m, struct capnp_struct *blob, const uint8_t *image, size_t image_len,
                       const char **why)
{
    static const char folder[] = "bin/";
    struct manifest_binary *b = &m->binaries[m->nbinaries];
    const uint8_t *data;
    uint32_t name_len, data_len;
    if (capnp_get_text(blob, CAPOS_S_NAMED_BLOB_NAME_PTR, &b->name, &name_len) != 0 ||
        capnp_get_data(blob, CAPOS_S_NAMED_BLOB_DATA_PTR, &data, &data_len) != 0)
        return refuse(why, "malformed binary");
    if (name_len == 0 || name_len + sizeof(folder) - 1 > CPIO_NAME_MAX || strlen(b->name) != name_len)
        return refuse(why, "name of a binary empty, too long or with a NUL");
    b->elf = data;
    b->len = data_len;
    if (data_len == 0) {
        char path[CPIO_NAME_MAX + 1];
        struct cpio_entry e;
        memcpy(path, folder, sizeof(folder) - 1);
        memcpy(path + sizeof(folder) - 1, b->name, name_len);
        if (cpio_find(image, image_len, path, sizeof(folder) - 1 + name_len, &e, why) != 1)
            return refuse(why, "a binary of the manifest is not in the image");
        b->elf = e.data;
        b->len = e.size;
    }
    m->nbinaries++;
    return 0;
}

static int binaries_load(struct manifest *m, struct capnp_struct *root, const uint8_t *image,
                         size_t image_len, const char **why)
{
    struct capnp_list list;
    if (capnp_get_list(root, CAPOS_S_SYSTEM_MANIFEST_BINARIES_PTR, &list) != 0)
        return refuse(why, "malformed list of binaries");
    if (list.count > MANIFEST_MAX_BINARIES)
        return refuse(why, "more than 256 binaries");
    for (uint32_t i = 0; i < list.count; i++) {
        struct capnp_struct blob;
        if (capnp_list_struct(&list, i, &blob) != 0)
            return refuse(why, "malformed list of binaries");
        int r = binary_load(m, &blob, image, image_len, why);
        if (r != 0)
            return r;
    }
    return 0;
}

const struct manifest_binary *manifest_find(const struct manifest *m, const char *name, size_t len)
{
    for (uint32_t i = 0; i < m->nbinaries; i++)
        if (strlen(m->binaries[i].name) == len && memcmp(m->binaries[i].name, name, len) == 0)
            return &m->binaries[i];
    return NULL;
}

int manifest_load(const uint8_t *image, size_t image_len, struct manifest *m, const char **why)
{
    static const char path[] = "boot/manifest";
    struct cpio_iter it;
    struct cpio_entry e;
    struct capnp_msg msg;
    struct capnp_struct root;
    int r;
    memset(m, 0, sizeof(*m));
    cpio_start(&it, image, image_len);
    while ((r = cpio_next(&it, &e, why)) == 1)
        if (e.name_len == sizeof(path) - 1 && memcmp(e.name, path, sizeof(path) - 1) == 0 && !e.is_dir) {
            m->bytes = e.data;
            m->len = e.size;
        }
    if (r < 0) /* the whole archive is walked, so that a truncated image never gets further */
        return r;
    if (m->bytes == NULL)
        return refuse(why, "no boot/manifest in the image");
    if (capnp_msg_open(&msg, m->bytes, m->len) != 0 || capnp_root(&msg, &root) != 0)
        return refuse(why, "boot/manifest is not a well-formed message");
    if (capnp_get_u32(&root, CAPOS_S_SYSTEM_MANIFEST_SCHEMA_VERSION) != 1)
        return refuse(why, "schemaVersion is not 1");
    r = binaries_load(m, &root, image, image_len, why);
    if (r == 0)
        r = config_load(m, &root, why);
    if (r == 0 && manifest_find(m, m->init_binary, strlen(m->init_binary)) == NULL)
        return refuse(why, "init.binary is not among the binaries");
    return r;
}
