# SPDX-License-Identifier: MIT
# The library, its example program and its own test programs, which include the library's source as in its CMake build;
# the archive then gives only what they lack. Invariant: every tests/*.c with a main is built.
TESTS := $(patsubst tests/%.c,cjson-%,$(filter-out tests/unity_setup.c,$(wildcard tests/*.c)))

all: cjson-example $(TESTS)

libcjson.a: cJSON.o cJSON_Utils.o
	$(AR) rcs $@ $^

unity.o: tests/unity/src/unity.c
	$(CC) $(CFLAGS) -c -o $@ $<

cjson-example: test.c libcjson.a
	$(CC) $(CFLAGS) -o $@ test.c libcjson.a $(LDFLAGS) -lm

cjson-%: tests/%.c tests/unity_setup.c unity.o libcjson.a
	$(CC) $(CFLAGS) -o $@ $< tests/unity_setup.c unity.o libcjson.a $(LDFLAGS) -lm
