# SPDX-License-Identifier: MIT
# xz: the command line tool with its own liblzma inside, one thread, C only.
xz.version   := 5.4.1
xz.licence   := LicenseRef-public-domain
xz.package   := xz-utils
xz.archive   := xz-utils_5.4.1.orig.tar.xz
xz.sha256    := 5d9827aa1875b21c288f78864bb26d2650b436ea8d2cad364e4921eb6266a5a5
xz.method    := autoconf
xz.configure := --disable-shared --enable-static --enable-threads=no --disable-nls --disable-assembler --disable-doc \
                --disable-scripts --disable-lzmadec --disable-lzmainfo --disable-sandbox --disable-dependency-tracking
xz.products  := xz=src/xz/xz
xz.limits    := multithreading|unsupported|built without threads in every flavour|xz -T2 uses one thread
