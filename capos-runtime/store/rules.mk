# SPDX-License-Identifier: MIT
# The persistent store. STORE_SRCS is for everyone who compiles it with flags of his own: kernel, tests, host. It includes nothing of ours.
STORE_DIR  := capos-runtime/store
STORE_SRCS := $(sort $(wildcard $(STORE_DIR)/*.c))
STORE_OBJS := $(patsubst $(STORE_DIR)/%.c,$(BUILD)/host/store/%.o,$(STORE_SRCS))
STORE_TOOL := $(patsubst $(STORE_DIR)/host/%.c,$(BUILD)/host/store/tool/%.o,$(wildcard $(STORE_DIR)/host/*.c))

$(BUILD)/host/store/%.o: $(STORE_DIR)/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(DEP_FLAGS) -Icapos-runtime -c -o $@ $<

$(BUILD)/host/store/tool/%.o: $(STORE_DIR)/host/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(DEP_FLAGS) -Icapos-runtime -c -o $@ $<

$(BUILD)/capstore: $(STORE_TOOL) $(STORE_OBJS)
	$(Q)$(CC) -o $@ $^

# The engine formats disks with it.
BUILD_ALL += $(BUILD)/capstore
.PHONY: capstore
capstore: $(BUILD)/capstore ## the store's host tool: mkfs, ls, get, put, fsck, df on an image

-include $(STORE_OBJS:.o=.d) $(STORE_TOOL:.o=.d)

# The same sources with the kernel's flags: `make test` compiles them and looks at what they need.
STORE_KERNEL_OBJS := $(patsubst capos-runtime/%,$(KERNEL_OUT)/obj/%.o,$(STORE_SRCS))
TEST_DEPS += $(STORE_KERNEL_OBJS)
-include $(STORE_KERNEL_OBJS:.o=.d)

# Unit tests, over the emulated disk.
STORE_TEST_SRCS := $(STORE_SRCS) tests/fault/emudisk.c tests/fault/model.c
define STORE_TEST
$(1)_SRCS   := $(STORE_TEST_SRCS)
$(1)_CFLAGS := -Icapos-runtime -Itests/fault
endef
$(foreach t,$(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_store_*.c)),$(eval $(call STORE_TEST,$t)))
fuzz_store_SRCS   := $(STORE_TEST_SRCS)
fuzz_store_CFLAGS := -Icapos-runtime -Itests/fault
