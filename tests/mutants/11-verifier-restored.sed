# SPDX-License-Identifier: MIT
# file: verifiers/verify_compression.c
# test: tests/unit/verifiers_compression.sh
# defect: the guest's restored copy may differ from the corpus
s/result = n < 0 ? -errno : compare_feed(&compare, chunk, (size_t)n);/result = n < 0 ? -errno : 0 * compare_feed(\&compare, chunk, (size_t)n);/
