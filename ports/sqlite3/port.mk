# SPDX-License-Identifier: MIT
# sqlite3: for now only its source, which corpora/mixed packs and builds its database generator from.
sqlite3.version   := 3.40.1
sqlite3.licence   := blessing
sqlite3.package   := sqlite3
sqlite3.archive   := sqlite3_3.40.1.orig.tar.xz
sqlite3.sha256    := aaa776260ab4dc976db34aa7891819484c8676b5b2783123ebc6301e2ca5d655
sqlite3.method    := source
sqlite3.configure :=
sqlite3.products  :=
sqlite3.limits    :=
