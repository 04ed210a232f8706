/* SPDX-License-Identifier: MIT */
/* Whether this agent runs natively in a root directory and a process namespace of its own (launch.h,
 * guest_confine): it is then the first process there, but no guest. */
#ifndef AGENT_CONFINE_H
#define AGENT_CONFINE_H

#include <stdbool.h>

bool confined(void);

#endif
