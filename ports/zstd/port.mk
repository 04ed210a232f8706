# SPDX-License-Identifier: MIT
# zstd: the command line tool, one thread, no other codec, C only (so that both flavours run the same code paths).
zstd.version   := 1.5.4
zstd.licence   := BSD-3-Clause
zstd.package   := libzstd
zstd.archive   := libzstd_1.5.4+dfsg2.orig.tar.xz
zstd.sha256    := 8cf4bbb65e77ec348d052c8d6230eba66d435bddf64c8b5be2fcb16880c19953
zstd.method    := make
zstd.configure := -C programs zstd HAVE_THREAD=0 HAVE_ZLIB=0 HAVE_LZMA=0 HAVE_LZ4=0 ZSTD_NO_ASM=1 ZSTD_LEGACY_SUPPORT=0
zstd.products  := zstd=programs/zstd
zstd.limits    := multithreading|unsupported|built without threads in every flavour|zstd -T2 says that multithreading is disabled and uses one thread
