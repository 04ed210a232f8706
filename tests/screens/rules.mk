# SPDX-License-Identifier: MIT
# Screen tests: test_*.c here are linked with the dashboard and the engine under the sanitizers; test_*.sh drive capbench.
SCREENS_OUT   := $(BUILD)/tests/screens
SCREENS_TESTS := $(patsubst tests/screens/%.c,%,$(wildcard tests/screens/test_*.c))
SCREENS_LIBS   = $(UI_SAN_LIB) $(ENGINE_TEST_LIB)
TESTS += $(SCREENS_TESTS:%=$(SCREENS_OUT)/%) $(wildcard tests/screens/test_*.sh)
TEST_DEPS += $(BUILD)/capbench

$(SCREENS_OUT)/%.o: tests/screens/%.c
	$(Q)mkdir -p $(@D) && $(CC) $(SAN_CFLAGS) $(DEP_FLAGS) $(UI_INC) -Itests/screens -c -o $@ $<
$(SCREENS_TESTS:%=$(SCREENS_OUT)/%): %: %.o $(SCREENS_OUT)/screens.o $$(SCREENS_LIBS)
	$(Q)$(CC) $(SAN_CFLAGS) -o $@ $< $(SCREENS_OUT)/screens.o $(SCREENS_LIBS) $(UI_LIBS) $(ENGINE_LIBS) -lvterm -lutil

-include $(wildcard $(SCREENS_OUT)/*.d)
