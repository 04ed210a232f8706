# SPDX-License-Identifier: MIT
# file: capos-runtime/kernel/call.c
# test: build/tests/unit/test_ring
# defect: a call keeps its scratch when it has returned
s/^    scratch_release();$/    (void)s;/
