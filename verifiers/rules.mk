# SPDX-License-Identifier: MIT
# Verifiers: each verify_<kind>.c becomes build/verifiers/verify_<kind> and, for the tests, the same under ASan and
# UBSan in build/verifiers/san/. They depend on nothing else of ours.
VERIFIER_OUT    := $(BUILD)/verifiers
VERIFIER_COMMON := artifact case decode digest intake verdict
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

$(VERIFIER_OUT)/golden_make: $(VERIFIER_OUT)/obj/golden_make.o $(VERIFIER_OUT)/obj/digest.o
	$(Q)$(CC) -o $@ $^ -lcjson -lcrypto

-include $(wildcard $(VERIFIER_OUT)/obj/*.d $(VERIFIER_OUT)/san/obj/*.d)

.PHONY: verifiers goldens goldens-long
verifiers: $(VERIFIER_NAMES:%=$(VERIFIER_OUT)/%)

goldens: ports-host corpus-mixed-smoke corpus-mixed-standard $(VERIFIER_OUT)/golden_make ## remake the smoke and standard goldens (commit what changes)
	$(Q)verifiers/goldens.sh $(BUILD) smoke $(GOLDEN_WORKLOADS)
	$(Q)verifiers/goldens.sh $(BUILD) standard $(GOLDEN_WORKLOADS)

goldens-long: ports-host corpus-mixed-long $(VERIFIER_OUT)/golden_make ## the same for size long (some minutes)
	$(Q)verifiers/goldens.sh $(BUILD) long $(GOLDEN_WORKLOADS)

BUILD_ALL += $(VERIFIER_NAMES:%=$(VERIFIER_OUT)/%)

TESTS += tests/unit/verifiers_compression.sh tests/unit/verifiers_corpus.sh tests/unit/verifiers_ports.sh
TEST_DEPS += $(VERIFIER_NAMES:%=$(VERIFIER_OUT)/%) $(VERIFIER_NAMES:%=$(VERIFIER_OUT)/san/%) $(VERIFIER_OUT)/golden_make \
             ports-host corpus-mixed-smoke $(CORPUS_MAKE) $(BUILD)/toolchain/linux-cc

fuzz_decode_SRCS   = verifiers/decode.c
fuzz_decode_CFLAGS = -Iverifiers
fuzz_decode_LIBS   = -lzstd -llzma
