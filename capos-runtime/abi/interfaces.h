/* SPDX-License-Identifier: MIT */
/*
 * Interface identifiers, method ordinals and the kernel's capability sources.
 * Invariant: one list each (CAPOS_INTERFACES, CAPOS_METHODS, CAPOS_SOURCES); every enum, table and name below
 * is generated from these lists, so a number is written once. Source: the published schema (type ids,
 * ordinals) and the manifest spelling of the sources.
 */
#ifndef ABI_INTERFACES_H
#define ABI_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Interface type ids. */
#define CAPOS_IFACE_CONSOLE                   UINT64_C(0x913ae02202463262)
#define CAPOS_IFACE_TERMINAL_SESSION          UINT64_C(0x93484e804b83f366)
#define CAPOS_IFACE_STDIO                     UINT64_C(0xb5710d2d2f9feeb5)
#define CAPOS_IFACE_ENTROPY_SOURCE            UINT64_C(0x8f806845945157e9)
#define CAPOS_IFACE_SYSTEM_INFO               UINT64_C(0xfbbdc602980cb986)
#define CAPOS_IFACE_BOOT_PACKAGE              UINT64_C(0xf90b23a1ce34df61)
#define CAPOS_IFACE_VIRTUAL_MEMORY            UINT64_C(0x86246d603d6cb6e5)
#define CAPOS_IFACE_FRAME_ALLOCATOR           UINT64_C(0x99c5fd0346dd918b)
#define CAPOS_IFACE_MEMORY_OBJECT             UINT64_C(0xa6d325ad136095be)
#define CAPOS_IFACE_TIMER                     UINT64_C(0x9ac15f2e068e4b7b)
#define CAPOS_IFACE_WALL_CLOCK                UINT64_C(0xe28412f022b72db8)
#define CAPOS_IFACE_THREAD_CONTROL            UINT64_C(0x8b2f6272ccb78e32)
#define CAPOS_IFACE_THREAD_SPAWNER            UINT64_C(0xdcdd6651f6fd25b0)
#define CAPOS_IFACE_THREAD_HANDLE             UINT64_C(0xd394558cd1df8c83)
#define CAPOS_IFACE_PARK_SPACE                UINT64_C(0xb520d6693ae6db6f)
#define CAPOS_IFACE_SHARED_PARK_SPACE         UINT64_C(0xa72963b58c4baf63)
#define CAPOS_IFACE_PARK_BENCH                UINT64_C(0xee8745716391e35c)
#define CAPOS_IFACE_ENDPOINT                  UINT64_C(0xd5dc40d973e75b84)
#define CAPOS_IFACE_PIPE                      UINT64_C(0xd9e860ced94a61ee)
#define CAPOS_IFACE_PROCESS_SPAWNER           UINT64_C(0xc38e920d571bd988)
#define CAPOS_IFACE_PROCESS_HANDLE            UINT64_C(0xd5b6eb41fc32049b)
#define CAPOS_IFACE_CAPABILITY_MANAGER        UINT64_C(0xa619067afeb13801)
#define CAPOS_IFACE_BLOCK_DEVICE              UINT64_C(0xe3459fc624accc3b)
#define CAPOS_IFACE_FILE                      UINT64_C(0xa67530a44b2ada88)
#define CAPOS_IFACE_DIRECTORY                 UINT64_C(0xa456e17698a31f74)
#define CAPOS_IFACE_STORE                     UINT64_C(0x8eecd752a05a79b2)
#define CAPOS_IFACE_NAMESPACE                 UINT64_C(0xdeebc1bcb45451b4)
#define CAPOS_IFACE_LOG_SINK                  UINT64_C(0xb2bda99db21b8a8e)
#define CAPOS_IFACE_LOG_READER                UINT64_C(0xcd91e969a5c7b1dc)
#define CAPOS_IFACE_USER_SESSION              UINT64_C(0x80b87169c39aaf1c)
#define CAPOS_IFACE_SESSION_MANAGER           UINT64_C(0xeea8ac868bbee502)
#define CAPOS_IFACE_AUTHORITY_BROKER          UINT64_C(0xbf777872762aba80)
#define CAPOS_IFACE_RESTRICTED_LAUNCHER       UINT64_C(0xb0427df1ca0538aa)
#define CAPOS_IFACE_RESTRICTED_SHELL_LAUNCHER UINT64_C(0xde5b1f5395160bdd)
#define CAPOS_IFACE_CREDENTIAL_STORE          UINT64_C(0x934f2fd9b1d1905c)
#define CAPOS_IFACE_AUDIT_LOG                 UINT64_C(0xfbdfefab64d0aa77)
#define CAPOS_IFACE_NETWORK_MANAGER           UINT64_C(0xc6ca380165fa62bf)
#define CAPOS_IFACE_TCP_LISTEN_AUTHORITY      UINT64_C(0x98f7aafda43ce3fe)
#define CAPOS_IFACE_TCP_LISTENER              UINT64_C(0x8098a1c9d75465a7)
#define CAPOS_IFACE_TCP_SOCKET                UINT64_C(0x89917405be598f91)
#define CAPOS_IFACE_UDP_SOCKET                UINT64_C(0x8ace00e24fdcc798)
#define CAPOS_IFACE_NIC                       UINT64_C(0xa61ba0a138c22125)

