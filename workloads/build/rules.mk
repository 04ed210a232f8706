# SPDX-License-Identifier: MIT
# Tests of the build workloads: among them a compiler that emits one other byte, for both guests.
WRONG_TCC := $(BUILD)/tests/wrong-tcc
TESTS     += tests/guest/test_builds.sh
TEST_DEPS += $(WRONG_TCC)/linux/tcc $(WRONG_TCC)/capos/tcc references-smoke

$(WRONG_TCC)/src/tcc.c: $(BUILD)/src/tcc-0.9.27/.unpacked tests/guest/wrong-tcc.patch ports/tcc/config/config.h
	$(Q)rm -rf $(@D) && mkdir -p $(dir $(@D)) && cp -r $(dir $<) $(@D)
	$(Q)patch -s -p1 -d $(@D) <tests/guest/wrong-tcc.patch
	$(Q)cp ports/tcc/config/* $(@D)/ && touch $@

$(WRONG_TCC)/%/tcc: $(WRONG_TCC)/src/tcc.c $(BUILD)/toolchain/%-cc
	@mkdir -p $(@D)
	$(Q)$(BUILD)/toolchain/$*-cc -O1 -w -DONE_SOURCE=1 -I$(<D) -o $@ $< -static -lm -lpthread
