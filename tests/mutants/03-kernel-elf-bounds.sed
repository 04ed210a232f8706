# SPDX-License-Identifier: MIT
# file: capos-runtime/kernel/elf.c
# test: build/tests/unit/test_elf
# defect: a segment may reach past the end of the file
s/if (offset > len || filesz > len - offset)/if (offset > len)/
