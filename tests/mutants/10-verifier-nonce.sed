# SPDX-License-Identifier: MIT
# file: verifiers/verify_compression.c
# test: tests/unit/verifiers_compression.sh
# defect: an artifact of another run is taken for this one
s/if (strcmp(text, c->nonce) != 0)/if (strlen(text) != strlen(c->nonce))/
