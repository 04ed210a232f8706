# SPDX-License-Identifier: MIT
# Guest tests that need a program of their own on libcapos.
GUEST_OBJECTS := $(BUILD)/tests/guest/objects
TESTS     += tests/guest/test_objects.sh
TEST_DEPS += $(GUEST_OBJECTS)

$(GUEST_OBJECTS): tests/guest/prog/objects.c $(BUILD)/capos/libcapos.a capos-runtime/libcapos/capos.ld
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) $(DEP_FLAGS) $(LIBCAPOS_INC) -c -o $@.o $<
	$(Q)$(CC) $(LIBCAPOS_LDFLAGS) -o $@ $@.o $(BUILD)/capos/libcapos.a

-include $(GUEST_OBJECTS).d

# Misbehaving programs.
GUEST_GARBAGE := $(BUILD)/tests/guest/garbage
TESTS     += tests/guest/test_garbage.sh tests/guest/test_invalid.sh
TEST_DEPS += $(GUEST_GARBAGE)

$(GUEST_GARBAGE): tests/guest/prog/garbage.c $(BUILD)/capos/libcapos.a capos-runtime/libcapos/capos.ld
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) $(DEP_FLAGS) $(LIBCAPOS_INC) -c -o $@.o $<
	$(Q)$(CC) $(LIBCAPOS_LDFLAGS) -o $@ $@.o $(BUILD)/capos/libcapos.a

-include $(GUEST_GARBAGE).d

# Programs on libcapos: for the disk (and one for the Linux guest), and for memory that runs out.
GUEST_BARE := $(addprefix $(BUILD)/tests/guest/,block block_steps memfault)
GUEST_DISK_LINUX := $(BUILD)/tests/guest/disk_linux
TESTS     += tests/guest/test_block.sh tests/guest/test_block_faults.sh tests/guest/test_memfault.sh
TEST_DEPS += $(GUEST_BARE) $(GUEST_DISK_LINUX)

$(GUEST_BARE): $(BUILD)/tests/guest/%: tests/guest/prog/%.c $(BUILD)/capos/libcapos.a capos-runtime/libcapos/capos.ld
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) $(DEP_FLAGS) $(LIBCAPOS_INC) -c -o $@.o $<
	$(Q)$(CC) $(LIBCAPOS_LDFLAGS) -o $@ $@.o $(BUILD)/capos/libcapos.a

$(GUEST_DISK_LINUX): tests/guest/prog/disk_linux.c tests/guest/prog/disk_pattern.h tests/guest/prog/tap.h $(BUILD)/toolchain/linux-cc
	@mkdir -p $(@D)
	$(Q)$(BUILD)/toolchain/linux-cc $(WARN_FLAGS) -O2 -o $@ $<

-include $(GUEST_BARE:%=%.d)

# The shell in both guests.
TESTS     += tests/guest/test_shell.sh
TEST_DEPS += $(BUILD)/capbench $(AGENT_CAPOS) $(AGENT_LINUX) ports-capos ports-linux
