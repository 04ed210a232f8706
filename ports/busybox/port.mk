# SPDX-License-Identifier: MIT
# busybox: the shell hush and the applets its scripts use, built as for a machine without an MMU (vfork and exec, never fork) in
# every flavour, unpatched. config/.config is its configuration; a program that it starts again is /bin/busybox.
busybox.version   := 1.35.0
busybox.licence   := GPL-2.0-only
busybox.package   := busybox
busybox.archive   := busybox_1.35.0.orig.tar.bz2
busybox.sha256    := faeeb244c35a348a334f4a59e44626ee870fb07b6884d68c10ae8bc19f83a694
busybox.method    := make
busybox.configure := busybox SKIP_STRIP=y KCONFIG_NOTIMESTAMP=1 HOSTCC=gcc
# The linked file itself, so that it is linked again when only the seam has changed (SKIP_STRIP: busybox is a copy of it).
busybox.products  := busybox=busybox_unstripped
busybox.names     := --list
busybox.limits    := job control|unsupported|no process groups in the seam: nothing can be stopped or brought back|set -m does nothing;\
                     line editing and history|unsupported|TerminalSession edits the line|the prompt reads whole lines;\
                     local in a function used as a pipeline member|unsupported|upstream, without an MMU|the shell says that it is not in a function;\
                     wait for a background command that has ended|partial|upstream: only HUSH_JOB keeps its status, which wants the process groups of a terminal, and the seam has none|wait $$! answers 0;\
                     exec N>FILE with N the next free descriptor|unsupported|upstream, without an MMU|the shell faults on every guest;\
                     more than about 6000 pipelines from one shell|unsupported|a capOS process may hold 65536 capabilities over its life, by the published ABI|the shell cannot start the next program and says so;\
                     a trap in a loop that makes no call|partial|on capOS a signal is found at the end of a call, not in between|hush_test continue_and_trap1;\
                     set -e in a while condition|partial|upstream: the shell leaves when the condition turns false|hush_test
