/* SPDX-License-Identifier: MIT */
/*
 * Where each field of a message lies: sizes and offsets of parameter, result and shared structs.
 * Invariant: CAPOS_P_* are a method's parameters, CAPOS_R_* its results, CAPOS_S_* other structs. `_WORDS`
 * and `_PTRS` are the sizes of the two sections; a `_PTR` name is an index into the pointer section, a `_BIT`
 * name a bit of the data section, any other name a byte offset into the data section; `_TAG` is the byte
 * offset of a union's u16 tag and
 * `_TAG_<CASE>` its values. `…_INDEX` fields number result-capability records.
 * Source: the published schema, compiled layout.
 */
#ifndef ABI_FIELDS_H
#define ABI_FIELDS_H

/* Console */
#define CAPOS_P_CONSOLE_WRITE_WORDS         0
#define CAPOS_P_CONSOLE_WRITE_PTRS          1
#define CAPOS_P_CONSOLE_WRITE_DATA_PTR      0 /* data */
#define CAPOS_P_CONSOLE_WRITE_LINE_WORDS    0
#define CAPOS_P_CONSOLE_WRITE_LINE_PTRS     1
#define CAPOS_P_CONSOLE_WRITE_LINE_TEXT_PTR 0 /* text */

/* TerminalSession */
#define CAPOS_P_TERMINAL_SESSION_WRITE_WORDS           0
#define CAPOS_P_TERMINAL_SESSION_WRITE_PTRS            1
#define CAPOS_P_TERMINAL_SESSION_WRITE_DATA_PTR        0 /* data */
#define CAPOS_P_TERMINAL_SESSION_WRITE_LINE_WORDS      0
#define CAPOS_P_TERMINAL_SESSION_WRITE_LINE_PTRS       1
#define CAPOS_P_TERMINAL_SESSION_WRITE_LINE_TEXT_PTR   0 /* text */
#define CAPOS_P_TERMINAL_SESSION_READ_LINE_WORDS       0
#define CAPOS_P_TERMINAL_SESSION_READ_LINE_PTRS        1
#define CAPOS_P_TERMINAL_SESSION_READ_LINE_REQUEST_PTR 0 /* LineRequest */
#define CAPOS_R_TERMINAL_SESSION_READ_LINE_WORDS       1
#define CAPOS_R_TERMINAL_SESSION_READ_LINE_PTRS        1
#define CAPOS_R_TERMINAL_SESSION_READ_LINE_STATUS      0 /* LineStatus */
#define CAPOS_R_TERMINAL_SESSION_READ_LINE_LINE_PTR    0 /* data */

/* StdIO */
#define CAPOS_P_STDIO_WRITE_WORDS      1
#define CAPOS_P_STDIO_WRITE_PTRS       1
#define CAPOS_P_STDIO_WRITE_STREAM     0 /* StdIOStream */
#define CAPOS_P_STDIO_WRITE_TEXT_PTR   0 /* text */
#define CAPOS_P_STDIO_READ_WORDS       0
#define CAPOS_P_STDIO_READ_PTRS        1
#define CAPOS_P_STDIO_READ_REQUEST_PTR 0 /* StdIOReadRequest */
#define CAPOS_R_STDIO_READ_WORDS       1
#define CAPOS_R_STDIO_READ_PTRS        1
#define CAPOS_R_STDIO_READ_STATUS      0 /* LineStatus */
#define CAPOS_R_STDIO_READ_TEXT_PTR    0 /* text */

/* EntropySource */
#define CAPOS_P_ENTROPY_SOURCE_FILL_WORDS    1
#define CAPOS_P_ENTROPY_SOURCE_FILL_PTRS     0
#define CAPOS_P_ENTROPY_SOURCE_FILL_BYTES    0 /* uint32 */
#define CAPOS_R_ENTROPY_SOURCE_FILL_WORDS    1
#define CAPOS_R_ENTROPY_SOURCE_FILL_PTRS     1
#define CAPOS_R_ENTROPY_SOURCE_FILL_STATUS   0 /* EntropyStatus */
#define CAPOS_R_ENTROPY_SOURCE_FILL_DATA_PTR 0 /* data */

/* SystemInfo */
#define CAPOS_R_SYSTEM_INFO_MOTD_WORDS        0
#define CAPOS_R_SYSTEM_INFO_MOTD_PTRS         1
#define CAPOS_R_SYSTEM_INFO_MOTD_TEXT_PTR     0 /* text */
#define CAPOS_R_SYSTEM_INFO_HOSTNAME_WORDS    0
#define CAPOS_R_SYSTEM_INFO_HOSTNAME_PTRS     1
#define CAPOS_R_SYSTEM_INFO_HOSTNAME_NAME_PTR 0 /* text */

