# SPDX-License-Identifier: MIT
# Tests of the engine's guest half: one archive of the engine under the sanitizers, linked into each of them.
ENGINE_TEST_LIB := $(BUILD)/host/libengine-san.a
$(ENGINE_TEST_LIB): $(ENGINE_TEST_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

# $1 = unit or fuzz target
define ENGINE_GUEST_TEST
$1_CFLAGS = $$(ENGINE_INC)
$1_DEPS   = $$(ENGINE_TEST_LIB)
$1_LIBS   = $$(ENGINE_TEST_LIB) $$(ENGINE_LIBS)
endef
$(foreach t,test_channel test_channel_files test_image test_argvdiff test_qemu test_qemu_run,\
  $(eval $(call ENGINE_GUEST_TEST,$t)))

fuzz_channel_CFLAGS = $(ENGINE_INC)
fuzz_channel_SRCS   = dashboard/engine/channel.c dashboard/engine/channel_crc.c
test_qemu_run_SRCS = tests/unit/fake_emulator.c
