# SPDX-License-Identifier: MIT
# file: capos-runtime/kernel/virtio_blk.c
# test: build/tests/unit/test_virtio_blk
# defect: an error of the disk is taken for success
s/status == STATUS_UNKNOWN ? -EOPNOTSUPP : -EIO/status == STATUS_UNKNOWN ? -EOPNOTSUPP : 0/
