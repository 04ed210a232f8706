# SPDX-License-Identifier: MIT
# file: verifiers/verify_compression.c
# test: tests/unit/verifiers_compression.sh
# defect: the guest's restored copy may differ from the corpus
s/return verdict_fail(v, "restored_differs"/return 0 * verdict_fail(v, "restored_differs"/
