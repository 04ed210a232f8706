/* SPDX-License-Identifier: MIT */
/*
 * capbench's own extension interface: what the published ABI has no word for, kept apart under an id of its
 * own. A process has it only when it was granted by name (`capbench_ext`); a result that used it carries the
 * label `extension`. Invariant: nothing here changes a published interface.
 */
#ifndef ABI_EXT_H
#define ABI_EXT_H

#include <stdint.h>

#define CAPBENCH_IFACE_EXT UINT64_C(0x6361706265787431) /* "capbext1" */

/*
 * readOnly: no params; exactly one transfer descriptor, mode copy, of a Directory or a File. Gives a
 * capability to the same node that refuses every change (`read-only`), as do the nodes reached through it.
 * Errors: invalidArgument for any other descriptor, overloaded when there is no room. Result: handleIndex,
 * the number of the result-capability record.
 */
enum { CAPBENCH_M_EXT_READ_ONLY = 0 };
#define CAPBENCH_R_EXT_READ_ONLY_WORDS        1
#define CAPBENCH_R_EXT_READ_ONLY_PTRS         0
#define CAPBENCH_R_EXT_READ_ONLY_HANDLE_INDEX 0 /* uint16 */

#endif
