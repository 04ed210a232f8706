# SPDX-License-Identifier: MIT
# sqlite3: the shell, speedtest1 and fuzzcheck, by the release's own makefile, unpatched. One single-file library, the same
# options in every flavour: no threads, no shared memory maps, pread and pwrite, temporary tables in memory. The corpus
# packs the same source and builds its database generator from it.
sqlite3.version   := 3.40.1
sqlite3.licence   := blessing
sqlite3.package   := sqlite3
sqlite3.archive   := sqlite3_3.40.1.orig.tar.xz
sqlite3.sha256    := aaa776260ab4dc976db34aa7891819484c8676b5b2783123ebc6301e2ca5d655
sqlite3.method    := make
sqlite3.configure := -f main.mk TOP=. BCC=gcc "AR=ar cr" RANLIB=ranlib THREADLIB=-lm LIBOBJ=sqlite3.o \
                     "TCC=\$$$$(CC) \$$$$(CFLAGS) \$$$$(LDFLAGS)" "OPTS=-DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION \
                     -DUSE_PREAD=1 -DSQLITE_MAX_MMAP_SIZE=0 -DSQLITE_TEMP_STORE=3" sqlite3 speedtest1 fuzzcheck
sqlite3.products  := sqlite3=sqlite3 speedtest1=speedtest1 fuzzcheck=fuzzcheck
sqlite3.limits    := multithreading|unsupported|built without threads in every flavour|PRAGMA compile_options shows THREADSAFE=0;\
                     memory-mapped files|unsupported|the seam has no shared file mappings|PRAGMA mmap_size=1 answers 0;\
                     loadable extensions|unsupported|static programs|load_extension is no function
