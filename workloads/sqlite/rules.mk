# SPDX-License-Identifier: MIT
# Database workloads: what their verifier needs beyond the other verifiers', and their goldens.
# Invariant: the verifier reads databases with the host's own build of the pinned source (the corpus generator's), never
# with a program of a guest.

$(VERIFIER_OUT)/obj/sqlite_dump.o $(VERIFIER_OUT)/san/obj/sqlite_dump.o: DEP_FLAGS += -isystem $(CORPUS_DB)
$(VERIFIER_OUT)/obj/sqlite_dump.o $(VERIFIER_OUT)/san/obj/sqlite_dump.o: | $(CORPUS_DB)/sqlite3.c
$(VERIFIER_OUT)/verify_sqlite: $(VERIFIER_OUT)/obj/sqlite_dump.o $(BUILD)/corpora/obj/sqlite3.o
$(VERIFIER_OUT)/san/verify_sqlite: $(VERIFIER_OUT)/san/obj/sqlite_dump.o $(BUILD)/corpora/obj/sqlite3.o

$(VERIFIER_OUT)/golden_sqlite: $(VERIFIER_OUT)/obj/sqlite_dump.o $(BUILD)/corpora/obj/sqlite3.o

.PHONY: goldens-sqlite goldens-sqlite-long
goldens: goldens-sqlite
goldens-long: goldens-sqlite-long
goldens-sqlite: ports-host corpus-fuzzdata $(VERIFIER_OUT)/golden_sqlite
	$(Q)verifiers/goldens_sqlite.sh $(BUILD) smoke 5 mem file wal
	$(Q)verifiers/goldens_sqlite.sh $(BUILD) standard 25 mem file wal
	$(Q)verifiers/goldens_fuzzcheck.sh $(BUILD) smoke
	$(Q)verifiers/goldens_fuzzcheck.sh $(BUILD) standard
goldens-sqlite-long: ports-host corpus-fuzzdata $(VERIFIER_OUT)/golden_sqlite
	$(Q)verifiers/goldens_sqlite.sh $(BUILD) long 100 mem file wal
	$(Q)verifiers/goldens_fuzzcheck.sh $(BUILD) long

TESTS     += tests/unit/verifiers_sqlite.sh
TEST_DEPS += $(VERIFIER_OUT)/golden_sqlite
TESTS       += tests/guest/test_sqlite.sh tests/guest/test_fuzzcheck.sh
TEST_DEPS   += ports-host ports corpus-fuzzdata
FAULT_TESTS += tests/fault/fuzzcheck_all.sh
TESTS       += tests/guest/test_databases.sh
