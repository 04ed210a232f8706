# SPDX-License-Identifier: MIT
# Faults on purpose. Short forms are part of `make test`; what FAULT_TESTS names runs far longer, in `make fault`.
FAULT_OUT  := $(BUILD)/tests/fault
FAULT_LIB  := $(addprefix tests/fault/,cuts.c emudisk.c model.c)
FAULT_OBJS = $(patsubst %.c,$(FAULT_OUT)/objs/%.o,$(STORE_SRCS) $(FAULT_LIB) tests/fault/store_cuts.c)

$(FAULT_OUT)/objs/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -O2 $(DEP_FLAGS) -Icapos-runtime -Itests/fault -c -o $@ $<

# The loops over bytes of digest and sum are two thirds of the time, and unit tests run them under the sanitizers: here without.
$(FAULT_OUT)/objs/$(STORE_DIR)/digest.o $(FAULT_OUT)/objs/$(STORE_DIR)/sum.o: SAN_CFLAGS := $(HOST_CFLAGS)

$(FAULT_OUT)/store_cuts: $(FAULT_OBJS)
	$(Q)$(CC) $(SAN_CFLAGS) -pthread -o $@ $^

# The positive control: a build of the store whose sync does not flush.
FORGETFUL_OBJS = $(filter-out %/store/commit.o,$(FAULT_OBJS)) $(FAULT_OUT)/forgetful/commit.o $(FAULT_OUT)/objs/tests/fault/forgetful.o
$(FAULT_OUT)/forgetful/commit.o: $(STORE_DIR)/commit.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -O2 $(DEP_FLAGS) -Icapos-runtime -Dstore_device_flush=store_device_flush_forgotten -c -o $@ $<
$(FAULT_OUT)/store_forgetful: $(FORGETFUL_OBJS)
	$(Q)$(CC) $(SAN_CFLAGS) -pthread -o $@ $^

TESTS += tests/fault/test_jobs.sh $(FAULT_OUT)/store_cuts tests/fault/store_control.sh tests/fault/store_tool.sh
TEST_DEPS += $(FAULT_OUT)/store_forgetful $(BUILD)/capstore
FAULT_TESTS += tests/fault/store_cuts_long.sh

-include $(FAULT_OBJS:.o=.d) $(FORGETFUL_OBJS:.o=.d)

# Power cuts end to end: what QEMU recorded, cut by a host tool; the transactions that are done in the guest.
BLKLOG_SRCS := $(addprefix tests/fault/,blklog.c blkcut.c)
BLKCUTS_OBJS = $(patsubst %.c,$(FAULT_OUT)/host/%.o,$(BLKLOG_SRCS) tests/fault/blkcuts.c)
$(FAULT_OUT)/host/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(DEP_FLAGS) -Itests/fault -c -o $@ $<
$(FAULT_OUT)/blkcuts: $(BLKCUTS_OBJS)
	$(Q)$(CC) -o $@ $^

test_blklog_SRCS   := $(BLKLOG_SRCS)
test_blklog_CFLAGS := -Itests/fault
fuzz_blklog_SRCS   := $(BLKLOG_SRCS)
fuzz_blklog_CFLAGS := -Itests/fault

# $(1) flavour: build/tests/fault/FLAVOUR/txn, with the port's own SQLite.
define txn_rules
$(FAULT_OUT)/$(1)/txn: tests/fault/prog/txn.c $($(1).out)/.sqlite3.built
	@mkdir -p $$(@D)
	$$(Q)$($(1).cc) $(WARN_FLAGS) -O2 -g0 -D_GNU_SOURCE -isystem $($(1).out)/work/sqlite3 -s -o $$@ $$< $($(1).ldflags) \
	  $($(1).out)/work/sqlite3/sqlite3.o -lm
endef
$(foreach f,capos linux host,$(eval $(call txn_rules,$(f))))
TEST_DEPS += $(FAULT_OUT)/blkcuts $(foreach f,capos linux host,$(FAULT_OUT)/$(f)/txn)

-include $(BLKCUTS_OBJS:.o=.d)

# The positive control end to end: a kernel whose store says yes to a flush and does nothing, in a build folder of its own that is
# this one but for the kernel.
NOFLUSH      := $(FAULT_OUT)/noflush
NOFLUSH_OBJS  = $(filter-out %/store/commit.c.o,$(KERNEL_OBJS)) $(NOFLUSH)/obj/commit.c.o $(NOFLUSH)/obj/forgetful.c.o
$(NOFLUSH)/obj/commit.c.o: $(STORE_DIR)/commit.c | $(KERNEL_OUT)/include/kernel/version.h
	@mkdir -p $(@D)
	$(Q)$(KERNEL_CC) $(KERNEL_CFLAGS) $(DEP_FLAGS) -Dstore_device_flush=store_device_flush_forgotten -c -o $@ $<
$(NOFLUSH)/obj/forgetful.c.o: tests/fault/forgetful.c
	@mkdir -p $(@D)
	$(Q)$(KERNEL_CC) $(KERNEL_CFLAGS) $(DEP_FLAGS) -c -o $@ $<
$(NOFLUSH)/capos/kernel.elf: $$(NOFLUSH_OBJS) $(KERNEL_DIR)/link.ld $(KERNEL_DIR)/symbols.sh
	$(call kernel_link,$(NOFLUSH_OBJS),$@)
	$(Q)for f in agent linux-guest ports qemu.flags; do ln -sfn ../../../$$f $(NOFLUSH)/$$f; done

TESTS += tests/fault/sql_cuts.sh tests/fault/sql_ext4.sh tests/fault/sql_control.sh tests/fault/sql_faults.sh
TEST_DEPS += $(NOFLUSH)/capos/kernel.elf $(BUILD)/capstore ports-host
FAULT_TESTS += tests/fault/sql_cuts_long.sh tests/fault/sql_faults_long.sh tests/fault/mount_times.sh

-include $(NOFLUSH)/obj/commit.c.d $(NOFLUSH)/obj/forgetful.c.d
