# SPDX-License-Identifier: MIT
# The engine: every .c file in this folder, linked into build/capbench. Also, without main.o, linked into its tests.
ENGINE_DIR  := dashboard/engine
ENGINE_OUT  := $(BUILD)/host/engine
ENGINE_SAN  := $(BUILD)/host/engine-san
ENGINE_INC  := -Icapos-runtime -Idashboard/engine
ENGINE_LIBS := -lcjson -lcrypto -lm
ENGINE_SRC  := $(sort $(wildcard $(ENGINE_DIR)/*.c))
# The capability and codec parts the engine borrows to make the boot manifest.
ENGINE_CAPNP     := $(sort $(wildcard capos-runtime/capnp/*.c))
ENGINE_OBJ       := $(ENGINE_SRC:$(ENGINE_DIR)/%.c=$(ENGINE_OUT)/%.o) \
                    $(ENGINE_CAPNP:capos-runtime/capnp/%.c=$(ENGINE_OUT)/capnp/%.o)
ENGINE_SAN_OBJ   := $(ENGINE_OBJ:$(ENGINE_OUT)/%=$(ENGINE_SAN)/%)
ENGINE_TEST_OBJ  := $(filter-out $(ENGINE_SAN)/main.o,$(ENGINE_SAN_OBJ))

.PHONY: engine
engine: $(BUILD)/capbench
BUILD_ALL += $(BUILD)/capbench

$(BUILD)/capbench: $(ENGINE_OBJ) $$(ENGINE_EXTRA_OBJ) $(BUILD)/qemu.flags
	$(Q)$(CC) -o $@ $(ENGINE_OBJ) $(ENGINE_EXTRA_OBJ) $(ENGINE_EXTRA_LIBS) $(ENGINE_LIBS)

# The flags file travels beside the executable, so that an installed or copied engine finds it.
$(BUILD)/qemu.flags: $(ENGINE_DIR)/qemu.flags
	$(Q)mkdir -p $(@D) && cp $< $@

$(ENGINE_OUT)/%.o: $(ENGINE_DIR)/%.c
	$(Q)mkdir -p $(@D) && $(CC) $(HOST_CFLAGS) $(DEP_FLAGS) $(ENGINE_INC) -c -o $@ $<
$(ENGINE_OUT)/capnp/%.o: capos-runtime/capnp/%.c
	$(Q)mkdir -p $(@D) && $(CC) $(HOST_CFLAGS) $(DEP_FLAGS) $(ENGINE_INC) -c -o $@ $<
$(ENGINE_SAN)/%.o: $(ENGINE_DIR)/%.c
	$(Q)mkdir -p $(@D) && $(CC) $(SAN_CFLAGS) $(DEP_FLAGS) $(ENGINE_INC) -c -o $@ $<
$(ENGINE_SAN)/capnp/%.o: capos-runtime/capnp/%.c
	$(Q)mkdir -p $(@D) && $(CC) $(SAN_CFLAGS) $(DEP_FLAGS) $(ENGINE_INC) -c -o $@ $<

-include $(ENGINE_OBJ:.o=.d) $(ENGINE_SAN_OBJ:.o=.d)

# Tests of the engine's head: schema, plan, statistics, records, logs. Each links the engine under the sanitizers.
ENGINE_HEAD_TESTS := test_definition test_plan test_stats test_schedule test_results test_records test_events test_scratch
$(foreach t,$(ENGINE_HEAD_TESTS),$(eval $(t)_CFLAGS = $$(ENGINE_INC)) \
  $(eval $(t)_DEPS = $$(ENGINE_TEST_LIB)) $(eval $(t)_LIBS = $$(ENGINE_TEST_LIB) $$(ENGINE_LIBS)))

fuzz_definition_CFLAGS = $(ENGINE_INC)
fuzz_definition_SRCS   = $(addprefix $(ENGINE_DIR)/,definition.c definition_parse.c definition_program.c definition_extra.c schema.c json.c kinds.c files.c text.c mem.c)
fuzz_definition_LIBS   = -lcjson -lm
fuzz_latency_CFLAGS = $(ENGINE_INC)
fuzz_latency_SRCS   = $(addprefix $(ENGINE_DIR)/,latency.c resources.c measure.c stats.c prng.c json.c files.c text.c mem.c)
fuzz_latency_LIBS   = -lcjson -lm
fuzz_serial_CFLAGS = $(ENGINE_INC)
fuzz_serial_SRCS   = $(addprefix $(ENGINE_DIR)/,serial.c mem.c)

# The command line itself, on the host's own kernel (--guest native), and its refusals.
TESTS     += tests/unit/engine_cli.sh tests/unit/engine_native.sh
TEST_DEPS += $(BUILD)/capbench $(BUILD)/ports/linux/zstd $(BUILD)/ports/linux/xz $(BUILD)/agent/linux/agent \
             $(BUILD)/verifiers/verify_compression corpus-mixed-smoke

# The engine with real guests.
TESTS     += tests/guest/test_engine.sh
TEST_DEPS += $(BUILD)/capos/kernel.elf $(BUILD)/agent/capos/agent $(BUILD)/linux-guest/kernel.json ports-capos ports-linux
