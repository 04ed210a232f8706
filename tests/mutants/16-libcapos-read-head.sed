# SPDX-License-Identifier: MIT
# file: capos-runtime/libcapos/file.c
# test: tests/guest/test_posix.sh
# defect: a read into the caller's buffer leaves a part of its message before it
s/head\[2\] = saved\[2\];/(void)saved;/
