# SPDX-License-Identifier: MIT
# The Cap'n Proto codec. CAPNP_SRCS is for kernel and libcapos, which compile it with their own flags and ABI_INC.
CAPNP_SRCS := capos-runtime/capnp/reader.c capos-runtime/capnp/builder.c
CAPNP_OBJS := $(patsubst capos-runtime/capnp/%.c,$(BUILD)/host/capnp/%.o,$(CAPNP_SRCS))

$(BUILD)/host/capnp/%.o: capos-runtime/capnp/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(DEP_FLAGS) -Icapos-runtime -c -o $@ $<

$(BUILD)/host/libcapnp.a: $(CAPNP_OBJS)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

-include $(CAPNP_OBJS:.o=.d)
