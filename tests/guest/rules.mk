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
