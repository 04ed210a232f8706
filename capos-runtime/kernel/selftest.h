/* SPDX-License-Identifier: MIT */
/* Invariant: provokes each protection for real; a check that cannot be made on this machine says skip. */
#ifndef KERNEL_SELFTEST_H
#define KERNEL_SELFTEST_H

/* Prints a line for each check and "selftest done failed=N"; returns N. */
unsigned selftest_run(void);
/* One ring-3 system call and back. Returns 0 if that worked. */
int selftest_probe(void);

#endif
