/* SPDX-License-Identifier: MIT */
/* Linux has no capabilities that could be named by number; see attempt.h. */
#include "attempt.h"

int attempt_forge(void)
{
    return -1;
}
