# SPDX-License-Identifier: MIT
# Programs of the storage workloads, beside the ports' in both flavours, and on the host for the goldens. storage-kv is linked
# with the port's own SQLite. Invariant: the flavours differ in the compiler wrapper only.
STORAGE_CFLAGS   := $(WARN_FLAGS) -O2 -g0 -D_GNU_SOURCE
STORAGE_PROGRAMS := storage-kv storage-file

# $(1) flavour
define storage_rules
$($(1).out)/storage-%: workloads/storage/%.c workloads/storage/latency.c workloads/storage/latency.h workloads/storage/prng.h \
                       $($(1).out)/.sqlite3.built
	@mkdir -p $$(@D)
	$$(Q)$($(1).cc) $(STORAGE_CFLAGS) -isystem $($(1).out)/work/sqlite3 -s -o $$@ $$< workloads/storage/latency.c \
	  $($(1).ldflags) $$(if $$(STORAGE_SQLITE_$$*),$($(1).out)/work/sqlite3/sqlite3.o -lm)
endef
STORAGE_SQLITE_kv := yes
$(foreach f,capos linux host,$(eval $(call storage_rules,$(f))))

STORAGE_BUILT := $(foreach f,capos linux,$(STORAGE_PROGRAMS:%=$($(f).out)/%))
BUILD_ALL     += $(STORAGE_BUILT)

.PHONY: goldens-storage goldens-storage-long
goldens: goldens-storage
goldens-long: goldens-storage-long
goldens-storage: $(STORAGE_PROGRAMS:%=$(host.out)/%) $(VERIFIER_OUT)/golden_sqlite
	$(Q)verifiers/goldens_storage.sh $(BUILD) smoke
	$(Q)verifiers/goldens_storage.sh $(BUILD) standard
goldens-storage-long: $(STORAGE_PROGRAMS:%=$(host.out)/%) $(VERIFIER_OUT)/golden_sqlite
	$(Q)verifiers/goldens_storage.sh $(BUILD) long
