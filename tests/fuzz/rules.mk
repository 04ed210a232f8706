# SPDX-License-Identifier: MIT
# Fuzz targets: every tests/fuzz/fuzz_x.c becomes build/tests/fuzz/fuzz_x (our driver, a fixed count, part of `make test`)
# and, for `make fuzz`, build/tests/libfuzzer/fuzz_x (open-ended, FUZZ_SECONDS each).
# A part sets in its own rules.mk: fuzz_x_SRCS, fuzz_x_CFLAGS, fuzz_x_LIBS, fuzz_x_DEPS (as for unit tests).
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
LIBFUZZER_CFLAGS := $(filter-out -fsanitize=%,$(SAN_CFLAGS)) -fsanitize=fuzzer,address,undefined
TESTS += $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/%)

$(BUILD)/tests/fuzz/driver.o: tests/fuzz/driver.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) $(DEP_FLAGS) -Itests/fuzz -c -o $@ $<

# $1 = target
define FUZZ_RULE
$(BUILD)/tests/fuzz/$1: $(BUILD)/tests/fuzz/driver.o \
  $$$$(patsubst %.c,$(BUILD)/tests/fuzz/$1.objs/%.o,tests/fuzz/$1.c $$$$($1_SRCS))
	$$(Q)$$(CC) $$(SAN_CFLAGS) -o $$@ $$^ $$($1_LIBS)

$(BUILD)/tests/fuzz/$1.objs/%.o: %.c $$$$($1_DEPS)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(SAN_CFLAGS) $$(DEP_FLAGS) -fsanitize-coverage=trace-pc -Itests/fuzz $$($1_CFLAGS) -c -o $$@ $$<

$(BUILD)/tests/libfuzzer/$1: $$$$(patsubst %.c,$(BUILD)/tests/libfuzzer/$1.objs/%.o,tests/fuzz/$1.c $$$$($1_SRCS))
	$$(Q)$$(CLANG) $$(LIBFUZZER_CFLAGS) -o $$@ $$^ $$($1_LIBS)

$(BUILD)/tests/libfuzzer/$1.objs/%.o: %.c $$$$($1_DEPS)
	@mkdir -p $$(@D)
	$$(Q)$$(CLANG) $$(LIBFUZZER_CFLAGS) $$(DEP_FLAGS) -Itests/fuzz $$($1_CFLAGS) -c -o $$@ $$<

.PHONY: run-$1
run-$1: $(BUILD)/tests/fuzz/$1 $(BUILD)/tests/libfuzzer/$1
	@mkdir -p $(BUILD)/tests/libfuzzer/$1.corpus
	$$(Q)$(BUILD)/tests/fuzz/$1 --seeds $(BUILD)/tests/libfuzzer/$1.corpus
	$(BUILD)/tests/libfuzzer/$1 -max_total_time=$$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	  -artifact_prefix=$(BUILD)/tests/libfuzzer/$1- $(BUILD)/tests/libfuzzer/$1.corpus

.PRECIOUS: $(BUILD)/tests/fuzz/$1.objs/%.o $(BUILD)/tests/libfuzzer/$1.objs/%.o
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call FUZZ_RULE,$t)))

fuzz: $(FUZZ_TARGETS:%=run-%) ## fuzz every parser, FUZZ_SECONDS (60) each; needs clang

-include $(shell find $(BUILD)/tests/fuzz $(BUILD)/tests/libfuzzer -name '*.d' 2>/dev/null)

fuzz_capnp_SRCS   = $(CAPNP_SRCS)
fuzz_capnp_CFLAGS = $(ABI_INC)

# Params of every capability object, over the harness of the unit tests.
fuzz_params_SRCS = $(OBJECT_HARNESS) $(addprefix capos-runtime/kernel/,fs.c ramfs.c ramfs_pages.c ramfs_image.c \
  cpio.c line.c tty.c blobs_ram.c cap_console.c cap_terminal.c cap_stdio.c cap_timer.c cap_wall_clock.c cap_entropy.c cap_system_info.c \
  cap_boot_package.c cap_null.c cap_frame_allocator.c cap_memory.c cap_bench.c cap_pipe.c cap_directory.c cap_file.c cap_store.c \
  cap_namespace.c cap_ext.c) capos-runtime/store/digest.c tests/unit/no_spawners.c
fuzz_params_CFLAGS = $(ABI_INC) -Itests/unit
fuzz_params_LIBS   = -lcmocka

# The object half of the kernel, whole, over tests/unit/host_machine.c.
fuzz_elf_SRCS        = $(HOST_KERNEL_SRCS)
fuzz_elf_CFLAGS      = $(ABI_INC) -Itests/unit
fuzz_cpio_SRCS       = tests/unit/host_image.c $(HOST_KERNEL_SRCS)
fuzz_cpio_CFLAGS     = $(fuzz_elf_CFLAGS)
fuzz_manifest_SRCS   = $(fuzz_cpio_SRCS)
fuzz_manifest_CFLAGS = $(fuzz_elf_CFLAGS)
fuzz_sqe_SRCS        = $(HOST_KERNEL_SRCS)
fuzz_sqe_CFLAGS      = $(fuzz_elf_CFLAGS)
