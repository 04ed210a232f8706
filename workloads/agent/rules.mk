# SPDX-License-Identifier: MIT
# The guest agent, one source for both guests: build/agent/capos/agent and build/agent/linux/agent.
AGENT_DIR     := workloads/agent
AGENT_SRCS    := $(wildcard $(AGENT_DIR)/*.c)
AGENT_HDRS    := $(wildcard $(AGENT_DIR)/*.h) capos-runtime/abi/bench.h
AGENT_CFLAGS  := $(WARN_FLAGS) -O2 -g -D_GNU_SOURCE -I$(AGENT_DIR) -Icapos-runtime
AGENT_LINUX   := $(BUILD)/agent/linux/agent
AGENT_CAPOS   := $(BUILD)/agent/capos/agent
BUILD_ALL     += $(AGENT_LINUX) $(AGENT_CAPOS)

.PHONY: agent-linux agent-capos
agent-linux: $(AGENT_LINUX)
agent-capos: $(AGENT_CAPOS)

$(AGENT_LINUX): $(AGENT_SRCS) $(wildcard $(AGENT_DIR)/linux/*.[ch]) $(AGENT_HDRS) $(BUILD)/toolchain/linux-cc
	@mkdir -p $(@D)
	$(Q)$(BUILD)/toolchain/linux-cc $(AGENT_CFLAGS) -o $@ $(filter %.c,$^)
	$(Q)strip $@

$(AGENT_CAPOS): $(AGENT_SRCS) $(AGENT_HDRS) $(BUILD)/toolchain/capos-cc $(BUILD)/sysroot/capos/key
	@mkdir -p $(@D)
	$(Q)$(BUILD)/toolchain/capos-cc $(AGENT_CFLAGS) -o $@ $(filter %.c,$^)

fuzz_frames_in_SRCS   = $(AGENT_DIR)/frames_in.c
fuzz_frames_in_CFLAGS = -I$(AGENT_DIR) -Icapos-runtime
