/* SPDX-License-Identifier: MIT */
/*
 * What a run says about itself in its event log before the first boot, for whoever watches it.
 * Invariant: nothing here decides anything; results never depend on these events.
 */
#ifndef ENGINE_ANNOUNCE_H
#define ENGINE_ANNOUNCE_H

#include "session.h"

/* Is this workload booted on this guest in this run? */
bool announce_wanted(const struct session *s, const struct definition *d, enum guest_kind guest,
                     enum def_backing backing);
/* Appends the event `plan`: every workload with regions, verifier, expected lengths, and why a guest is left
 * out. */
void announce_plan(struct session *s, const struct definition *const *d, const enum def_backing *backing,
                   size_t n);
/* Appends the event `context`: host, ports, corpora, guest CPU. `ports` may be NULL. */
void announce_context(struct session *s, const cJSON *ports, const struct corpus *const *corpora, size_t n);

#endif
