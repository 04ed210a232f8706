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

.PHONY: cost
cost: $(COST_OUT)/cost-capos $(COST_OUT)/cost-linux build-all ## what basic operations take on each guest
	$(Q)echo "capOS (ns):" && $(BUILD)/capbench exec --guest capos --grant console=console --grant timer=timer \
	  --grant virtual_memory=virtual_memory --grant null_cap=null $(COST_OUT)/cost-capos
	$(Q)echo "Linux (ns):" && $(BUILD)/capbench exec --guest linux $(COST_OUT)/cost-linux
