/* SPDX-License-Identifier: MIT */
/*
 * capbench's own extension interfaces: what the published ABI has no word for, kept apart under ids of their
 * own. A process has one only when it was granted by name (`capbench_ext`, `file_spawner`); a result whose
 * programs used one carries the label `extension`. Invariant: nothing here changes a published interface.
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
enum { CAPBENCH_M_EXT_READ_ONLY = 0, CAPBENCH_M_EXT_RESTRICT_SPAWNER = 1, CAPBENCH_M_EXT_END_JOB = 2 };
#define CAPBENCH_R_EXT_READ_ONLY_WORDS        1
#define CAPBENCH_R_EXT_READ_ONLY_PTRS         0
#define CAPBENCH_R_EXT_READ_ONLY_HANDLE_INDEX 0 /* uint16 */

/*
 * restrictSpawner: names: List(Text) at pointer 0, anyName: Bool at bit 0; exactly one transfer descriptor,
 * mode copy, of a ProcessSpawner (or, with anyName, a FileSpawner). Gives a spawner of the same interface
 * that starts only the binaries named (all, with anyName, which goes with no names) and grants children no
 * kernel source but virtualMemory, threadControl and threadSpawner: everything else must be the caller's own.
 * Refused with `not permitted`. A restricted spawner can be restricted again, never widened. Errors: as
 * readOnly. Result: handleIndex.
 */
#define CAPBENCH_P_EXT_RESTRICT_SPAWNER_WORDS        1
#define CAPBENCH_P_EXT_RESTRICT_SPAWNER_PTRS         1
#define CAPBENCH_P_EXT_RESTRICT_SPAWNER_ANY_NAME_BIT 0
#define CAPBENCH_P_EXT_RESTRICT_SPAWNER_NAMES_PTR    0
#define CAPBENCH_R_EXT_RESTRICT_SPAWNER_WORDS        1
#define CAPBENCH_R_EXT_RESTRICT_SPAWNER_PTRS         0
#define CAPBENCH_R_EXT_RESTRICT_SPAWNER_HANDLE_INDEX 0 /* uint16 */

/*
 * endJob: no params; exactly one transfer descriptor, mode copy, of a ProcessHandle. Ends, as
 * ProcessHandle.terminate does, every process of that process's job: what the first process's child was, and
 * all that it started, directly or not, whether it still runs or not. No results.
 */

/*
 * FileSpawner: processes from the bytes of a File, granted by name as well (`file_spawner`).
 * spawn: params and results as ProcessSpawner.spawn (binaryName is not looked at, name must not be empty);
 * exactly one transfer descriptor, mode copy, of the File. The bytes are held to the same checks as a
 * packaged binary's. Errors: `not executable` with the reason, invalidArgument for another descriptor or a
 * file over CAPBENCH_FILE_SPAWN_MAX, overloaded when there is no room.
 */
#define CAPBENCH_IFACE_FILE_SPAWNER UINT64_C(0x6361706273706631) /* "capbspf1" */
enum { CAPBENCH_M_FILE_SPAWNER_SPAWN = 0 };
#define CAPBENCH_FILE_SPAWN_MAX (UINT32_C(64) << 20)

#endif
