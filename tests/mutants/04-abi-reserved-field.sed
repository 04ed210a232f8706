# SPDX-License-Identifier: MIT
# file: capos-runtime/abi/sqe_rules.h
# test: build/tests/unit/test_abi
# defect: a CALL with a pipeline dependency is accepted
s/(s->flags \& ~CAPOS_SQE_THREAD_OWNED) == 0 \&\& s->pipeline_dep == 0 \&\&/(s->flags \& ~CAPOS_SQE_THREAD_OWNED) == 0 \&\&/
