#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes a compiler wrapper that makes static Linux programs on musl: toolchain.sh linux CC SYSROOT OUT
# OUT takes ordinary gcc arguments; beside it lies OUT.specs, which swaps the C library for the sysroot's.
# Invariant: nothing of the host's C library, headers or start files is reachable through the wrapper.
set -eu
if [ $# -ne 4 ] || [ "$1" != linux ]; then
	echo "usage: toolchain.sh linux CC SYSROOT OUT" >&2
	exit 2
fi
cc=$2 sysroot=$3 out=$4
mkdir -p "$(dirname "$out")"
cat >"$out.specs" <<SPECS
%rename cpp_options capbench_cpp_options

*cpp_options:
-nostdinc -isystem %R/include -isystem include%s %(capbench_cpp_options)

*cc1:
%(cc1_cpu) -nostdinc -isystem %R/include -isystem include%s

*link_libgcc:
-L%R/lib -L .%s

*libgcc:
libgcc.a%s %:if-exists(libgcc_eh.a%s)

*startfile:
%R/lib/crt1.o %R/lib/crti.o crtbeginT.o%s

*endfile:
crtend.o%s %R/lib/crtn.o

*link:
-nostdlib -m elf_x86_64 -static -z noexecstack -z separate-code --build-id=none

*esp_link:


*esp_options:


*esp_cpp_options:


SPECS
cat >"$out.tmp" <<WRAPPER
#!/bin/sh
# SPDX-License-Identifier: MIT
# gcc for static Linux programs on musl; written by ports/toolchain.sh.
here=\$(dirname "\$(readlink -f "\$0")")
root=\$here/$(realpath --relative-to="$(dirname "$out")" "$sysroot")
exec $cc -specs="\$here/$(basename "$out").specs" --sysroot="\$root" -fno-pie -no-pie -static "\$@"
WRAPPER
chmod 755 "$out.tmp"
mv "$out.tmp" "$out"
