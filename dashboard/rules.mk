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

# How real guests end: the engine, the kernels, and first processes that end them badly.
GUEST_ENDS := $(BUILD)/tests/guest/test_guest_ends
GUEST_ENDS_ACTS := $(BUILD)/tests/guest/linux_end $(BUILD)/tests/guest/capos_end $(BUILD)/tests/guest/capos_fault
TESTS     += $(GUEST_ENDS)
TEST_DEPS += $(GUEST_ENDS_ACTS) $(BUILD)/capbench

$(GUEST_ENDS): tests/guest/test_guest_ends.c $(ENGINE_TEST_LIB)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) $(DEP_FLAGS) $(ENGINE_INC) -o $@ $< $(ENGINE_TEST_LIB) -lcmocka $(ENGINE_LIBS)
$(BUILD)/tests/guest/linux_end: tests/guest/linux_end.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -static -o $@ $<
$(BUILD)/tests/guest/capos_end: tests/guest/capos_end.S
	@mkdir -p $(@D)
	$(Q)$(CC) -nostdlib -static -no-pie -Wl,-Ttext-segment=0x200000,--build-id=none -o $@ $<
$(BUILD)/tests/guest/capos_fault: tests/guest/capos_end.S
	@mkdir -p $(@D)
	$(Q)$(CC) -DACT_FAULT -nostdlib -static -no-pie -Wl,-Ttext-segment=0x200000,--build-id=none -o $@ $<
-include $(GUEST_ENDS).d
