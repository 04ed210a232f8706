/* SPDX-License-Identifier: MIT */
/*
 * Configuration of the tcc port, in place of what its configure script would write: x86-64, static, musl. The
 * paths are those of the workload tree; builds name every path themselves and use none of them.
 * Invariant: the same file for every flavour and for the compiler that builds itself in the guest.
 */
#ifndef TCC_CONFIG_H
#define TCC_CONFIG_H

#define TCC_VERSION                "0.9.27"
#define TCC_TARGET_X86_64          1
#define CONFIG_TCC_STATIC          1
#define CONFIG_TCC_MUSL            1
#define CONFIG_TCCDIR              "/tree/in/tcc"
#define CONFIG_TCC_SYSINCLUDEPATHS "{B}/include:{B}/../musl/include"
#define CONFIG_TCC_LIBPATHS        "{B}/../musl/linux"
#define CONFIG_TCC_CRTPREFIX       "{B}/../musl/linux"

#endif
