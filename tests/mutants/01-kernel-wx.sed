# SPDX-License-Identifier: MIT
# file: capos-runtime/kernel/vm.c
# test: build/tests/unit/test_vm
# defect: memory may be writable and executable at once
s/ \&\& (prot \& (PROT_W | PROT_X)) != (PROT_W | PROT_X);/;/
