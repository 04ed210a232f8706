# SPDX-License-Identifier: MIT
# libcapos: ring client and typed calls for programs with or without a libc.
# GUEST_CFLAGS are the flags of everything that runs inside a guest process below the libc: no libc headers, no
# thread-local storage (it may not exist yet), no stack protector, static.
GUEST_CFLAGS := $(WARN_FLAGS) -nostdinc -isystem $(shell $(CC) -print-file-name=include) -O2 -g0 -ffreestanding -fno-stack-protector -fno-pic -fno-pie -fno-asynchronous-unwind-tables \
                -fno-strict-aliasing -ffunction-sections -fdata-sections

LIBCAPOS_INC  := $(ABI_INC) -Icapos-runtime/libcapos/include
LIBCAPOS_SRCS := $(wildcard capos-runtime/libcapos/*.c capos-runtime/libcapos/*.S) $(CAPNP_SRCS)
LIBCAPOS_OBJS := $(patsubst capos-runtime/%,$(BUILD)/capos/obj/%.o,$(basename $(LIBCAPOS_SRCS)))

$(BUILD)/capos/obj/libcapos/%.o: capos-runtime/libcapos/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) $(DEP_FLAGS) $(LIBCAPOS_INC) -c -o $@ $<

$(BUILD)/capos/obj/libcapos/%.o: capos-runtime/libcapos/%.S
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) $(DEP_FLAGS) -c -o $@ $<

$(BUILD)/capos/obj/capnp/%.o: capos-runtime/capnp/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) $(DEP_FLAGS) $(ABI_INC) -c -o $@ $<

$(BUILD)/capos/libcapos.a: $$(LIBCAPOS_OBJS)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# How a program without a libc is linked: $(CC) $(LIBCAPOS_LDFLAGS) -o prog prog.o build/capos/libcapos.a
LIBCAPOS_LDFLAGS := -nostdlib -static -no-pie -Wl,-T,capos-runtime/libcapos/capos.ld -Wl,--build-id=none \
                    -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--gc-sections -Wl,--no-warn-rwx-segments

-include $(LIBCAPOS_OBJS:.o=.d)
