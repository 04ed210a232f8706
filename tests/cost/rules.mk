# SPDX-License-Identifier: MIT
# `make cost`: what basic operations take on each guest (a figure for the reader, not a test).
# Invariant: nothing else depends on it.
COST_OUT := $(BUILD)/tests/cost

$(COST_OUT)/cost-capos: tests/cost/cost_capos.c tests/cost/cost.h $(BUILD)/capos/libcapos.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) -ffreestanding -Icapos-runtime -Icapos-runtime/libcapos/include -c $< -o $@.o
	$(Q)$(CC) $(LIBCAPOS_LDFLAGS) -o $@ $@.o $(BUILD)/capos/libcapos.a

$(COST_OUT)/cost-linux: tests/cost/cost_linux.c tests/cost/cost.h
	@mkdir -p $(@D)
	$(Q)$(BUILD)/toolchain/linux-cc -O2 -D_GNU_SOURCE -o $@ $<

$(COST_OUT)/file-%: tests/cost/cost_file.c tests/cost/cost.h $(BUILD)/toolchain/%-cc
	@mkdir -p $(@D)
	$(Q)$(BUILD)/toolchain/$*-cc $(WARN_FLAGS) -O2 -D_GNU_SOURCE -o $@ $<

# COST_ACCEL=icount: instructions instead of time.
COST_ACCEL ?= auto
.PHONY: cost
cost: $(COST_OUT)/cost-capos $(COST_OUT)/cost-linux $(COST_OUT)/file-capos $(COST_OUT)/file-linux build-all ## what basic operations take on each guest
	$(Q)echo "capOS (ns):" && $(BUILD)/capbench exec --accel $(COST_ACCEL) --guest capos --grant console=console --grant timer=timer \
	  --grant virtual_memory=virtual_memory --grant null_cap=null $(COST_OUT)/cost-capos
	$(Q)$(BUILD)/capbench exec --accel $(COST_ACCEL) --guest capos $(COST_OUT)/file-capos -- /scratch/file
	$(Q)echo "Linux (ns):" && $(BUILD)/capbench exec --accel $(COST_ACCEL) --guest linux $(COST_OUT)/cost-linux
	$(Q)$(BUILD)/capbench exec --accel $(COST_ACCEL) --guest linux $(COST_OUT)/file-linux -- /scratch/file
