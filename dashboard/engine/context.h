/* SPDX-License-Identifier: MIT */
/*
 * The circumstances of a run, as they go into every record.
 * Invariant: gathered from the files and programs that were really used; what cannot be found is null, never
 * guessed.
 */
#ifndef ENGINE_CONTEXT_H
#define ENGINE_CONTEXT_H

#include <cjson/cJSON.h>

#include "session.h"

/* Facts of the host and the tools, the same for all records. The caller deletes. */
cJSON *context_host(void);
/* build/ports/ports.json, or NULL when there is none that can be read. The caller deletes. */
cJSON *context_ports(void);
/* Paths of the kernel and agent of a guest under the build folder (caller frees); NULL for a native kernel.
 */
char *context_kernel_path(enum guest_kind guest);
char *context_agent_path(enum guest_kind guest);
/* The context object of a record. `ports` may be NULL; `diff` is the text of guest_argv_diff or NULL. */
cJSON *context_record(const struct session *s, const struct cell *c, const struct cell *other,
                      const struct corpus *corpus, const cJSON *ports, const char *diff);
/*
 * Hash of what makes two records comparable: the canonical definition, size, backing, accelerator, corpus,
 * and the pins of the ports (archive, patches, configuration, key of the guest's flavour).
 */
void context_config_hash(const struct session *s, const struct cell *c, const struct corpus *corpus,
                         const cJSON *ports, char hex[DIGEST_HEX]);

#endif
