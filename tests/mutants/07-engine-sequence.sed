# SPDX-License-Identifier: MIT
# file: dashboard/engine/channel.c
# test: build/tests/unit/test_channel
# defect: lost frames on the bench channel go unnoticed
s/if (h->seq != c->next_seq)/if (h->seq < c->next_seq)/