/* BootPackage */
#define CAPOS_R_BOOT_PACKAGE_MANIFEST_SIZE_WORDS     1
#define CAPOS_R_BOOT_PACKAGE_MANIFEST_SIZE_PTRS      0
#define CAPOS_R_BOOT_PACKAGE_MANIFEST_SIZE_SIZE      0 /* uint64 */
#define CAPOS_P_BOOT_PACKAGE_READ_MANIFEST_WORDS     2
#define CAPOS_P_BOOT_PACKAGE_READ_MANIFEST_PTRS      0
#define CAPOS_P_BOOT_PACKAGE_READ_MANIFEST_OFFSET    0 /* uint64 */
#define CAPOS_P_BOOT_PACKAGE_READ_MANIFEST_MAX_BYTES 8 /* uint32 */
#define CAPOS_R_BOOT_PACKAGE_READ_MANIFEST_WORDS     0
#define CAPOS_R_BOOT_PACKAGE_READ_MANIFEST_PTRS      1
#define CAPOS_R_BOOT_PACKAGE_READ_MANIFEST_DATA_PTR  0 /* data */

/* VirtualMemory */
#define CAPOS_P_VIRTUAL_MEMORY_MAP_WORDS      3
#define CAPOS_P_VIRTUAL_MEMORY_MAP_PTRS       0
#define CAPOS_P_VIRTUAL_MEMORY_MAP_HINT       0  /* uint64 */
#define CAPOS_P_VIRTUAL_MEMORY_MAP_SIZE       8  /* uint64 */
#define CAPOS_P_VIRTUAL_MEMORY_MAP_PROT       16 /* uint32 */
#define CAPOS_R_VIRTUAL_MEMORY_MAP_WORDS      1
#define CAPOS_R_VIRTUAL_MEMORY_MAP_PTRS       0
#define CAPOS_R_VIRTUAL_MEMORY_MAP_ADDR       0 /* uint64 */
#define CAPOS_P_VIRTUAL_MEMORY_UNMAP_WORDS    2
#define CAPOS_P_VIRTUAL_MEMORY_UNMAP_PTRS     0
#define CAPOS_P_VIRTUAL_MEMORY_UNMAP_ADDR     0 /* uint64 */
#define CAPOS_P_VIRTUAL_MEMORY_UNMAP_SIZE     8 /* uint64 */
#define CAPOS_P_VIRTUAL_MEMORY_PROTECT_WORDS  3
#define CAPOS_P_VIRTUAL_MEMORY_PROTECT_PTRS   0
#define CAPOS_P_VIRTUAL_MEMORY_PROTECT_ADDR   0  /* uint64 */
#define CAPOS_P_VIRTUAL_MEMORY_PROTECT_SIZE   8  /* uint64 */
#define CAPOS_P_VIRTUAL_MEMORY_PROTECT_PROT   16 /* uint32 */
#define CAPOS_P_VIRTUAL_MEMORY_RESERVE_WORDS  2
#define CAPOS_P_VIRTUAL_MEMORY_RESERVE_PTRS   0
#define CAPOS_P_VIRTUAL_MEMORY_RESERVE_HINT   0 /* uint64 */
#define CAPOS_P_VIRTUAL_MEMORY_RESERVE_SIZE   8 /* uint64 */
#define CAPOS_R_VIRTUAL_MEMORY_RESERVE_WORDS  1
#define CAPOS_R_VIRTUAL_MEMORY_RESERVE_PTRS   0
#define CAPOS_R_VIRTUAL_MEMORY_RESERVE_ADDR   0 /* uint64 */
#define CAPOS_P_VIRTUAL_MEMORY_COMMIT_WORDS   3
#define CAPOS_P_VIRTUAL_MEMORY_COMMIT_PTRS    0
#define CAPOS_P_VIRTUAL_MEMORY_COMMIT_ADDR    0  /* uint64 */
#define CAPOS_P_VIRTUAL_MEMORY_COMMIT_SIZE    8  /* uint64 */
#define CAPOS_P_VIRTUAL_MEMORY_COMMIT_PROT    16 /* uint32 */
#define CAPOS_P_VIRTUAL_MEMORY_DECOMMIT_WORDS 2
#define CAPOS_P_VIRTUAL_MEMORY_DECOMMIT_PTRS  0
#define CAPOS_P_VIRTUAL_MEMORY_DECOMMIT_ADDR  0 /* uint64 */
#define CAPOS_P_VIRTUAL_MEMORY_DECOMMIT_SIZE  8 /* uint64 */

