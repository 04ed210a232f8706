#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds one port in one flavour:
#   build.sh NAME FLAVOUR METHOD TREE OUT CC CFLAGS LDFLAGS PRODUCTS [CONFIGURE_ARG...]
# METHOD is `make` (arguments go to make) or `autoconf` (arguments go to configure); PRODUCTS is a list of
# PROGRAM=PATH_IN_TREE. The tree is copied first and the files of ports/NAME/config laid over it, the log is OUT/work/NAME.log, the programs land stripped in OUT. When the
# key of the objects (OUT/.NAME.objects.key) is the one of the last build, that build's objects are linked again.
# Invariant: the flavours differ in the compiler wrapper only; a program appears in OUT whole or not at all.
set -eu
name=$1 flavour=$2 method=$3 tree=$4 out=$5 cc=$6 cflags=$7 ldflags=$8 products=$9
shift 9
case $cc in
/*) ;;
*/*) cc=$(pwd)/$cc ;;
esac
# Both are named, so that configure takes it for a cross build and runs nothing it has compiled.
host=
if [ "$flavour" != host ]; then host="--build=x86_64-linux-gnu --host=x86_64-linux-musl"; fi
work=$out/work/$name
mkdir -p "$out/work"
exec 9>"$out/work/$name.lock"
flock 9
relink=
if cmp -s "$out/.$name.objects.key" "$work/.objects.key"; then
	relink=yes
	for product in $products; do
		program=$work/${product#*=}
		rm -f "$(readlink -f "$program")" "$program"
	done
else
	rm -rf "$work"
	cp -a "$tree" "$work"
	if [ -d "ports/$name/config" ]; then cp -R "ports/$name/config/." "$work"; fi
fi
log=$(realpath -m "$work.log")
echo "${relink:+re}build $name for $flavour"
if ! (
	cd "$work" || exit 1
	unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CPPFLAGS
	case $method in
	make)
		make -j2 CC="$cc" CFLAGS="$cflags" LDFLAGS="$ldflags" "$@"
		;;
	autoconf)
		# shellcheck disable=SC2086 # two words or none
		{ [ -n "$relink" ] || ./configure $host CC="$cc" CFLAGS="$cflags" LDFLAGS="$ldflags" "$@"; } &&
			make -j2
		;;
	*)
		echo "unknown method $method"
		exit 1
		;;
	esac
) >"$log" 2>&1 9>&-; then
	tail -n 20 "$log" >&2
	echo "error: $name did not build for $flavour; the whole log is $work.log" >&2
	exit 1
fi
for product in $products; do
	program=${product%%=*}
	strip -o "$out/.$program.new" "$work/${product#*=}"
	mv "$out/.$program.new" "$out/$program"
done
cp "$out/.$name.objects.key" "$work/.objects.key"
