# SPDX-License-Identifier: MIT
# The seam: POSIX names over capabilities, below the C library; and the table of what becomes of every Linux call.
POSIX_INC  := $(LIBCAPOS_INC) -Icapos-runtime -Iworkloads
POSIX_SRCS := $(filter-out capos-runtime/posix/table.c,$(wildcard capos-runtime/posix/*.c))
POSIX_OBJS := $(patsubst capos-runtime/%.c,$(BUILD)/capos/obj/%.o,$(POSIX_SRCS))

$(BUILD)/capos/obj/posix/%.o: capos-runtime/posix/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) $(DEP_FLAGS) $(POSIX_INC) -c -o $@ $<

# build/posix-calls.md: the generated table. `make posix-table` says whether the README's copy is this one.
$(BUILD)/host/posix-table: capos-runtime/posix/table.c capos-runtime/posix/calls.def
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(ABI_INC) -o $@ $<

$(BUILD)/posix-calls.md: $(BUILD)/host/posix-table
	$(Q)$< >$@.tmp && mv $@.tmp $@

.PHONY: posix-table
posix-table: $(BUILD)/posix-calls.md ## check that the README's table of Linux calls is the generated one
	$(Q)capos-runtime/posix/table.sh README.md $<

TESTS     += capos-runtime/posix/table.sh
TEST_DEPS += $(BUILD)/posix-calls.md

-include $(POSIX_OBJS:.o=.d)

# Host tests of the seam: the same sources over a made-up capability layer.
test_startup_SRCS   = capos-runtime/posix/startup.c capos-runtime/posix/text.c
test_startup_CFLAGS = $(ABI_INC)
fuzz_startup_SRCS   = capos-runtime/posix/startup.c capos-runtime/posix/text.c
fuzz_startup_CFLAGS = $(ABI_INC)
test_posix_files_SRCS   = tests/unit/fake_caps.c $(CAPNP_SRCS) \
                          $(filter-out %/start.c %/launch.c,$(POSIX_SRCS))
test_posix_files_CFLAGS = $(POSIX_INC) -Itests/unit
test_posix_signals_SRCS   = $(test_posix_files_SRCS)
test_posix_signals_CFLAGS = $(test_posix_files_CFLAGS)
test_posix_pages_SRCS   = tests/unit/fake_caps.c $(CAPNP_SRCS) capos-runtime/posix/pages.c
test_posix_pages_CFLAGS = $(POSIX_INC) -Itests/unit
