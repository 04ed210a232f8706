# SPDX-License-Identifier: MIT
# Seeded defects: applied and caught in `make fault`; that they still apply is part of `make test`.
TESTS       += tests/mutants/test_mutants_apply.sh
FAULT_TESTS += tests/mutants/run.sh