/* Interfaces that the manifest can name and that we serve nothing of. */
#define CAPOS_IFACE_HARDWARE_AUDIT_LOG         UINT64_C(0xe87c9c534ff91ff4)
#define CAPOS_IFACE_SSH_HOST_KEY               UINT64_C(0xc5eb53f88fdc2b3a)
#define CAPOS_IFACE_AUTHORIZED_KEY_STORE       UINT64_C(0xa2a1d8b1485c9dfe)
#define CAPOS_IFACE_DMA_POOL                   UINT64_C(0xa1f40e988fe22d6d)
#define CAPOS_IFACE_DEVICE_MMIO                UINT64_C(0xedd51dca873edf1e)
#define CAPOS_IFACE_INTERRUPT                  UINT64_C(0xd4578c43a12fc5cb)
#define CAPOS_IFACE_SCHEDULING_POLICY_CAP      UINT64_C(0xc6e2ef87193751db)
#define CAPOS_IFACE_SCHEDULING_CONTEXT         UINT64_C(0xb34f8c02f5901eb9)
#define CAPOS_IFACE_CPU_ISOLATION_LEASE        UINT64_C(0x8be1aaf5f485d398)
#define CAPOS_IFACE_CPU_ISOLATION_POOL_GRANT   UINT64_C(0xfea6a4a5450d7a09)
#define CAPOS_IFACE_CPU_ISOLATION_GRANT_MINTER UINT64_C(0xbda3724bf5a48173)
#define CAPOS_IFACE_MANUAL                     UINT64_C(0xa47540e09e7d1f31)

/* The measurement interface without methods of its own: every call completes with 0 and no results. */
#define CAPOS_IFACE_NULL_CAP UINT64_C(0x6e756c6c63617030)

