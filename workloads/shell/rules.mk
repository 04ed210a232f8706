# SPDX-License-Identifier: MIT
# Programs of the shell workloads, the user stories and the attempts on authority, beside the ports' in every flavour; and the
# helpers of busybox's own hush tests, from its source. Invariant: the flavours differ in the compiler wrapper only, but for
# the attempt that names capabilities by number, which Linux does not have.
SHELL_CFLAGS   := $(WARN_FLAGS) -O2 -g0 -D_GNU_SOURCE -Iworkloads/shell -Iworkloads/storage -Iworkloads/stories -Iworkloads/authority
SHELL_HELPERS  := recho zecho printenv
SHELL_TESTS    = $(call port_tree,busybox)/shell/ash_test
SHELL_PROGRAMS := shell-launch shell-child shell-suite authority-attempt story-recover story-delegate hush $(SHELL_HELPERS)
SHELL_HDRS     := $(wildcard workloads/shell/*.h workloads/stories/*.h workloads/authority/*.h workloads/storage/latency.h)
shell-launch.srcs      := workloads/shell/launch.c workloads/shell/run.c workloads/storage/latency.c
shell-child.srcs       := workloads/shell/child.c
shell-suite.srcs       := workloads/shell/suite.c workloads/shell/run.c workloads/storage/latency.c
STORY_GRANT            = workloads/stories/grant_$(if $(filter capos,$(1)),capos,none).c
story-recover.srcs     = workloads/stories/recover.c workloads/shell/run.c workloads/authority/say.c $(STORY_GRANT)
story-delegate.srcs    = workloads/stories/delegate.c workloads/shell/run.c workloads/authority/say.c $(STORY_GRANT)
story-recover.inc      = $(if $(filter capos,$(1)),$(LIBCAPOS_INC) -Iworkloads)
story-delegate.inc     = $(story-recover.inc)
authority-attempt.srcs = workloads/authority/attempt.c workloads/authority/say.c workloads/authority/forge_$(if $(filter capos,$(1)),capos,none).c
authority-attempt.inc  = $(if $(filter capos,$(1)),$(LIBCAPOS_INC))

# $(1) flavour, $(2) program
define shell_program_rule
$($(1).out)/$(2): $(call $(2).srcs,$(1)) $(SHELL_HDRS) $($(1).key) $(if $($(1).key),$($(1).cc))
	@mkdir -p $$(@D)
	$$(Q)$($(1).cc) $(SHELL_CFLAGS) $(call $(2).inc,$(1)) -static -s -o $$@ $(call $(2).srcs,$(1))
endef

# $(1) flavour
define shell_rules
$(foreach p,$(filter-out hush $(SHELL_HELPERS),$(SHELL_PROGRAMS)),$(eval $(call shell_program_rule,$(1),$(p))))

$(SHELL_HELPERS:%=$($(1).out)/%): $($(1).out)/%: $(call port_tree,busybox)/.unpacked $($(1).key) $(if $($(1).key),$($(1).cc))
	@mkdir -p $$(@D)
	$$(Q)$($(1).cc) -std=gnu89 -w -O2 -static -s -o $$@ $$(SHELL_TESTS)/$$*.c

$($(1).out)/hush: $($(1).out)/.busybox.built
	$$(Q)cp $$(@D)/busybox $$@
endef
$(foreach f,capos linux host,$(eval $(call shell_rules,$(f))))

BUILD_ALL   += $(foreach f,capos linux,$(SHELL_PROGRAMS:%=$($(f).out)/%))

# The verifier's transcripts, and the goldens: the workloads' own plans, carried out on the host by the host's own builds.
SHELL_GOLDENS := $(basename $(wildcard workloads/shell/*.json workloads/stories/*.json))
$(VERIFIER_OUT)/verify_shell $(VERIFIER_OUT)/golden_shell: $(VERIFIER_OUT)/obj/transcript.o
$(VERIFIER_OUT)/san/verify_shell: $(VERIFIER_OUT)/san/obj/transcript.o

.PHONY: goldens-shell goldens-shell-long
goldens: goldens-shell
goldens-long: goldens-shell-long
goldens-shell: ports-host $(SHELL_PROGRAMS:%=$(host.out)/%) $(VERIFIER_OUT)/golden_shell $(VERIFIER_OUT)/golden_session $(BUILD)/capbench corpus-mixed-smoke corpus-mixed-standard corpus-shell corpus-stories
	$(Q)verifiers/goldens_shell.sh $(BUILD) smoke $(SHELL_GOLDENS)
	$(Q)verifiers/goldens_shell.sh $(BUILD) standard $(SHELL_GOLDENS)
goldens-shell-long: ports-host $(SHELL_PROGRAMS:%=$(host.out)/%) $(VERIFIER_OUT)/golden_shell $(VERIFIER_OUT)/golden_session $(BUILD)/capbench corpus-mixed-long corpus-shell corpus-stories
	$(Q)verifiers/goldens_shell.sh $(BUILD) long $(SHELL_GOLDENS)

TESTS     += tests/unit/native_confined.sh tests/unit/verifiers_shell.sh tests/guest/test_shell_workloads.sh
FAULT_TESTS += tests/fault/shell_all.sh
TEST_DEPS += $(AGENT_LINUX) $(linux.out)/busybox $(VERIFIER_OUT)/golden_shell $(VERIFIER_OUT)/san/verify_shell
