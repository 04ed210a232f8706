# SPDX-License-Identifier: MIT
# tcc: the compiler of the guests, one program, unpatched. Its archive holds no folder of its own.
tcc.version   := 0.9.27
tcc.licence   := LGPL-2.1-or-later
tcc.package   := tcc
tcc.archive   := tcc_0.9.27+git20200814.62c30a4a.orig.tar.bz2
tcc.sha256    := d63c113bcdd657f51c8ee197a0b0a24203603313e19a52b5f678d40ab7f5df35
tcc.strip     := 0
tcc.method    := make
tcc.configure := -f capbench.mk tcc
tcc.products  := tcc=tcc
tcc.limits    := running in memory (-run)|unsupported|it wants memory both writable and executable, which no capOS process may have|tcc -run says so;\
                 shared libraries|unsupported|static programs only|tcc -shared output cannot be loaded
