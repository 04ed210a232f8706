# SPDX-License-Identifier: MIT
# lua: interpreter and compiler by the release's own makefile, unpatched; POSIX for mkstemp and popen, no dynamic loading.
lua.version   := 5.4.4
lua.licence   := MIT
lua.package   := lua5.4
lua.archive   := lua5.4_5.4.4.orig.tar.gz
lua.sha256    := 164c7849653b80ae67bec4b7473b884bf5cc8d2dca05653475ec2ed27b9ebf61
lua.method    := make
lua.cflags    := -DLUA_USE_POSIX -DLUA_COMPAT_5_3
lua.configure := -C src lua luac
lua.products  := lua=src/lua luac=src/luac
lua.limits    := loading of C modules|unsupported|static programs|package.loadlib answers "absent"