/* X(ID, name as the schema spells it): every interface id above. */
#define CAPOS_INTERFACES(X)                                                                                  \
    X(CONSOLE, "Console")                                                                                    \
    X(TERMINAL_SESSION, "TerminalSession")                                                                   \
    X(STDIO, "StdIO")                                                                                        \
    X(ENTROPY_SOURCE, "EntropySource")                                                                       \
    X(SYSTEM_INFO, "SystemInfo")                                                                             \
    X(BOOT_PACKAGE, "BootPackage")                                                                           \
    X(VIRTUAL_MEMORY, "VirtualMemory")                                                                       \
    X(FRAME_ALLOCATOR, "FrameAllocator")                                                                     \
    X(MEMORY_OBJECT, "MemoryObject")                                                                         \
    X(TIMER, "Timer")                                                                                        \
    X(WALL_CLOCK, "WallClock")                                                                               \
    X(THREAD_CONTROL, "ThreadControl")                                                                       \
    X(THREAD_SPAWNER, "ThreadSpawner")                                                                       \
    X(THREAD_HANDLE, "ThreadHandle")                                                                         \
    X(PARK_SPACE, "ParkSpace")                                                                               \
    X(SHARED_PARK_SPACE, "SharedParkSpace")                                                                  \
    X(PARK_BENCH, "ParkBench")                                                                               \
    X(ENDPOINT, "Endpoint")                                                                                  \
    X(PIPE, "Pipe")                                                                                          \
    X(PROCESS_SPAWNER, "ProcessSpawner")                                                                     \
    X(PROCESS_HANDLE, "ProcessHandle")                                                                       \
    X(CAPABILITY_MANAGER, "CapabilityManager")                                                               \
    X(BLOCK_DEVICE, "BlockDevice")                                                                           \
    X(FILE, "File")                                                                                          \
    X(DIRECTORY, "Directory")                                                                                \
    X(STORE, "Store")                                                                                        \
    X(NAMESPACE, "Namespace")                                                                                \
    X(LOG_SINK, "LogSink")                                                                                   \
    X(LOG_READER, "LogReader")                                                                               \
    X(USER_SESSION, "UserSession")                                                                           \
    X(SESSION_MANAGER, "SessionManager")                                                                     \
    X(AUTHORITY_BROKER, "AuthorityBroker")                                                                   \
    X(RESTRICTED_LAUNCHER, "RestrictedLauncher")                                                             \
    X(RESTRICTED_SHELL_LAUNCHER, "RestrictedShellLauncher")                                                  \
    X(CREDENTIAL_STORE, "CredentialStore")                                                                   \
    X(AUDIT_LOG, "AuditLog")                                                                                 \
    X(NETWORK_MANAGER, "NetworkManager")                                                                     \
    X(TCP_LISTEN_AUTHORITY, "TcpListenAuthority")                                                            \
    X(TCP_LISTENER, "TcpListener")                                                                           \
    X(TCP_SOCKET, "TcpSocket")                                                                               \
    X(UDP_SOCKET, "UdpSocket")                                                                               \
    X(NIC, "Nic")                                                                                            \
    X(HARDWARE_AUDIT_LOG, "HardwareAuditLog")                                                                \
    X(SSH_HOST_KEY, "SshHostKey")                                                                            \
    X(AUTHORIZED_KEY_STORE, "AuthorizedKeyStore")                                                            \
    X(DMA_POOL, "DmaPool")                                                                                   \
    X(DEVICE_MMIO, "DeviceMmio")                                                                             \
    X(INTERRUPT, "Interrupt")                                                                                \
    X(SCHEDULING_POLICY_CAP, "SchedulingPolicyCap")                                                          \
    X(SCHEDULING_CONTEXT, "SchedulingContext")                                                               \
    X(CPU_ISOLATION_LEASE, "CpuIsolationLease")                                                              \
    X(CPU_ISOLATION_POOL_GRANT, "CpuIsolationPoolGrant")                                                     \
    X(CPU_ISOLATION_GRANT_MINTER, "CpuIsolationGrantMinter")                                                 \
    X(MANUAL, "Manual")                                                                                      \
    X(NULL_CAP, "NullCap")

