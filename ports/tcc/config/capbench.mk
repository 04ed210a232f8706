# SPDX-License-Identifier: MIT
# The compiler as one translation unit, as its own makefile builds it with ONE_SOURCE.
tcc: tcc.c config.h
	$(CC) $(CFLAGS) -DONE_SOURCE=1 -I. -o $@ tcc.c $(LDFLAGS) -lm -lpthread