/* FrameAllocator */
#define CAPOS_R_FRAME_ALLOCATOR_ALLOC_FRAME_WORDS             1
#define CAPOS_R_FRAME_ALLOCATOR_ALLOC_FRAME_PTRS              0
#define CAPOS_R_FRAME_ALLOCATOR_ALLOC_FRAME_HANDLE_INDEX      0 /* uint16 */
#define CAPOS_P_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_WORDS        1
#define CAPOS_P_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_PTRS         0
#define CAPOS_P_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_COUNT        0 /* uint32 */
#define CAPOS_R_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_WORDS        1
#define CAPOS_R_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_PTRS         0
#define CAPOS_R_FRAME_ALLOCATOR_ALLOC_CONTIGUOUS_HANDLE_INDEX 0 /* uint16 */

/* MemoryObject */
#define CAPOS_R_MEMORY_OBJECT_INFO_WORDS      2
#define CAPOS_R_MEMORY_OBJECT_INFO_PTRS       0
#define CAPOS_R_MEMORY_OBJECT_INFO_PAGE_COUNT 0 /* uint32 */
#define CAPOS_R_MEMORY_OBJECT_INFO_SIZE_BYTES 8 /* uint64 */
#define CAPOS_P_MEMORY_OBJECT_MAP_WORDS       4
#define CAPOS_P_MEMORY_OBJECT_MAP_PTRS        0
#define CAPOS_P_MEMORY_OBJECT_MAP_HINT        0  /* uint64 */
#define CAPOS_P_MEMORY_OBJECT_MAP_OFFSET      8  /* uint64 */
#define CAPOS_P_MEMORY_OBJECT_MAP_SIZE        16 /* uint64 */
#define CAPOS_P_MEMORY_OBJECT_MAP_PROT        24 /* uint32 */
#define CAPOS_R_MEMORY_OBJECT_MAP_WORDS       1
#define CAPOS_R_MEMORY_OBJECT_MAP_PTRS        0
#define CAPOS_R_MEMORY_OBJECT_MAP_ADDR        0 /* uint64 */
#define CAPOS_P_MEMORY_OBJECT_UNMAP_WORDS     2
#define CAPOS_P_MEMORY_OBJECT_UNMAP_PTRS      0
#define CAPOS_P_MEMORY_OBJECT_UNMAP_ADDR      0 /* uint64 */
#define CAPOS_P_MEMORY_OBJECT_UNMAP_SIZE      8 /* uint64 */
#define CAPOS_P_MEMORY_OBJECT_PROTECT_WORDS   3
#define CAPOS_P_MEMORY_OBJECT_PROTECT_PTRS    0
#define CAPOS_P_MEMORY_OBJECT_PROTECT_ADDR    0  /* uint64 */
#define CAPOS_P_MEMORY_OBJECT_PROTECT_SIZE    8  /* uint64 */
#define CAPOS_P_MEMORY_OBJECT_PROTECT_PROT    16 /* uint32 */

/* Timer */
#define CAPOS_R_TIMER_NOW_WORDS         2
#define CAPOS_R_TIMER_NOW_PTRS          0
#define CAPOS_R_TIMER_NOW_MONOTONIC_NS  0 /* uint64 */
#define CAPOS_R_TIMER_NOW_TICK          8 /* uint64 */
#define CAPOS_P_TIMER_SLEEP_WORDS       1
#define CAPOS_P_TIMER_SLEEP_PTRS        0
#define CAPOS_P_TIMER_SLEEP_DURATION_NS 0 /* uint64 */

/* WallClock */
#define CAPOS_R_WALL_CLOCK_WALL_TIME_WORDS        3
#define CAPOS_R_WALL_CLOCK_WALL_TIME_PTRS         0
#define CAPOS_R_WALL_CLOCK_WALL_TIME_UTC_SECONDS  0  /* int64 */
#define CAPOS_R_WALL_CLOCK_WALL_TIME_UTC_NANOS    8  /* uint32 */
#define CAPOS_R_WALL_CLOCK_WALL_TIME_MONOTONIC_NS 16 /* uint64 */
#define CAPOS_R_WALL_CLOCK_WALL_TIME_PROVENANCE   12 /* ClockProvenance */

/* ThreadControl */
#define CAPOS_R_THREAD_CONTROL_GET_FS_BASE_WORDS   1
#define CAPOS_R_THREAD_CONTROL_GET_FS_BASE_PTRS    0
#define CAPOS_R_THREAD_CONTROL_GET_FS_BASE_FS_BASE 0 /* uint64 */
#define CAPOS_P_THREAD_CONTROL_SET_FS_BASE_WORDS   1
#define CAPOS_P_THREAD_CONTROL_SET_FS_BASE_PTRS    0
#define CAPOS_P_THREAD_CONTROL_SET_FS_BASE_FS_BASE 0 /* uint64 */
#define CAPOS_P_THREAD_CONTROL_EXIT_THREAD_WORDS   1
#define CAPOS_P_THREAD_CONTROL_EXIT_THREAD_PTRS    0
#define CAPOS_P_THREAD_CONTROL_EXIT_THREAD_CODE    0 /* int64 */

