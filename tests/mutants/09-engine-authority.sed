# SPDX-License-Identifier: MIT
# file: dashboard/engine/authority.c
# test: build/tests/unit/test_events
# defect: authority beyond the declared profile passes
s/if (!c && !is_standard(g->name)) {/if (!c \&\& !is_standard(g->name) \&\& g->name[0] == 0) {/
