# SPDX-License-Identifier: MIT
# Screen tests: test_*.c here are linked with the dashboard and the engine under the sanitizers; test_*.sh drive capbench.
SCREENS_OUT   := $(BUILD)/tests/screens
SCREENS_TESTS := $(patsubst tests/screens/%.c,%,$(wildcard tests/screens/test_*.c))
SCREENS_LIBS   = $(UI_SAN_LIB) $(ENGINE_TEST_LIB)
TESTS += $(SCREENS_TESTS:%=$(SCREENS_OUT)/%) $(wildcard tests/screens/test_*.sh)
# (test_shell_tty needs both guests and their shells.)
TEST_DEPS += $(BUILD)/capbench $(AGENT_CAPOS) $(AGENT_LINUX) ports-capos ports-linux

$(SCREENS_OUT)/%.o: tests/screens/%.c
	$(Q)mkdir -p $(@D) && $(CC) $(SAN_CFLAGS) $(DEP_FLAGS) $(UI_INC) -Itests/screens -c -o $@ $<
$(SCREENS_TESTS:%=$(SCREENS_OUT)/%): %: %.o $(SCREENS_OUT)/screens.o $$(SCREENS_LIBS)
	$(Q)$(CC) $(SAN_CFLAGS) -o $@ $< $(SCREENS_OUT)/screens.o $(SCREENS_LIBS) $(UI_LIBS) $(ENGINE_LIBS) -lutil

-include $(wildcard $(SCREENS_OUT)/*.d)

.PHONY: goldens-screens screenshots cast coverage-ui cost-ui
cost-ui: $(BUILD)/capbench ## what the dashboard costs: its CPU time, its effect on a timed sample (paired)
	$(Q)tests/screens/cost.sh
goldens-screens: $(BUILD)/capbench ## write the screen goldens anew (look at the diff before committing)
	$(Q)UPDATE=1 tests/screens/test_tour.sh

screenshots: $(BUILD)/capbench ## pictures of every screen of the recorded run, under build/screenshots
	$(Q)mkdir -p $(BUILD)/screenshots && TZ=UTC LC_ALL=C.UTF-8 $(BUILD)/capbench dash tests/screens/recorded/run \
	  --script tests/screens/pictures.script --save $(BUILD)/screenshots && ls $(BUILD)/screenshots/*.svg

cast: $(BUILD)/capbench ## a terminal recording of the replayed run, build/screenshots/capbench.cast
	$(Q)mkdir -p $(BUILD)/screenshots && TZ=UTC LC_ALL=C.UTF-8 $(BUILD)/capbench dash tests/screens/recorded/run \
	  --script tests/screens/cast.script --save $(BUILD)/screenshots && ls $(BUILD)/screenshots/*.cast

# Line coverage of the dashboard: its sources instrumented, everything else as it is.
UI_COV     := $(BUILD)/cov/ui
UI_COV_OBJ := $(UI_SRC:$(UI_DIR)/%.c=$(UI_COV)/%.o)
$(UI_COV)/%.o: $(UI_DIR)/%.c
	$(Q)mkdir -p $(@D) && $(CC) $(WARN_FLAGS) -D_GNU_SOURCE -O0 -g --coverage $(DEP_FLAGS) $(UI_INC) -c -o $@ $<
$(BUILD)/cov/capbench: $(ENGINE_OBJ) $(UI_COV_OBJ)
	$(Q)$(CC) --coverage -o $@ $^ $(UI_LIBS) $(ENGINE_LIBS)
$(BUILD)/cov/test_%: tests/screens/test_%.c tests/screens/screens.c $(UI_COV_OBJ) $(ENGINE_OBJ)
	$(Q)$(CC) $(HOST_CFLAGS) $(UI_INC) -Itests/screens --coverage -o $@ $(filter %.c,$^) $(UI_COV_OBJ) \
	  $(filter-out %/main.o,$(ENGINE_OBJ)) $(UI_LIBS) $(ENGINE_LIBS) -lutil
coverage-ui: $(BUILD)/cov/capbench $(BUILD)/cov/test_vterm $(BUILD)/cov/test_fold $(BUILD)/cov/test_pty ## line coverage of the dashboard by its quick tests
	$(Q)tests/screens/coverage.sh $(BUILD)/cov

-include $(UI_COV_OBJ:.o=.d)
