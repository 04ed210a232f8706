#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes the compiler wrapper for capOS programs: toolchain.sh CC SYSROOT OUT
# OUT takes ordinary gcc arguments; beside it lies OUT.specs, which swaps the C library for the sysroot's and the layout for
# capos.ld. Invariant: nothing of the host's C library, headers or start files is reachable through the wrapper.
set -eu
cc=$1 sysroot=$2 out=$3
mkdir -p "$(dirname "$out")"
cat >"$out.specs" <<'SPECS'
%rename cpp_options capbench_cpp_options

*cpp_options:
-nostdinc -isystem %R/include -isystem include%s %(capbench_cpp_options)

*cc1:
%(cc1_cpu) -nostdinc -isystem %R/include -isystem include%s -fno-stack-protector

*link_libgcc:
-L%R/lib -L .%s

*libgcc:
libgcc.a%s

*lib:
--start-group -lc libgcc.a%s --end-group

*startfile:
%R/lib/crt0.o %R/lib/crti.o

*endfile:
%R/lib/crtn.o

*link:
-nostdlib -m elf_x86_64 -static -T %R/lib/capos.ld -z noexecstack -z max-page-size=4096 --build-id=none --no-warn-rwx-segments

*esp_link:


*esp_options:


*esp_cpp_options:


SPECS
cat >"$out.tmp" <<WRAPPER
#!/bin/sh
# SPDX-License-Identifier: MIT
# gcc for static capOS programs on musl; written by capos-runtime/musl/toolchain.sh.
here=\$(dirname "\$(readlink -f "\$0")")
root=\$here/$(realpath --relative-to="$(dirname "$out")" "$sysroot")
exec $cc -specs="\$here/$(basename "$out").specs" --sysroot="\$root" -fno-pie -no-pie -static "\$@"
WRAPPER
chmod 755 "$out.tmp"
mv "$out.tmp" "$out"
