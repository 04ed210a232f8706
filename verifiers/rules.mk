# SPDX-License-Identifier: MIT
# Verifiers: each verify_<kind>.c becomes build/verifiers/verify_<kind> and, for the tests, the same under ASan and
# UBSan in build/verifiers/san/. They depend on nothing else of ours.
VERIFIER_OUT    := $(BUILD)/verifiers
VERIFIER_COMMON := artifact case compression_case decode digest intake listed verdict verify
VERIFIER_NAMES  := $(patsubst verifiers/%.c,%,$(wildcard verifiers/verify_*.c))
VERIFIER_LIBS   := -lcjson -lcrypto -lzstd -llzma
GOLDEN_WORKLOADS := zstd-3 zstd-19 xz-6 xz-9e

$(VERIFIER_OUT)/obj/%.o: verifiers/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(DEP_FLAGS) -c -o $@ $<

$(VERIFIER_OUT)/san/obj/%.o: verifiers/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) $(DEP_FLAGS) -c -o $@ $<

$(VERIFIER_NAMES:%=$(VERIFIER_OUT)/%): $(VERIFIER_OUT)/%: $(VERIFIER_OUT)/obj/%.o $(VERIFIER_COMMON:%=$(VERIFIER_OUT)/obj/%.o)
	$(Q)$(CC) -o $@ $^ $(VERIFIER_LIBS)

$(VERIFIER_NAMES:%=$(VERIFIER_OUT)/san/%): $(VERIFIER_OUT)/san/%: $(VERIFIER_OUT)/san/obj/%.o \
                                           $(VERIFIER_COMMON:%=$(VERIFIER_OUT)/san/obj/%.o)
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ $(VERIFIER_LIBS)

# Makers of goldens; a workload's own rules.mk adds objects.
GOLDEN_MAKERS := $(patsubst verifiers/%.c,$(VERIFIER_OUT)/%,$(filter-out verifiers/golden_write.c,$(wildcard verifiers/golden_*.c)))
$(GOLDEN_MAKERS): $(VERIFIER_OUT)/%: $(VERIFIER_OUT)/obj/%.o $(VERIFIER_OUT)/obj/golden_write.o $(VERIFIER_COMMON:%=$(VERIFIER_OUT)/obj/%.o)
	$(Q)$(CC) -o $@ $^ $(VERIFIER_LIBS)

# What verify_build compares with: `capbench reference` carries a workload's plan out with the host's own build. Made again
# when inputs or definition change (the executables hold the C library, so also with the seam).
REFERENCE_WORKLOADS := $(patsubst workloads/%.json,%,$(shell grep -l '"kind": "build"' workloads/*/*.json))
reference_corpus = $(shell sed -n 's/^  "corpus": "\(.*\)",$$/\1/p' workloads/$(1).json)
reference_ports  = $(shell sed -n 's/^  "ports": \[\(.*\)\],$$/\1/p' workloads/$(1).json | tr -d '",')
# $(1) workload, $(2) size, $(3) corpus, $(4) ports
define reference_rules
$(BUILD)/reference/$(1)/$(2).json: workloads/$(1).json $(BUILD)/corpora/$(3)/tree.json $(foreach p,$(4),$(BUILD)/host/.$(p).built) \
        $$$$(AGENT_LINUX) $(BUILD)/host/authority-attempt $$$$(if $$$$(wildcard $(BUILD)/reference/$(1)/$(2)),,FORCE) | $(BUILD)/capbench
	@mkdir -p $$(@D)
	$$(Q)echo "reference of $(1), size $(2), from the host's own build"
	$$(Q)$(BUILD)/capbench reference $(1) --size $(2) >$$@.log 2>&1 || { tail -n 20 $$@.log >&2; exit 1; }
references-$(2): $(BUILD)/reference/$(1)/$(2).json
golden-$(1)-$(2): $(BUILD)/reference/$(1)/$(2).json $(VERIFIER_OUT)/golden_build
	$$(Q)$(VERIFIER_OUT)/golden_build verifiers/golden/$(subst /,-,$(1)).json $(1) $(2) $(BUILD)/reference/$(1)/$(2)
.PHONY: golden-$(1)-$(2)
endef
$(foreach w,$(REFERENCE_WORKLOADS),$(foreach z,$(CORPUS_SIZES),$(eval $(call reference_rules,$(w),$(z),$(call reference_corpus,$(w)),$(call reference_ports,$(w))))))
.PHONY: references references-smoke references-standard references-long
references: references-smoke references-standard ## what builds in the guests are compared with (smoke is part of make build)
BUILD_ALL += references-smoke

$(VERIFIER_OUT)/verify_build: $(VERIFIER_OUT)/obj/build_case.o
$(VERIFIER_OUT)/san/verify_build: $(VERIFIER_OUT)/san/obj/build_case.o

-include $(wildcard $(VERIFIER_OUT)/obj/*.d $(VERIFIER_OUT)/san/obj/*.d)

.PHONY: verifiers goldens goldens-long
verifiers: $(VERIFIER_NAMES:%=$(VERIFIER_OUT)/%)

goldens: ports-host corpus-mixed-smoke corpus-mixed-standard $(VERIFIER_OUT)/golden_make ## remake the smoke and standard goldens (commit what changes)
	$(Q)verifiers/goldens.sh $(BUILD) smoke $(GOLDEN_WORKLOADS)
	$(Q)verifiers/goldens.sh $(BUILD) standard $(GOLDEN_WORKLOADS)

goldens: $(REFERENCE_WORKLOADS:%=golden-%-smoke) $(REFERENCE_WORKLOADS:%=golden-%-standard)
goldens-long: $(REFERENCE_WORKLOADS:%=golden-%-long)
goldens-long: ports-host corpus-mixed-long $(VERIFIER_OUT)/golden_make ## the same for size long (some minutes)
	$(Q)verifiers/goldens.sh $(BUILD) long $(GOLDEN_WORKLOADS)

BUILD_ALL += $(VERIFIER_NAMES:%=$(VERIFIER_OUT)/%)

TESTS += tests/unit/engine_reference.sh tests/unit/verifiers_build.sh tests/unit/verifiers_compression.sh tests/unit/verifiers_corpus.sh tests/unit/verifiers_ports.sh
TEST_DEPS += $(VERIFIER_NAMES:%=$(VERIFIER_OUT)/%) $(VERIFIER_NAMES:%=$(VERIFIER_OUT)/san/%) $(VERIFIER_OUT)/golden_make \
             ports-host corpus-mixed-smoke references-smoke $(CORPUS_MAKE) $(BUILD)/toolchain/linux-cc

fuzz_decode_SRCS   = verifiers/decode.c
fuzz_decode_CFLAGS = -Iverifiers
fuzz_decode_LIBS   = -lzstd -llzma
fuzz_transcript_SRCS   = verifiers/transcript.c
fuzz_transcript_CFLAGS = -Iverifiers
fuzz_transcript_LIBS   = -lcjson