/* ThreadSpawner */
#define CAPOS_P_THREAD_SPAWNER_CREATE_WORDS        5
#define CAPOS_P_THREAD_SPAWNER_CREATE_PTRS         0
#define CAPOS_P_THREAD_SPAWNER_CREATE_ENTRY        0  /* uint64 */
#define CAPOS_P_THREAD_SPAWNER_CREATE_STACK_TOP    8  /* uint64 */
#define CAPOS_P_THREAD_SPAWNER_CREATE_ARG          16 /* uint64 */
#define CAPOS_P_THREAD_SPAWNER_CREATE_FS_BASE      24 /* uint64 */
#define CAPOS_P_THREAD_SPAWNER_CREATE_FLAGS        32 /* uint64 */
#define CAPOS_R_THREAD_SPAWNER_CREATE_WORDS        1
#define CAPOS_R_THREAD_SPAWNER_CREATE_PTRS         0
#define CAPOS_R_THREAD_SPAWNER_CREATE_HANDLE_INDEX 0 /* uint16 */

/* ThreadHandle */
#define CAPOS_R_THREAD_HANDLE_JOIN_WORDS           1
#define CAPOS_R_THREAD_HANDLE_JOIN_PTRS            0
#define CAPOS_R_THREAD_HANDLE_JOIN_EXIT_CODE       0 /* int64 */
#define CAPOS_R_THREAD_HANDLE_EXIT_CODE_WORDS      2
#define CAPOS_R_THREAD_HANDLE_EXIT_CODE_PTRS       0
#define CAPOS_R_THREAD_HANDLE_EXIT_CODE_EXITED_BIT 0 /* bool */
#define CAPOS_R_THREAD_HANDLE_EXIT_CODE_EXIT_CODE  8 /* int64 */

/* Pipe */
#define CAPOS_P_PIPE_READ_WORDS           1
#define CAPOS_P_PIPE_READ_PTRS            0
#define CAPOS_P_PIPE_READ_MAX_LEN         0 /* uint32 */
#define CAPOS_R_PIPE_READ_WORDS           1
#define CAPOS_R_PIPE_READ_PTRS            1
#define CAPOS_R_PIPE_READ_DATA_PTR        0 /* data */
#define CAPOS_R_PIPE_READ_EOF_BIT         0 /* bool */
#define CAPOS_P_PIPE_WRITE_WORDS          0
#define CAPOS_P_PIPE_WRITE_PTRS           1
#define CAPOS_P_PIPE_WRITE_DATA_PTR       0 /* data */
#define CAPOS_R_PIPE_WRITE_WORDS          1
#define CAPOS_R_PIPE_WRITE_PTRS           0
#define CAPOS_R_PIPE_WRITE_BYTES_WRITTEN  0 /* uint32 */
#define CAPOS_R_PIPE_IS_CLOSED_WORDS      1
#define CAPOS_R_PIPE_IS_CLOSED_PTRS       0
#define CAPOS_R_PIPE_IS_CLOSED_CLOSED_BIT 0 /* bool */

/* ProcessSpawner */
#define CAPOS_P_PROCESS_SPAWNER_SPAWN_WORDS                    0
#define CAPOS_P_PROCESS_SPAWNER_SPAWN_PTRS                     3
#define CAPOS_P_PROCESS_SPAWNER_SPAWN_NAME_PTR                 0 /* text */
#define CAPOS_P_PROCESS_SPAWNER_SPAWN_BINARY_NAME_PTR          1 /* text */
#define CAPOS_P_PROCESS_SPAWNER_SPAWN_GRANTS_PTR               2 /* List(CapGrant) */
#define CAPOS_R_PROCESS_SPAWNER_SPAWN_WORDS                    1
#define CAPOS_R_PROCESS_SPAWNER_SPAWN_PTRS                     0
#define CAPOS_R_PROCESS_SPAWNER_SPAWN_HANDLE_INDEX             0 /* uint16 */
#define CAPOS_R_PROCESS_SPAWNER_SPAWN_CAPABILITY_MANAGER_INDEX 2 /* uint16 */
#define CAPOS_P_PROCESS_SPAWNER_CREATE_PIPE_WORDS              1
#define CAPOS_P_PROCESS_SPAWNER_CREATE_PIPE_PTRS               0
#define CAPOS_P_PROCESS_SPAWNER_CREATE_PIPE_BUFFER_BYTES       0 /* uint32 */
#define CAPOS_R_PROCESS_SPAWNER_CREATE_PIPE_WORDS              1
#define CAPOS_R_PROCESS_SPAWNER_CREATE_PIPE_PTRS               0
#define CAPOS_R_PROCESS_SPAWNER_CREATE_PIPE_READ_INDEX         0 /* uint16 */
#define CAPOS_R_PROCESS_SPAWNER_CREATE_PIPE_WRITE_INDEX        2 /* uint16 */

