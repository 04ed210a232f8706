# SPDX-License-Identifier: MIT
# The dashboard: every .c file here, linked into build/capbench; and an archive under the sanitizers for its tests.
UI_DIR  := dashboard/ui
UI_OUT  := $(BUILD)/host/ui
UI_SAN  := $(BUILD)/host/ui-san
UI_INC  := -Icapos-runtime -Idashboard/engine -I$(UI_DIR)
UI_LIBS := -lncursesw -ltinfo -lvterm
UI_SRC  := $(sort $(wildcard $(UI_DIR)/*.c))
UI_OBJ     := $(UI_SRC:$(UI_DIR)/%.c=$(UI_OUT)/%.o)
UI_SAN_OBJ := $(UI_SRC:$(UI_DIR)/%.c=$(UI_SAN)/%.o)
UI_SAN_LIB := $(BUILD)/host/libui-san.a

ENGINE_EXTRA_OBJ  := $(UI_OBJ)
ENGINE_EXTRA_LIBS := $(UI_LIBS)

$(UI_OUT)/%.o: $(UI_DIR)/%.c
	$(Q)mkdir -p $(@D) && $(CC) $(HOST_CFLAGS) $(DEP_FLAGS) $(UI_INC) -c -o $@ $<
$(UI_SAN)/%.o: $(UI_DIR)/%.c
	$(Q)mkdir -p $(@D) && $(CC) $(SAN_CFLAGS) $(DEP_FLAGS) $(UI_INC) -c -o $@ $<
$(UI_SAN_LIB): $(UI_SAN_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

-include $(UI_OBJ:.o=.d) $(UI_SAN_OBJ:.o=.d)

fuzz_line_diff_SRCS   = $(addprefix $(UI_DIR)/,line_diff.c) $(ENGINE_DIR)/mem.c
fuzz_line_diff_CFLAGS = $(UI_INC)
