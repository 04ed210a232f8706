# SPDX-License-Identifier: MIT
# file: capos-runtime/kernel/cap_pipe.c
# test: build/tests/unit/test_pipe
# defect: a reader hears of the end while bytes are still there
s/p->count == 0 \&\& p->write_closed \&\& want > 0/p->write_closed \&\& want > 0/
