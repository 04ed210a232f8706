# SPDX-License-Identifier: MIT
# The pinned original archives that corpus `mixed` is taken from, beside the ports' own (zstd, xz, musl, sqlite3).
# Licences stand with each file in manifest.json.
CORPUS_SOURCES += scowl iso-codes libjpeg-turbo fonts-cantarell elfutils dict-jargon
mixed.sources.smoke    := zstd sqlite3 scowl iso-codes libjpeg-turbo fonts-cantarell elfutils
mixed.sources.standard := $(mixed.sources.smoke) musl dict-jargon
mixed.sources.long     := $(mixed.sources.standard) xz

scowl.package := scowl
scowl.archive := scowl_2020.12.07.orig.tar.gz
scowl.sha256  := 5587667caa20c4891390c2d42dbb4d5c4c3f41bee77af1457ece3ba23fb859cc

iso-codes.package := iso-codes
iso-codes.archive := iso-codes_4.15.0.orig.tar.xz
iso-codes.sha256  := 3d50750bf1d62d83b6085f5815ceb8392df34266a15f16bcf8d4cf7eb15d245c

libjpeg-turbo.package := libjpeg-turbo
libjpeg-turbo.archive := libjpeg-turbo_2.1.5.orig.tar.gz
libjpeg-turbo.sha256  := 254f3642b04e309fee775123133c6464181addc150499561020312ec61c1bf7c

fonts-cantarell.package := fonts-cantarell
fonts-cantarell.archive := fonts-cantarell_0.303.1.orig.tar.xz
fonts-cantarell.sha256  := f9463a0659c63e57e381fdd753cf1929225395c5b49135989424761830530411

elfutils.package := elfutils
elfutils.archive := elfutils_0.188.orig.tar.bz2
elfutils.sha256  := fb8b0e8d0802005b9a309c60c1d8de32dd2951b56f0c3a3cb56d21ce01595dff

dict-jargon.package := dict-jargon
dict-jargon.archive := dict-jargon_4.4.7.orig.tar.gz
dict-jargon.sha256  := 9c3d5639ea2cfa313267713322749fac6ebe855fe3b24a8b6e50e1dab84f7df3
