# SPDX-License-Identifier: MIT
# file: dashboard/engine/stats.c
# test: build/tests/unit/test_stats
# defect: a ratio is Linux over capOS instead of capOS over Linux
s/log(a\[i\]) - log(b\[i\])/log(b[i]) - log(a[i])/
