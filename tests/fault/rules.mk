# SPDX-License-Identifier: MIT
# Faults on purpose. Short forms are part of `make test`; what FAULT_TESTS names runs far longer, in `make fault`.
FAULT_OUT  := $(BUILD)/tests/fault
FAULT_LIB  := $(addprefix tests/fault/,cuts.c emudisk.c model.c)
FAULT_OBJS = $(patsubst %.c,$(FAULT_OUT)/objs/%.o,$(STORE_SRCS) $(FAULT_LIB) tests/fault/store_cuts.c)

$(FAULT_OUT)/objs/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -O2 $(DEP_FLAGS) -Icapos-runtime -Itests/fault -c -o $@ $<

$(FAULT_OUT)/store_cuts: $(FAULT_OBJS)
	$(Q)$(CC) $(SAN_CFLAGS) -o $@ $^

# The positive control: a build of the store whose sync does not flush.
FORGETFUL_OBJS = $(filter-out %/store/commit.o,$(FAULT_OBJS)) $(FAULT_OUT)/forgetful/commit.o $(FAULT_OUT)/objs/tests/fault/forgetful.o
$(FAULT_OUT)/forgetful/commit.o: $(STORE_DIR)/commit.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -O2 $(DEP_FLAGS) -Icapos-runtime -Dstore_device_flush=store_device_flush_forgotten -c -o $@ $<
$(FAULT_OUT)/store_forgetful: $(FORGETFUL_OBJS)
	$(Q)$(CC) $(SAN_CFLAGS) -o $@ $^

TESTS += $(FAULT_OUT)/store_cuts tests/fault/store_control.sh tests/fault/store_tool.sh
TEST_DEPS += $(FAULT_OUT)/store_forgetful $(BUILD)/capstore
FAULT_TESTS += tests/fault/store_cuts_long.sh

-include $(FAULT_OBJS:.o=.d) $(FORGETFUL_OBJS:.o=.d)