/* X(INTERFACE, METHOD, name as the schema spells it, ordinal): the methods of every interface we know. */
#define CAPOS_METHODS(X)                                                                                     \
    X(CONSOLE, WRITE, "write", 0)                                                                            \
    X(CONSOLE, WRITE_LINE, "writeLine", 1)                                                                   \
    X(TERMINAL_SESSION, WRITE, "write", 0)                                                                   \
    X(TERMINAL_SESSION, WRITE_LINE, "writeLine", 1)                                                          \
    X(TERMINAL_SESSION, READ_LINE, "readLine", 2)                                                            \
    X(STDIO, WRITE, "write", 0)                                                                              \
    X(STDIO, READ, "read", 1)                                                                                \
    X(STDIO, CLOSE, "close", 2)                                                                              \
    X(ENTROPY_SOURCE, FILL, "fill", 0)                                                                       \
    X(SYSTEM_INFO, MOTD, "motd", 0)                                                                          \
    X(SYSTEM_INFO, HOSTNAME, "hostname", 1)                                                                  \
    X(BOOT_PACKAGE, MANIFEST_SIZE, "manifestSize", 0)                                                        \
    X(BOOT_PACKAGE, READ_MANIFEST, "readManifest", 1)                                                        \
    X(VIRTUAL_MEMORY, MAP, "map", 0)                                                                         \
    X(VIRTUAL_MEMORY, UNMAP, "unmap", 1)                                                                     \
    X(VIRTUAL_MEMORY, PROTECT, "protect", 2)                                                                 \
    X(VIRTUAL_MEMORY, RESERVE, "reserve", 3)                                                                 \
    X(VIRTUAL_MEMORY, COMMIT, "commit", 4)                                                                   \
    X(VIRTUAL_MEMORY, DECOMMIT, "decommit", 5)                                                               \
    X(FRAME_ALLOCATOR, ALLOC_FRAME, "allocFrame", 0)                                                         \
    X(FRAME_ALLOCATOR, ALLOC_CONTIGUOUS, "allocContiguous", 1)                                               \
    X(MEMORY_OBJECT, INFO, "info", 0)                                                                        \
    X(MEMORY_OBJECT, MAP, "map", 1)                                                                          \
    X(MEMORY_OBJECT, UNMAP, "unmap", 2)                                                                      \
    X(MEMORY_OBJECT, PROTECT, "protect", 3)                                                                  \
    X(TIMER, NOW, "now", 0)                                                                                  \
    X(TIMER, SLEEP, "sleep", 1)                                                                              \
    X(WALL_CLOCK, WALL_TIME, "wallTime", 0)                                                                  \
    X(THREAD_CONTROL, GET_FS_BASE, "getFsBase", 0)                                                           \
    X(THREAD_CONTROL, SET_FS_BASE, "setFsBase", 1)                                                           \
    X(THREAD_CONTROL, EXIT_THREAD, "exitThread", 2)                                                          \
    X(THREAD_SPAWNER, CREATE, "create", 0)                                                                   \
    X(THREAD_HANDLE, JOIN, "join", 0)                                                                        \
    X(THREAD_HANDLE, EXIT_CODE, "exitCode", 1)                                                               \
    X(PARK_BENCH, WAIT, "wait", 0)                                                                           \
    X(PARK_BENCH, WAKE, "wake", 1)                                                                           \
    X(PIPE, READ, "read", 0)                                                                                 \
    X(PIPE, WRITE, "write", 1)                                                                               \
    X(PIPE, CLOSE, "close", 2)                                                                               \
    X(PIPE, IS_CLOSED, "isClosed", 3)                                                                        \
    X(PROCESS_SPAWNER, SPAWN, "spawn", 0)                                                                    \
    X(PROCESS_SPAWNER, CREATE_PIPE, "createPipe", 1)                                                         \
    X(PROCESS_HANDLE, WAIT, "wait", 0)                                                                       \
    X(PROCESS_HANDLE, TERMINATE, "terminate", 1)                                                             \
    X(CAPABILITY_MANAGER, LIST, "list", 0)                                                                   \
    X(CAPABILITY_MANAGER, REVOKE, "revoke", 1)                                                               \
    X(BLOCK_DEVICE, READ_BLOCKS, "readBlocks", 0)                                                            \
    X(BLOCK_DEVICE, WRITE_BLOCKS, "writeBlocks", 1)                                                          \
    X(BLOCK_DEVICE, INFO, "info", 2)                                                                         \
    X(BLOCK_DEVICE, FLUSH, "flush", 3)                                                                       \
    X(FILE, READ, "read", 0)                                                                                 \
    X(FILE, WRITE, "write", 1)                                                                               \
    X(FILE, STAT, "stat", 2)                                                                                 \
    X(FILE, TRUNCATE, "truncate", 3)                                                                         \
    X(FILE, SYNC, "sync", 4)                                                                                 \
    X(FILE, CLOSE, "close", 5)                                                                               \
    X(DIRECTORY, OPEN, "open", 0)                                                                            \
    X(DIRECTORY, LIST, "list", 1)                                                                            \
    X(DIRECTORY, MKDIR, "mkdir", 2)                                                                          \
    X(DIRECTORY, REMOVE, "remove", 3)                                                                        \
    X(DIRECTORY, SUB, "sub", 4)                                                                              \
    X(DIRECTORY, CREATE, "create", 5)                                                                        \
    X(DIRECTORY, RENAME, "rename", 6)                                                                        \
    X(STORE, PUT, "put", 0)                                                                                  \
    X(STORE, GET, "get", 1)                                                                                  \
    X(STORE, HAS, "has", 2)                                                                                  \
    X(STORE, DELETE, "delete", 3)                                                                            \
    X(NAMESPACE, RESOLVE, "resolve", 0)                                                                      \
    X(NAMESPACE, BIND, "bind", 1)                                                                            \
    X(NAMESPACE, LIST, "list", 2)                                                                            \
    X(NAMESPACE, SUB, "sub", 3)                                                                              \
    X(LOG_SINK, WRITE, "write", 0)                                                                           \
    X(LOG_READER, READ, "read", 0)                                                                           \
    X(USER_SESSION, INFO, "info", 0)                                                                         \
    X(USER_SESSION, AUDIT_CONTEXT, "auditContext", 1)                                                        \
    X(USER_SESSION, LOGOUT, "logout", 2)                                                                     \
    X(SESSION_MANAGER, LOGIN, "login", 0)                                                                    \
    X(SESSION_MANAGER, GUEST, "guest", 1)                                                                    \
    X(SESSION_MANAGER, ANONYMOUS, "anonymous", 2)                                                            \
    X(SESSION_MANAGER, SSH_PUBLIC_KEY, "sshPublicKey", 3)                                                    \
    X(AUTHORITY_BROKER, SHELL_BUNDLE, "shellBundle", 0)                                                      \
    X(AUTHORITY_BROKER, REMOTE_CLIENT_BUNDLE, "remoteClientBundle", 1)                                       \
    X(RESTRICTED_LAUNCHER, SPAWN, "spawn", 0)                                                                \
    X(RESTRICTED_LAUNCHER, LIST_BINARIES, "listBinaries", 1)                                                 \
    X(RESTRICTED_LAUNCHER, SPAWN_WORKER, "spawnWorker", 2)                                                   \
    X(RESTRICTED_SHELL_LAUNCHER, LAUNCH_SHELL, "launchShell", 0)                                             \
    X(CREDENTIAL_STORE, CONSOLE_PASSWORD_STATUS, "consolePasswordStatus", 0)                                 \
    X(CREDENTIAL_STORE, VERIFY_CONSOLE_PASSWORD, "verifyConsolePassword", 1)                                 \
    X(CREDENTIAL_STORE, CONSOLE_BOOTSTRAP_POLICY, "consoleBootstrapPolicy", 2)                               \
    X(CREDENTIAL_STORE, CREATE_CONSOLE_PASSWORD, "createConsolePassword", 3)                                 \
    X(AUDIT_LOG, RECORD, "record", 0)                                                                        \
    X(NETWORK_MANAGER, GET_CONFIG, "getConfig", 0)                                                           \
    X(NETWORK_MANAGER, CREATE_TCP_LISTENER, "createTcpListener", 1)                                          \
    X(NETWORK_MANAGER, CONNECT_TCP, "connectTcp", 2)                                                         \
    X(NETWORK_MANAGER, CREATE_UDP_SOCKET, "createUdpSocket", 3)                                              \
    X(TCP_LISTEN_AUTHORITY, LISTEN, "listen", 0)                                                             \
    X(TCP_LISTENER, ACCEPT, "accept", 0)                                                                     \
    X(TCP_LISTENER, CLOSE, "close", 1)                                                                       \
    X(TCP_SOCKET, SEND, "send", 0)                                                                           \
    X(TCP_SOCKET, RECV, "recv", 1)                                                                           \
    X(TCP_SOCKET, CLOSE, "close", 2)                                                                         \
    X(TCP_SOCKET, INTO_TERMINAL_SESSION, "intoTerminalSession", 3)                                           \
    X(UDP_SOCKET, SEND_TO, "sendTo", 0)                                                                      \
    X(UDP_SOCKET, RECV_FROM, "recvFrom", 1)                                                                  \
    X(UDP_SOCKET, CLOSE, "close", 2)                                                                         \
    X(NIC, TRANSMIT, "transmit", 0)                                                                          \
    X(NIC, RECEIVE, "receive", 1)                                                                            \
    X(NIC, MAC_ADDRESS, "macAddress", 2)                                                                     \
    X(NIC, LINK_STATUS, "linkStatus", 3)                                                                     \
    X(NIC, RECEIVE_POLL, "receivePoll", 4)

