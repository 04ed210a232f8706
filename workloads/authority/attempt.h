/* SPDX-License-Identifier: MIT */
/* What the attempts on authority share; one file per guest gives the attempt that only makes sense there. */
#ifndef AUTHORITY_ATTEMPT_H
#define AUTHORITY_ATTEMPT_H

/*
 * Names capabilities that were never granted by their likely numbers, below the C library, and asks each for
 * the time. 0 when one answered, a positive errno when every one was refused, -1 where there are no
 * capabilities to name.
 */
int attempt_forge(void);

#endif
