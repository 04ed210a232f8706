# SPDX-License-Identifier: MIT
# file: capos-runtime/kernel/captable.c
# test: build/tests/unit/test_captable
# defect: a capability id stays good for whatever comes into its slot later
s/ || s->generation != capos_capid_generation(cap_id))/)/