/* CAPOS_M_<INTERFACE>_<METHOD>: the method ordinal that goes into the SQE's method_id. */
enum {
#define CAPOS_X(iface, method, name, ordinal) CAPOS_M_##iface##_##method = (ordinal),
    CAPOS_METHODS(CAPOS_X)
#undef CAPOS_X
};

/*
 * X(SOURCE, KernelCapSource value, name in a manifest or in --grant, interface): what a grant's `kernel`
 * source can be.
 */
#define CAPOS_SOURCES(X)                                                                                     \
    X(CONSOLE, 0, "console", CONSOLE)                                                                        \
    X(ENDPOINT, 1, "endpoint", ENDPOINT)                                                                     \
    X(FRAME_ALLOCATOR, 2, "frame_allocator", FRAME_ALLOCATOR)                                                \
    X(VIRTUAL_MEMORY, 3, "virtual_memory", VIRTUAL_MEMORY)                                                   \
    X(PROCESS_SPAWNER, 4, "process_spawner", PROCESS_SPAWNER)                                                \
    X(BOOT_PACKAGE, 5, "boot_package", BOOT_PACKAGE)                                                         \
    X(TERMINAL_SESSION, 6, "terminal_session", TERMINAL_SESSION)                                             \
    X(ENTROPY_SOURCE, 7, "entropy_source", ENTROPY_SOURCE)                                                   \
    X(CREDENTIAL_STORE, 8, "credential_store", CREDENTIAL_STORE)                                             \
    X(SESSION_MANAGER, 9, "session_manager", SESSION_MANAGER)                                                \
    X(AUTHORITY_BROKER, 10, "authority_broker", AUTHORITY_BROKER)                                            \
    X(AUDIT_LOG, 11, "audit_log", AUDIT_LOG)                                                                 \
    X(SYSTEM_INFO, 12, "system_info", SYSTEM_INFO)                                                           \
    X(NULL_CAP, 13, "null", NULL_CAP)                                                                        \
    X(PARK_BENCH, 14, "park_bench", PARK_BENCH)                                                              \
    X(TIMER, 15, "timer", TIMER)                                                                             \
    X(THREAD_CONTROL, 16, "thread_control", THREAD_CONTROL)                                                  \
    X(THREAD_SPAWNER, 17, "thread_spawner", THREAD_SPAWNER)                                                  \
    X(PARK_SPACE, 18, "park_space", PARK_SPACE)                                                              \
    X(NETWORK_MANAGER, 19, "network_manager", NETWORK_MANAGER)                                               \
    X(SSH_DEVELOPMENT_HOST_KEY, 20, "ssh_development_host_key", SSH_HOST_KEY)                                \
    X(TCP_LISTEN_AUTHORITY, 21, "tcp_listen_authority", TCP_LISTEN_AUTHORITY)                                \
    X(AUTHORIZED_KEY_STORE, 22, "authorized_key_store", AUTHORIZED_KEY_STORE)                                \
    X(RESTRICTED_SHELL_LAUNCHER, 23, "restricted_shell_launcher", RESTRICTED_SHELL_LAUNCHER)                 \
    X(CHAT_ENDPOINT, 24, "chat_endpoint", ENDPOINT)                                                          \
    X(DEVICE_MMIO, 25, "device_mmio", DEVICE_MMIO)                                                           \
    X(INTERRUPT, 26, "interrupt", INTERRUPT)                                                                 \
    X(SCHEDULING_POLICY, 27, "scheduling_policy", SCHEDULING_POLICY_CAP)                                     \
    X(DMA_POOL, 28, "dmapool", DMA_POOL)                                                                     \
    X(HARDWARE_AUDIT_LOG, 29, "hardware_audit_log", HARDWARE_AUDIT_LOG)                                      \
    X(SCHEDULING_CONTEXT, 30, "scheduling_context", SCHEDULING_CONTEXT)                                      \
    X(CPU_ISOLATION_LEASE, 31, "cpu_isolation_lease", CPU_ISOLATION_LEASE)                                   \
    X(FILE, 32, "file", FILE)                                                                                \
    X(DIRECTORY, 33, "directory", DIRECTORY)                                                                 \
    X(STORE, 34, "store", STORE)                                                                             \
    X(NAMESPACE, 35, "namespace", NAMESPACE)                                                                 \
    X(WALL_CLOCK, 36, "wall_clock", WALL_CLOCK)                                                              \
    X(MANUAL, 37, "manual", MANUAL)                                                                          \
    X(LOG_SINK, 38, "log_sink", LOG_SINK)                                                                    \
    X(LOG_READER, 39, "log_reader", LOG_READER)                                                              \
    X(BLOCK_DEVICE, 40, "block_device", BLOCK_DEVICE)                                                        \
    X(READ_ONLY_FS_ROOT, 41, "read_only_fs_root", DIRECTORY)                                                 \
    X(PERSISTENT_STORE, 42, "persistent_store", STORE)                                                       \
    X(WRITABLE_FS_ROOT, 43, "writable_fs_root", DIRECTORY)                                                   \
    X(BLOCK_DEVICE_TARGET, 44, "block_device_target", BLOCK_DEVICE)                                          \
    X(INSTALLABLE_IMAGE_SOURCE, 45, "installable_image_source", DIRECTORY)                                   \
    X(CPU_ISOLATION_POOL_GRANT, 46, "cpu_isolation_pool_grant", CPU_ISOLATION_POOL_GRANT)                    \
    X(CPU_ISOLATION_POOL_GRANT_SECONDARY, 47, "cpu_isolation_pool_grant_secondary",                          \
      CPU_ISOLATION_POOL_GRANT)                                                                              \
    X(CPU_ISOLATION_GRANT_MINTER, 48, "cpu_isolation_grant_minter", CPU_ISOLATION_GRANT_MINTER)              \
    X(NIC, 49, "nic", NIC)