/* ProcessHandle */
#define CAPOS_R_PROCESS_HANDLE_WAIT_WORDS     1
#define CAPOS_R_PROCESS_HANDLE_WAIT_PTRS      0
#define CAPOS_R_PROCESS_HANDLE_WAIT_EXIT_CODE 0 /* int64 */

/* CapabilityManager */
#define CAPOS_R_CAPABILITY_MANAGER_LIST_WORDS            0
#define CAPOS_R_CAPABILITY_MANAGER_LIST_PTRS             1
#define CAPOS_R_CAPABILITY_MANAGER_LIST_CAPABILITIES_PTR 0 /* List(CapabilityInfo) */
#define CAPOS_P_CAPABILITY_MANAGER_REVOKE_WORDS          1
#define CAPOS_P_CAPABILITY_MANAGER_REVOKE_PTRS           0
#define CAPOS_P_CAPABILITY_MANAGER_REVOKE_CAP_ID         0 /* uint32 */

/* BlockDevice */
#define CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_WORDS      2
#define CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_PTRS       0
#define CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_START_LBA  0 /* uint64 */
#define CAPOS_P_BLOCK_DEVICE_READ_BLOCKS_COUNT      8 /* uint32 */
#define CAPOS_R_BLOCK_DEVICE_READ_BLOCKS_WORDS      0
#define CAPOS_R_BLOCK_DEVICE_READ_BLOCKS_PTRS       1
#define CAPOS_R_BLOCK_DEVICE_READ_BLOCKS_DATA_PTR   0 /* data */
#define CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_WORDS     2
#define CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_PTRS      1
#define CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_START_LBA 0 /* uint64 */
#define CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_COUNT     8 /* uint32 */
#define CAPOS_P_BLOCK_DEVICE_WRITE_BLOCKS_DATA_PTR  0 /* data */
#define CAPOS_R_BLOCK_DEVICE_INFO_WORDS             2
#define CAPOS_R_BLOCK_DEVICE_INFO_PTRS              0
#define CAPOS_R_BLOCK_DEVICE_INFO_BLOCK_SIZE        0  /* uint32 */
#define CAPOS_R_BLOCK_DEVICE_INFO_READ_ONLY_BIT     32 /* bool */
#define CAPOS_R_BLOCK_DEVICE_INFO_BLOCK_COUNT       8  /* uint64 */

/* File */
#define CAPOS_P_FILE_READ_WORDS      2
#define CAPOS_P_FILE_READ_PTRS       0
#define CAPOS_P_FILE_READ_OFFSET     0 /* uint64 */
#define CAPOS_P_FILE_READ_LENGTH     8 /* uint32 */
#define CAPOS_R_FILE_READ_WORDS      0
#define CAPOS_R_FILE_READ_PTRS       1
#define CAPOS_R_FILE_READ_DATA_PTR   0 /* data */
#define CAPOS_P_FILE_WRITE_WORDS     1
#define CAPOS_P_FILE_WRITE_PTRS      1
#define CAPOS_P_FILE_WRITE_OFFSET    0 /* uint64 */
#define CAPOS_P_FILE_WRITE_DATA_PTR  0 /* data */
#define CAPOS_R_FILE_WRITE_WORDS     1
#define CAPOS_R_FILE_WRITE_PTRS      0
#define CAPOS_R_FILE_WRITE_WRITTEN   0 /* uint32 */
#define CAPOS_R_FILE_STAT_WORDS      3
#define CAPOS_R_FILE_STAT_PTRS       0
#define CAPOS_R_FILE_STAT_SIZE       0  /* uint64 */
#define CAPOS_R_FILE_STAT_CREATED    8  /* uint64 */
#define CAPOS_R_FILE_STAT_MODIFIED   16 /* uint64 */
#define CAPOS_P_FILE_TRUNCATE_WORDS  1
#define CAPOS_P_FILE_TRUNCATE_PTRS   0
#define CAPOS_P_FILE_TRUNCATE_LENGTH 0 /* uint64 */

