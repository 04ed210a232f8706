# SPDX-License-Identifier: MIT
# file: capos-runtime/kernel/diskstore.c
# test: build/tests/unit/test_diskstore
# defect: the error of a queued write is forgotten before the flush
/^static void write_settle/,/^}/s/write_err = err;/write_err = err \& 0;/