/* CAPOS_SRC_<SOURCE>: the enum value on the wire. */
enum capos_source {
#define CAPOS_X(source, value, name, iface) CAPOS_SRC_##source = (value),
    CAPOS_SOURCES(CAPOS_X)
#undef CAPOS_X
};

/* One row of the source table. */
struct capos_source_info {
    const char *name; /* as manifests and --grant spell it */
    uint64_t interface_id;
    uint16_t value; /* enum capos_source */
};

/*
 * capos_source_table: all sources in the order of the list; *count receives their number. Static storage.
 */
static inline const struct capos_source_info *capos_source_table(size_t *count)
{
    static const struct capos_source_info table[] = {
#define CAPOS_X(source, value, name, iface) {name, CAPOS_IFACE_##iface, value},
        CAPOS_SOURCES(CAPOS_X)
#undef CAPOS_X
    };
    *count = sizeof table / sizeof table[0];
    return table;
}

/* capos_name_equal: true when the NUL-terminated `name` is exactly the `len` bytes at `p`. */
static inline bool capos_name_equal(const char *name, const char *p, size_t len)
{
    size_t i = 0;
    while (i < len && name[i] != '\0' && name[i] == p[i])
        i++;
    return i == len && name[i] == '\0';
}

/* capos_source_by_name: the source whose manifest name is the `len` bytes at `p`, or NULL. Static storage. */
static inline const struct capos_source_info *capos_source_by_name(const char *p, size_t len)
{
    size_t n;
    const struct capos_source_info *t = capos_source_table(&n);
    for (size_t i = 0; i < n; i++)
        if (capos_name_equal(t[i].name, p, len))
            return &t[i];
    return NULL;
}

