# SPDX-License-Identifier: MIT
# file: capos-runtime/kernel/diskstore.c
# test: tests/fault/sql_faults.sh
# defect: a flush that failed is taken for one that worked
/done_by_disk.flushes++/{
n
s/return disk_do(&w);/return (void)disk_do(\&w), 0;/
}
