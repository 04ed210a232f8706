# SPDX-License-Identifier: MIT
# file: dashboard/engine/authority.c
# test: build/tests/unit/test_events
# defect: authority beyond the declared profile passes
s/if (!c && !is_standard(g->name) && !is_shared(p, g)) {/if (!c \&\& !is_standard(g->name) \&\& !is_shared(p, g) \&\& g->name[0] == 0) {/
