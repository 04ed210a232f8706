# SPDX-License-Identifier: MIT
# Unit tests: every tests/unit/test_x.c becomes build/tests/unit/test_x, under ASan and UBSan, with cmocka.
# A part that needs more sets, in its own rules.mk:
#   test_x_SRCS    sources of the product to compile in (again, with the sanitizers)
#   test_x_CFLAGS  include paths and defines
#   test_x_LIBS    libraries
#   test_x_DEPS    things that must be built before the test's objects (generated headers)
UNIT_TESTS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
TESTS += $(UNIT_TESTS:%=$(BUILD)/tests/unit/%)

# $1 = test
define UNIT_TEST_RULE
$(BUILD)/tests/unit/$1: $$$$(patsubst %.c,$(BUILD)/tests/unit/$1.objs/%.o,tests/unit/$1.c $$$$($1_SRCS))
	$$(Q)$$(CC) $$(SAN_CFLAGS) -o $$@ $$^ -lcmocka $$($1_LIBS)

$(BUILD)/tests/unit/$1.objs/%.o: %.c $$$$($1_DEPS)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(SAN_CFLAGS) $$(DEP_FLAGS) $$($1_CFLAGS) -c -o $$@ $$<

.PRECIOUS: $(BUILD)/tests/unit/$1.objs/%.o
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call UNIT_TEST_RULE,$t)))

-include $(shell find $(BUILD)/tests/unit -name '*.d' 2>/dev/null)

test_capnp_SRCS   = $(CAPNP_SRCS)
test_capnp_CFLAGS = $(ABI_INC)
test_abi_CFLAGS   = $(ABI_INC)

# Capability objects, each over tests/unit/cap_harness.c.
OBJECT_HARNESS := tests/unit/cap_harness.c tests/unit/host_timers.c capos-runtime/kernel/call_list.c $(CAPNP_SRCS)
OBJECT_RAMFS   := $(addprefix capos-runtime/kernel/,fs.c ramfs.c ramfs_pages.c ramfs_image.c cpio.c)
OBJECT_CFLAGS  := $(ABI_INC) -Itests/unit
test_ramfs_SRCS = $(OBJECT_HARNESS) $(OBJECT_RAMFS)
test_pipe_SRCS  = $(OBJECT_HARNESS) $(addprefix capos-runtime/kernel/,cap_pipe.c cap_bench.c)
test_ramfs_CFLAGS = $(OBJECT_CFLAGS)
test_pipe_CFLAGS  = $(OBJECT_CFLAGS)
test_file_SRCS  = $(OBJECT_HARNESS) tests/unit/no_spawners.c $(OBJECT_RAMFS) $(addprefix capos-runtime/kernel/,cap_file.c cap_directory.c cap_ext.c cap_null.c)
test_block_SRCS = $(OBJECT_HARNESS) capos-runtime/kernel/cap_block.c
test_block_CFLAGS = $(OBJECT_CFLAGS)
test_virtio_blk_SRCS = $(addprefix capos-runtime/kernel/,virtio.c virtio_blk.c)
test_virtio_blk_CFLAGS = $(ABI_INC)
test_store_SRCS = $(OBJECT_HARNESS) $(addprefix capos-runtime/kernel/,cap_store.c blobs_ram.c cap_namespace.c ramfs_pages.c) capos-runtime/store/digest.c
test_file_CFLAGS  = $(OBJECT_CFLAGS)
test_store_CFLAGS = $(OBJECT_CFLAGS)
test_memory_SRCS   = $(OBJECT_HARNESS) $(addprefix capos-runtime/kernel/,cap_memory.c cap_frame_allocator.c)
test_terminal_SRCS = $(OBJECT_HARNESS) $(addprefix capos-runtime/kernel/,line.c tty.c cap_console.c cap_terminal.c cap_stdio.c \
  cap_timer.c cap_wall_clock.c cap_entropy.c cap_system_info.c cap_boot_package.c cap_null.c)
test_memory_CFLAGS   = $(OBJECT_CFLAGS)
test_terminal_CFLAGS = $(OBJECT_CFLAGS)

# The object half of the kernel, whole, over tests/unit/host_machine.c.
HOST_KERNEL_SRCS = tests/unit/host_machine.c tests/unit/host_timers.c tests/unit/host_process.c capos-runtime/kernel/format.c $(CAPNP_SRCS) $(STORE_SRCS) \
  $(filter-out $(addprefix capos-runtime/kernel/,$(KERNEL_MACHINE)),$(sort $(wildcard capos-runtime/kernel/*.c)))
test_ring_SRCS   = $(HOST_KERNEL_SRCS)
test_ring_CFLAGS = $(OBJECT_CFLAGS)
test_captable_SRCS   = $(HOST_KERNEL_SRCS)
test_captable_CFLAGS = $(OBJECT_CFLAGS)
test_vm_SRCS   = $(HOST_KERNEL_SRCS)
test_vm_CFLAGS = $(OBJECT_CFLAGS)
test_elf_SRCS   = $(HOST_KERNEL_SRCS)
test_elf_CFLAGS = $(OBJECT_CFLAGS)
test_cpio_SRCS   = tests/unit/host_image.c $(HOST_KERNEL_SRCS)
test_cpio_CFLAGS = $(OBJECT_CFLAGS)
test_manifest_SRCS   = tests/unit/host_image.c $(HOST_KERNEL_SRCS)
test_manifest_CFLAGS = $(OBJECT_CFLAGS)
test_process_SRCS   = tests/unit/host_image.c $(HOST_KERNEL_SRCS)
test_process_CFLAGS = $(OBJECT_CFLAGS)
test_diskstore_SRCS   = tests/unit/host_image.c $(HOST_KERNEL_SRCS)
test_diskstore_CFLAGS = $(OBJECT_CFLAGS)
