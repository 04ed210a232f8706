# SPDX-License-Identifier: MIT
# The program that runs tcc's tests2 in a guest, beside the ports' in every flavour.
TESTS2_SRCS := workloads/build/tests2.c workloads/build/tests2_run.c
# $(1) flavour, $(2) the C library that its cases are linked with
define tests2_rules
$($(1).out)/tests2: $(TESTS2_SRCS) workloads/build/tests2_run.h $($(1).out)/.tcc.built
	$$(Q)$($(1).cc) $(WARN_FLAGS) -O2 -g0 -D_GNU_SOURCE '-DFLAVOUR="$(2)"' -s -o $$@ $(TESTS2_SRCS) $($(1).ldflags)
endef
$(eval $(call tests2_rules,capos,capos))
$(eval $(call tests2_rules,linux,linux))
$(eval $(call tests2_rules,host,linux))
BUILD_ALL += $(capos.out)/tests2 $(linux.out)/tests2
$(foreach z,$(CORPUS_SIZES),$(eval $(BUILD)/reference/build/tcc-tests2/$(z).json: $(host.out)/tests2))

WRONG_TCC := $(BUILD)/tests/wrong-tcc
TESTS     += tests/guest/test_builds.sh
FAULT_TESTS += tests/fault/builds_all.sh
TEST_DEPS += $(WRONG_TCC)/linux/tcc $(WRONG_TCC)/capos/tcc references-smoke

$(WRONG_TCC)/src/tcc.c: $(BUILD)/src/tcc-0.9.27/.unpacked tests/guest/wrong-tcc.patch ports/tcc/config/config.h
	$(Q)rm -rf $(@D) && mkdir -p $(dir $(@D)) && cp -r $(dir $<) $(@D)
	$(Q)patch -s -p1 -d $(@D) <tests/guest/wrong-tcc.patch
	$(Q)cp ports/tcc/config/* $(@D)/ && touch $@

$(WRONG_TCC)/%/tcc: $(WRONG_TCC)/src/tcc.c $(BUILD)/toolchain/%-cc
	@mkdir -p $(@D)
	$(Q)$(BUILD)/toolchain/$*-cc -O1 -w -DONE_SOURCE=1 -I$(<D) -o $@ $< -static -lm -lpthread