/* Directory */
#define CAPOS_P_DIRECTORY_OPEN_WORDS       1
#define CAPOS_P_DIRECTORY_OPEN_PTRS        1
#define CAPOS_P_DIRECTORY_OPEN_NAME_PTR    0 /* text */
#define CAPOS_P_DIRECTORY_OPEN_FLAGS       0 /* uint32 */
#define CAPOS_R_DIRECTORY_OPEN_WORDS       0
#define CAPOS_R_DIRECTORY_OPEN_PTRS        1
#define CAPOS_R_DIRECTORY_OPEN_FILE_PTR    0 /* File */
#define CAPOS_R_DIRECTORY_LIST_WORDS       0
#define CAPOS_R_DIRECTORY_LIST_PTRS        1
#define CAPOS_R_DIRECTORY_LIST_ENTRIES_PTR 0 /* List(DirEntry) */
#define CAPOS_P_DIRECTORY_MKDIR_WORDS      0
#define CAPOS_P_DIRECTORY_MKDIR_PTRS       1
#define CAPOS_P_DIRECTORY_MKDIR_NAME_PTR   0 /* text */
#define CAPOS_R_DIRECTORY_MKDIR_WORDS      0
#define CAPOS_R_DIRECTORY_MKDIR_PTRS       1
#define CAPOS_R_DIRECTORY_MKDIR_DIR_PTR    0 /* Directory */
#define CAPOS_P_DIRECTORY_REMOVE_WORDS     0
#define CAPOS_P_DIRECTORY_REMOVE_PTRS      1
#define CAPOS_P_DIRECTORY_REMOVE_NAME_PTR  0 /* text */
#define CAPOS_P_DIRECTORY_SUB_WORDS        0
#define CAPOS_P_DIRECTORY_SUB_PTRS         1
#define CAPOS_P_DIRECTORY_SUB_NAME_PTR     0 /* text */
#define CAPOS_R_DIRECTORY_SUB_WORDS        0
#define CAPOS_R_DIRECTORY_SUB_PTRS         1
#define CAPOS_R_DIRECTORY_SUB_DIR_PTR      0 /* Directory */
#define CAPOS_P_DIRECTORY_CREATE_WORDS     0
#define CAPOS_P_DIRECTORY_CREATE_PTRS      1
#define CAPOS_P_DIRECTORY_CREATE_NAME_PTR  0 /* text */
#define CAPOS_P_DIRECTORY_RENAME_WORDS     0
#define CAPOS_P_DIRECTORY_RENAME_PTRS      2
#define CAPOS_P_DIRECTORY_RENAME_FROM_PTR  0 /* text */
#define CAPOS_P_DIRECTORY_RENAME_TO_PTR    1 /* text */

/* Store */
#define CAPOS_P_STORE_PUT_WORDS       0
#define CAPOS_P_STORE_PUT_PTRS        1
#define CAPOS_P_STORE_PUT_DATA_PTR    0 /* data */
#define CAPOS_R_STORE_PUT_WORDS       0
#define CAPOS_R_STORE_PUT_PTRS        1
#define CAPOS_R_STORE_PUT_HASH_PTR    0 /* data */
#define CAPOS_P_STORE_GET_WORDS       0
#define CAPOS_P_STORE_GET_PTRS        1
#define CAPOS_P_STORE_GET_HASH_PTR    0 /* data */
#define CAPOS_R_STORE_GET_WORDS       0
#define CAPOS_R_STORE_GET_PTRS        1
#define CAPOS_R_STORE_GET_DATA_PTR    0 /* data */
#define CAPOS_P_STORE_HAS_WORDS       0
#define CAPOS_P_STORE_HAS_PTRS        1
#define CAPOS_P_STORE_HAS_HASH_PTR    0 /* data */
#define CAPOS_R_STORE_HAS_WORDS       1
#define CAPOS_R_STORE_HAS_PTRS        0
#define CAPOS_R_STORE_HAS_EXISTS_BIT  0 /* bool */
#define CAPOS_P_STORE_DELETE_WORDS    0
#define CAPOS_P_STORE_DELETE_PTRS     1
#define CAPOS_P_STORE_DELETE_HASH_PTR 0 /* data */

/* Namespace */
#define CAPOS_P_NAMESPACE_RESOLVE_WORDS    0
#define CAPOS_P_NAMESPACE_RESOLVE_PTRS     1
#define CAPOS_P_NAMESPACE_RESOLVE_NAME_PTR 0 /* text */
#define CAPOS_R_NAMESPACE_RESOLVE_WORDS    0
#define CAPOS_R_NAMESPACE_RESOLVE_PTRS     1
#define CAPOS_R_NAMESPACE_RESOLVE_HASH_PTR 0 /* data */
#define CAPOS_P_NAMESPACE_BIND_WORDS       0
#define CAPOS_P_NAMESPACE_BIND_PTRS        2
#define CAPOS_P_NAMESPACE_BIND_NAME_PTR    0 /* text */
#define CAPOS_P_NAMESPACE_BIND_HASH_PTR    1 /* data */
#define CAPOS_R_NAMESPACE_LIST_WORDS       0
#define CAPOS_R_NAMESPACE_LIST_PTRS        1
#define CAPOS_R_NAMESPACE_LIST_NAMES_PTR   0 /* List(text) */
#define CAPOS_P_NAMESPACE_SUB_WORDS        0
#define CAPOS_P_NAMESPACE_SUB_PTRS         1
#define CAPOS_P_NAMESPACE_SUB_PREFIX_PTR   0 /* text */
#define CAPOS_R_NAMESPACE_SUB_WORDS        0
#define CAPOS_R_NAMESPACE_SUB_PTRS         1
#define CAPOS_R_NAMESPACE_SUB_NS_PTR       0 /* Namespace */

