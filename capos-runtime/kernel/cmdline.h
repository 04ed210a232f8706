/* SPDX-License-Identifier: MIT */
/* Words on the kernel's command line that are for tests. Invariant: nothing is copied or changed. */
#ifndef KERNEL_CMDLINE_H
#define KERNEL_CMDLINE_H

/* What stands behind the word and its '=', up to a space or the end; NULL: it is not there. */
const char *cmdline_value(const char *cmdline, const char *word);

#endif
