# SPDX-License-Identifier: MIT
# The capOS C library: unmodified musl over the seam, its sysroot and its compiler wrapper.
# Invariant: build/sysroot/capos/key is the hash of all that goes in (musl's own key, overlay, seam, libcapos, codec, ABI,
# flags, compiler); ports are built again when and only when it changes.
MUSL_CAPOS_DIR  := $(BUILD)/sysroot/capos
MUSL_CAPOS_TREE := $(BUILD)/src/musl-1.2.3
MUSL_CAPOS_OBJS := $(BUILD)/capos/obj/musl/syscall_cp.o $(BUILD)/capos/obj/musl/vfork.o
MUSL_CAPOS_FILES := $(BUILD)/capos/obj/musl/crt0.o capos-runtime/libcapos/capos.ld
# What libc.a holds beside musl: the seam in one piece; for programs that make capability calls themselves libcapos and the codec
# again, whose state alone is the seam's; and the agent's way of starting programs.
SEAM_LAUNCH := $(BUILD)/capos/obj/posix/launch.o
SEAM_CORE   := $(patsubst %,$(BUILD)/capos/obj/libcapos/%.o,call ring start)
SEAM_CALLS  := $(filter-out $(SEAM_CORE) %/entry.o %/main.o %/mem.o,$(LIBCAPOS_OBJS))
SEAM_OBJS   := $(patsubst %,$(BUILD)/capos/capos-%.o,seam calls launch)
# Flags of the C library itself: as the ports', so that both flavours are built alike.
MUSL_CAPOS_CFLAGS    := -O2 -g0
MUSL_CAPOS_CONFIGURE := --disable-shared --disable-wrapper
MUSL_CAPOS_INPUTS    := $(wildcard capos-runtime/musl/*.S capos-runtime/musl/*.sh capos-runtime/musl/*.ld capos-runtime/musl/overlay/*.h \
                        capos-runtime/posix/*.[ch] capos-runtime/posix/calls.def capos-runtime/libcapos/*.[chS] \
                        capos-runtime/libcapos/capos.ld capos-runtime/libcapos/include/capos/*.h \
                        capos-runtime/capnp/*.[ch] capos-runtime/abi/*.h) workloads/agent/launch.h

$(BUILD)/capos/obj/musl/%.o: capos-runtime/musl/%.S
	@mkdir -p $(@D)
	$(Q)$(CC) -c -o $@ $<

$(BUILD)/capos/capos-seam.o: $$(SEAM_CORE) $$(SEAM_CALLS) $$(POSIX_OBJS) capos-runtime/musl/seam.sh capos-runtime/musl/seam.ld
	$(Q)capos-runtime/musl/seam.sh $@ capos-runtime/musl/seam.ld $(SEAM_LAUNCH) $(SEAM_CORE) -- $(SEAM_CALLS) \
	  $(filter-out $(SEAM_LAUNCH),$(POSIX_OBJS))

$(BUILD)/capos/capos-calls.o: $$(SEAM_CALLS)
	$(Q)ld -r -x -o $@ $(SEAM_CALLS)

$(BUILD)/capos/capos-launch.o: $(SEAM_LAUNCH)
	$(Q)cp $< $@

$(BUILD)/sysroot/.capos.key: $(BUILD)/src/.musl.key $(MUSL_CAPOS_INPUTS) FORCE
	@mkdir -p $(@D)
	@ports/key.sh $@ '$(CC)' '$(MUSL_CAPOS_CONFIGURE) $(MUSL_CAPOS_CFLAGS) $(GUEST_CFLAGS)' $(BUILD)/src/.musl.key $(sort $(MUSL_CAPOS_INPUTS))

# The C library proper changes seldom: it has a key of its own, so that a change in the seam only swaps the archives.
$(BUILD)/sysroot/.capos-musl.key: $(BUILD)/src/.musl.key FORCE
	@mkdir -p $(@D)
	@ports/key.sh $@ '$(CC)' '$(MUSL_CAPOS_CONFIGURE) $(MUSL_CAPOS_CFLAGS)' $(BUILD)/src/.musl.key \
	  $(wildcard capos-runtime/musl/overlay/*.h) capos-runtime/musl/sysroot.sh capos-runtime/musl/syscall_cp.S capos-runtime/musl/vfork.S

$(BUILD)/sysroot/.capos.built: $(BUILD)/sysroot/.capos-musl.key $(MUSL_CAPOS_TREE)/.unpacked $(MUSL_CAPOS_OBJS)
	$(Q)capos-runtime/musl/sysroot.sh $(MUSL_CAPOS_TREE) $(MUSL_CAPOS_DIR) '$(CC)' '$(MUSL_CAPOS_CFLAGS)' \
	  '$(MUSL_CAPOS_OBJS)' $(MUSL_CAPOS_CONFIGURE)
	$(Q)touch $@

$(MUSL_CAPOS_DIR)/key: $(BUILD)/sysroot/.capos.key $(BUILD)/sysroot/.capos.built $(MUSL_CAPOS_FILES) $(SEAM_OBJS)
	$(Q)cp $(MUSL_CAPOS_FILES) $(MUSL_CAPOS_DIR)/lib/
	$(Q)$(AR) rcs $(MUSL_CAPOS_DIR)/lib/libc.a $(SEAM_OBJS)
	$(Q)cp $< $@

$(BUILD)/toolchain/capos-cc: $(MUSL_CAPOS_DIR)/key capos-runtime/musl/toolchain.sh
	$(Q)capos-runtime/musl/toolchain.sh '$(CC)' $(MUSL_CAPOS_DIR) $@

.PHONY: sysroot-capos
sysroot-capos: $(BUILD)/toolchain/capos-cc ## the capOS C library and its compiler wrapper

# Test programs for the guest: tests/guest/prog/<x>.c on musl, bare.c on libcapos alone.
GUEST_PROG_DIR   := $(BUILD)/tests/guest/prog
GUEST_PROGS_MUSL := files process ends grants store nonblock
TESTS     += tests/guest/test_posix.sh tests/guest/test_store.sh tests/guest/test_processes.sh
TEST_DEPS += $(GUEST_PROGS_MUSL:%=$(GUEST_PROG_DIR)/%) $(GUEST_PROG_DIR)/bare $(GUEST_PROG_DIR)/spawn

$(GUEST_PROGS_MUSL:%=$(GUEST_PROG_DIR)/%): $(GUEST_PROG_DIR)/%: tests/guest/prog/%.c tests/guest/prog/tap.h $(BUILD)/toolchain/capos-cc
	@mkdir -p $(@D)
	$(Q)$(BUILD)/toolchain/capos-cc $(WARN_FLAGS) -D_GNU_SOURCE -O2 $(GUEST_PROG_FLAGS) -o $@ $<

$(GUEST_PROG_DIR)/store: GUEST_PROG_FLAGS = $(LIBCAPOS_INC)

$(GUEST_PROG_DIR)/spawn: tests/guest/prog/spawn.c tests/guest/prog/roles.c tests/guest/prog/roles.h tests/guest/prog/tap.h $(BUILD)/toolchain/capos-cc
	@mkdir -p $(@D)
	$(Q)$(BUILD)/toolchain/capos-cc $(WARN_FLAGS) -D_GNU_SOURCE -O2 -o $@ $(filter %.c,$^)

$(GUEST_PROG_DIR)/bare: tests/guest/prog/bare.c $(BUILD)/capos/libcapos.a capos-runtime/libcapos/capos.ld
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) $(DEP_FLAGS) $(LIBCAPOS_INC) -c -o $@.o $<
	$(Q)$(CC) $(LIBCAPOS_LDFLAGS) -o $@ $@.o $(BUILD)/capos/libcapos.a

-include $(GUEST_PROG_DIR)/bare.d

TESTS     += capos-runtime/musl/symbols.sh
TEST_DEPS += $(BUILD)/toolchain/capos-cc $(BUILD)/toolchain/linux-cc