/* Structs that messages share */
#define CAPOS_S_CAP_GRANT_WORDS                      3
#define CAPOS_S_CAP_GRANT_PTRS                       2
#define CAPOS_S_CAP_GRANT_NAME_PTR                   0  /* text */
#define CAPOS_S_CAP_GRANT_CAP_ID                     0  /* uint32 */
#define CAPOS_S_CAP_GRANT_INTERFACE_ID               8  /* uint64 */
#define CAPOS_S_CAP_GRANT_MODE                       4  /* CapGrantMode */
#define CAPOS_S_CAP_GRANT_BADGE                      16 /* uint64 */
#define CAPOS_S_CAP_GRANT_SOURCE_PTR                 1  /* CapGrantSource */
#define CAPOS_S_CAP_GRANT_SOURCE_WORDS               1
#define CAPOS_S_CAP_GRANT_SOURCE_PTRS                0
#define CAPOS_S_CAP_GRANT_SOURCE_TAG                 0
#define CAPOS_S_CAP_GRANT_SOURCE_TAG_CAPABILITY      0
#define CAPOS_S_CAP_GRANT_SOURCE_TAG_KERNEL          1
#define CAPOS_S_CAP_GRANT_SOURCE_KERNEL              2 /* KernelCapSource */
#define CAPOS_S_CAPABILITY_INFO_WORDS                2
#define CAPOS_S_CAPABILITY_INFO_PTRS                 1
#define CAPOS_S_CAPABILITY_INFO_ID                   0 /* uint32 */
#define CAPOS_S_CAPABILITY_INFO_INTERFACE_ID         8 /* uint64 */
#define CAPOS_S_CAPABILITY_INFO_LABEL_PTR            0 /* text */
#define CAPOS_S_DIR_ENTRY_WORDS                      2
#define CAPOS_S_DIR_ENTRY_PTRS                       1
#define CAPOS_S_DIR_ENTRY_NAME_PTR                   0  /* text */
#define CAPOS_S_DIR_ENTRY_SIZE                       0  /* uint64 */
#define CAPOS_S_DIR_ENTRY_IS_DIR_BIT                 64 /* bool */
#define CAPOS_S_LINE_REQUEST_WORDS                   1
#define CAPOS_S_LINE_REQUEST_PTRS                    1
#define CAPOS_S_LINE_REQUEST_PROMPT_PTR              0  /* text */
#define CAPOS_S_LINE_REQUEST_MAX_BYTES               0  /* uint32 */
#define CAPOS_S_LINE_REQUEST_ECHO                    4  /* LineEcho */
#define CAPOS_S_LINE_REQUEST_ALLOW_EMPTY_BIT         48 /* bool */
#define CAPOS_S_STDIO_READ_REQUEST_WORDS             1
#define CAPOS_S_STDIO_READ_REQUEST_PTRS              1
#define CAPOS_S_STDIO_READ_REQUEST_PROMPT_PTR        0  /* text */
#define CAPOS_S_STDIO_READ_REQUEST_MODE              0  /* StdIOReadMode */
#define CAPOS_S_STDIO_READ_REQUEST_MAX_BYTES         4  /* uint32 */
#define CAPOS_S_STDIO_READ_REQUEST_ALLOW_EMPTY_BIT   16 /* bool */
#define CAPOS_S_CAP_EXCEPTION_WORDS                  1
#define CAPOS_S_CAP_EXCEPTION_PTRS                   1
#define CAPOS_S_CAP_EXCEPTION_TYPE                   0 /* ExceptionType */
#define CAPOS_S_CAP_EXCEPTION_MESSAGE_PTR            0 /* text */
#define CAPOS_S_SYSTEM_MANIFEST_WORDS                1
#define CAPOS_S_SYSTEM_MANIFEST_PTRS                 4
#define CAPOS_S_SYSTEM_MANIFEST_SCHEMA_VERSION       0 /* uint32 */
#define CAPOS_S_SYSTEM_MANIFEST_BINARIES_PTR         0 /* List(NamedBlob) */
#define CAPOS_S_SYSTEM_MANIFEST_INIT_CONFIG_PTR      1 /* CueValue */
#define CAPOS_S_SYSTEM_MANIFEST_KERNEL_PARAMS_PTR    2 /* SystemConfig */
#define CAPOS_S_SYSTEM_MANIFEST_EXTENSION_POINTS_PTR 3 /* ManifestExtensionPoints */
#define CAPOS_S_NAMED_BLOB_WORDS                     0
#define CAPOS_S_NAMED_BLOB_PTRS                      2
#define CAPOS_S_NAMED_BLOB_NAME_PTR                  0 /* text */
#define CAPOS_S_NAMED_BLOB_DATA_PTR                  1 /* data */
#define CAPOS_S_CUE_VALUE_WORDS                      2
#define CAPOS_S_CUE_VALUE_PTRS                       1
#define CAPOS_S_CUE_VALUE_TAG                        0
#define CAPOS_S_CUE_VALUE_TAG_NULL                   0
#define CAPOS_S_CUE_VALUE_TAG_BOOLEAN                1
#define CAPOS_S_CUE_VALUE_BOOLEAN_BIT                16 /* bool */
#define CAPOS_S_CUE_VALUE_TAG_INT_VALUE              2
#define CAPOS_S_CUE_VALUE_INT_VALUE                  8 /* int64 */
#define CAPOS_S_CUE_VALUE_TAG_UINT_VALUE             3
#define CAPOS_S_CUE_VALUE_UINT_VALUE                 8 /* uint64 */
#define CAPOS_S_CUE_VALUE_TAG_TEXT                   4
#define CAPOS_S_CUE_VALUE_TEXT_PTR                   0 /* text */
#define CAPOS_S_CUE_VALUE_TAG_BYTES                  5
#define CAPOS_S_CUE_VALUE_BYTES_PTR                  0 /* data */
#define CAPOS_S_CUE_VALUE_TAG_LIST                   6
#define CAPOS_S_CUE_VALUE_LIST_PTR                   0 /* List(CueValue) */
#define CAPOS_S_CUE_VALUE_TAG_FIELDS                 7
#define CAPOS_S_CUE_VALUE_FIELDS_PTR                 0 /* List(CueField) */
#define CAPOS_S_CUE_FIELD_WORDS                      0
#define CAPOS_S_CUE_FIELD_PTRS                       2
#define CAPOS_S_CUE_FIELD_NAME_PTR                   0 /* text */
#define CAPOS_S_CUE_FIELD_VALUE_PTR                  1 /* CueValue */

