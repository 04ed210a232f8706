# SPDX-License-Identifier: MIT
# musl: the C library of both flavours. ports/rules.mk builds the linux sysroot; capos-runtime/musl/rules.mk the capos one.
musl.version   := 1.2.3
musl.licence   := MIT
musl.package   := musl
musl.archive   := musl_1.2.3.orig.tar.gz
musl.sha256    := 7d5b0b6062521e4627e099e4c9dc8248d32a30285e959b7eecaa780cf8cfd4a4
musl.method    := sysroot
musl.configure := --disable-shared --disable-wrapper
musl.products  :=
musl.limits    :=