/* capos_source_by_value: the source with this KernelCapSource value, or NULL when there is none. Static
 * storage. */
static inline const struct capos_source_info *capos_source_by_value(uint32_t value)
{
    size_t n;
    const struct capos_source_info *t = capos_source_table(&n);
    for (size_t i = 0; i < n; i++)
        if (t[i].value == value)
            return &t[i];
    return NULL;
}

/* capos_interface_name: the schema's name of an interface, or NULL for an id we do not know. Static storage.
 */
static inline const char *capos_interface_name(uint64_t id)
{
    static const struct {
        uint64_t id;
        const char *name;
    } table[] = {
#define CAPOS_X(iface, name) {CAPOS_IFACE_##iface, name},
        CAPOS_INTERFACES(CAPOS_X)
#undef CAPOS_X
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].id == id)
            return table[i].name;
    return NULL;
}

/*
 * capos_method_name: the schema's name of a method, or NULL when the interface has no such ordinal or is
 * unknown. Static storage.
 */
static inline const char *capos_method_name(uint64_t id, uint16_t ordinal)
{
    static const struct {
        uint64_t id;
        const char *name;
        uint16_t ordinal;
    } table[] = {
#define CAPOS_X(iface, method, name, ordinal) {CAPOS_IFACE_##iface, name, ordinal},
        CAPOS_METHODS(CAPOS_X)
#undef CAPOS_X
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].id == id && table[i].ordinal == ordinal)
            return table[i].name;
    return NULL;
}

#endif