/* Enumerations that messages carry (u16) */
enum capos_cap_grant_mode {
    CAPOS_GRANT_RAW = 0,
    CAPOS_GRANT_CLIENT_ENDPOINT = 1,
    CAPOS_GRANT_MOVE = 2,
    CAPOS_GRANT_SERVICE_OBJECT = 3
};
enum capos_clock_provenance {
    CAPOS_CLOCK_UNTRUSTED = 0,
    CAPOS_CLOCK_NTP_SYNCED = 1,
    CAPOS_CLOCK_PTP_SYNCED = 2,
    CAPOS_CLOCK_MEASURED_BOOT_MONOTONIC = 3,
    CAPOS_CLOCK_MANUAL_SET = 4
};
enum capos_entropy_status { CAPOS_ENTROPY_OK = 0, CAPOS_ENTROPY_UNAVAILABLE = 1 };
enum capos_line_echo { CAPOS_ECHO_VISIBLE = 0, CAPOS_ECHO_HIDDEN = 1 };
enum capos_line_status { CAPOS_LINE_SUBMITTED = 0, CAPOS_LINE_CANCELLED = 1, CAPOS_LINE_CLOSED = 2 };
enum capos_stdio_read_mode { CAPOS_READ_LINE = 0, CAPOS_READ_BLOCK = 1, CAPOS_READ_HIDDEN = 2 };
enum capos_stdio_stream { CAPOS_STREAM_STDOUT = 0, CAPOS_STREAM_STDERR = 1, CAPOS_STREAM_STATUS = 2 };

/* CapGrant.badge value that asks for the badge of the granted client endpoint to be kept. */
#define CAPOS_GRANT_KEEP_BADGE UINT64_MAX

/* Protection bits of VirtualMemory and MemoryObject; write and exec together are refused. */
#define CAPOS_PROT_READ  1u
#define CAPOS_PROT_WRITE 2u
#define CAPOS_PROT_EXEC  4u
#define CAPOS_PROT_ALL   (CAPOS_PROT_READ | CAPOS_PROT_WRITE | CAPOS_PROT_EXEC)

/* Directory.open flags. */
#define CAPOS_OPEN_CREATE   1u
#define CAPOS_OPEN_TRUNCATE 2u
#define CAPOS_OPEN_APPEND   4u
#define CAPOS_OPEN_ALL      (CAPOS_OPEN_CREATE | CAPOS_OPEN_TRUNCATE | CAPOS_OPEN_APPEND)

/* Directory.list gives at most this many entries in one answer. */
#define CAPOS_DIRECTORY_LIST_MAX 64u

/* Store hashes: SHA-256, bytes. */
#define CAPOS_STORE_HASH_BYTES 32u

#endif
