# SPDX-License-Identifier: MIT
# The guest kernel. Every .c and .S of this folder is a part of it; linked twice, so that it knows its own function names.
# Invariant: freestanding, no vector registers, no red zone.
KERNEL_DIR := capos-runtime/kernel
KERNEL_OUT := $(BUILD)/capos
KERNEL_CC  ?= $(CC)
KERNEL_NM  ?= nm

KERNEL_ARCH_FLAGS := -ffreestanding -fbuiltin -mcmodel=kernel -mno-red-zone -mgeneral-regs-only -fno-pic -fno-pie \
                     -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fcf-protection=none -fno-common \
                     -fno-strict-aliasing -fstack-protector-strong
# Small copies of known size inline, larger ones through string.c: string instructions are slow under emulation.
ifeq ($(findstring clang,$(KERNEL_CC)),)
KERNEL_ARCH_FLAGS += -mmemcpy-strategy=libcall:-1:noalign -mmemset-strategy=libcall:-1:noalign
# The way from a system call to a capability crosses six files: link-time optimisation makes one function of it.
KERNEL_LTO := -flto=2
endif
KERNEL_CFLAGS = $(WARN_FLAGS) -O2 -g $(KERNEL_LTO) $(KERNEL_ARCH_FLAGS) -Icapos-runtime -I$(KERNEL_OUT)/include
KERNEL_LDFLAGS = -O2 -g $(KERNEL_LTO) $(KERNEL_ARCH_FLAGS) -nostdlib -static -Wl,-T,$(KERNEL_DIR)/link.ld -Wl,-z,max-page-size=4096 -Wl,--build-id=none \
                  -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments

# The machine half alone: what the boot test links with a main of its own.
KERNEL_MACHINE := boot.S bulk.S entry.S stubs.S aspace.c apic.c boot.c clock.c cpu.c format.c frame.c gdt.c heap.c klog.c paging.c \
                  panic.c rng.c rtc.c sched.c selftest.c serial.c string.c stub.c symbols.c trap.c vconsole.c vector.c virtio.c virtio_blk.c
KERNEL_SRCS := $(wildcard $(KERNEL_DIR)/*.c $(KERNEL_DIR)/*.S) $(wildcard capos-runtime/capnp/*.c) $(wildcard capos-runtime/store/*.c)
KERNEL_OBJS := $(patsubst capos-runtime/%,$(KERNEL_OUT)/obj/%.o,$(KERNEL_SRCS))
KERNEL_MACHINE_OBJS := $(patsubst %,$(KERNEL_OUT)/obj/kernel/%.o,$(KERNEL_MACHINE))

$(KERNEL_OUT)/obj/%.c.o: capos-runtime/%.c $(KERNEL_DIR)/rules.mk | $(KERNEL_OUT)/include/kernel/version.h
	@mkdir -p $(@D)
	$(Q)$(KERNEL_CC) $(KERNEL_CFLAGS) $(DEP_FLAGS) -c $< -o $@

$(KERNEL_OUT)/obj/%.S.o: capos-runtime/%.S $(KERNEL_DIR)/rules.mk
	@mkdir -p $(@D)
	$(Q)$(KERNEL_CC) $(KERNEL_ARCH_FLAGS) -g -Icapos-runtime $(DEP_FLAGS) -c $< -o $@

# memcpy must not be compiled into a call of itself.
$(KERNEL_OUT)/obj/kernel/string.c.o: KERNEL_CFLAGS += -fno-lto -fno-builtin $(if $(findstring clang,$(KERNEL_CC)),,-fno-tree-loop-distribute-patterns)

# The commit, or the date outside a checkout; rewritten only when it changes.
$(KERNEL_OUT)/include/kernel/version.h: FORCE
	@mkdir -p $(@D)
	@v=$$(git rev-parse --short=12 HEAD 2>/dev/null || date -u +%Y-%m-%d); \
	printf '/* SPDX-License-Identifier: MIT */\n#define KERNEL_VERSION "%s"\n' "$$v" > $@.new; \
	cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# $(call kernel_link,OBJECTS,OUTPUT): the first link with empty symbol tables, the second with those of the first.
define kernel_link
	@mkdir -p $(dir $(2))
	$(Q)$(KERNEL_DIR)/symbols.sh --empty > $(2).sym0.S && $(KERNEL_CC) -c $(2).sym0.S -o $(2).sym0.o
	$(Q)$(KERNEL_CC) $(KERNEL_LDFLAGS) $(1) $(2).sym0.o -o $(2).first
	$(Q)$(KERNEL_DIR)/symbols.sh $(KERNEL_NM) $(2).first > $(2).sym.S && $(KERNEL_CC) -c $(2).sym.S -o $(2).sym.o
	$(Q)$(KERNEL_CC) $(KERNEL_LDFLAGS) $(1) $(2).sym.o -o $(2).second
	$(Q)$(KERNEL_DIR)/symbols.sh --check $(KERNEL_NM) $(2).first $(2).second && mv $(2).second $(2)
	@rm -f $(2).first $(2).sym0.S $(2).sym0.o $(2).sym.S $(2).sym.o
endef

$(KERNEL_OUT)/kernel.elf: $(KERNEL_OBJS) $(KERNEL_DIR)/link.ld $(KERNEL_DIR)/symbols.sh
	$(call kernel_link,$(KERNEL_OBJS),$@)

.PHONY: kernel
kernel: $(KERNEL_OUT)/kernel.elf ## the guest kernel
BUILD_ALL += $(KERNEL_OUT)/kernel.elf

-include $(KERNEL_OBJS:.o=.d)

# The machine half with the boot test's main instead of the object half.
BOOTTEST_OBJS := $(KERNEL_MACHINE_OBJS) $(KERNEL_OUT)/obj/boottest/main.c.o
$(KERNEL_OUT)/obj/boottest/main.c.o: tests/guest/boottest/main.c $(KERNEL_DIR)/rules.mk
	@mkdir -p $(@D)
	$(Q)$(KERNEL_CC) $(KERNEL_CFLAGS) $(DEP_FLAGS) -c $< -o $@
$(KERNEL_OUT)/boottest.elf: $(BOOTTEST_OBJS) $(KERNEL_DIR)/link.ld $(KERNEL_DIR)/symbols.sh
	$(call kernel_link,$(BOOTTEST_OBJS),$@)
-include $(BOOTTEST_OBJS:.o=.d)
TESTS += tests/guest/test_boot.sh
TEST_DEPS += $(KERNEL_OUT)/kernel.elf $(KERNEL_OUT)/boottest.elf

test_frame_SRCS    = $(KERNEL_DIR)/frame.c $(KERNEL_DIR)/heap.c
test_frame_CFLAGS  = -Icapos-runtime -include tests/unit/test_frame_base.h
test_format_SRCS   = $(KERNEL_DIR)/format.c
test_format_CFLAGS = -Icapos-runtime
