# SPDX-License-Identifier: MIT
# Corpora: `make corpus-<set>-<size>` makes and verifies build/corpora/<set>/<size>/ from corpora/<set>/manifest.json.
# Invariant: no corpus file lies in the repository; each is remade from pinned archives and seeds, byte for byte.
CORPUS_SETS  := $(patsubst corpora/%/manifest.json,%,$(wildcard corpora/*/manifest.json))
CORPUS_SIZES := smoke standard long
CORPUS_MAKE  := $(BUILD)/corpora/corpus_make
CORPUS_OBJ   := $(patsubst corpora/%.c,$(BUILD)/corpora/obj/%.o,$(wildcard corpora/*.c))
CORPUS_DB    := $(BUILD)/corpora/sqlite

# The generator's own SQLite: the pinned release's single file, made by its own makefile.
$(CORPUS_DB)/sqlite3.c: $$(PORT_SRC)/sqlite3-$$(sqlite3.version)/.unpacked
	@rm -rf $(CORPUS_DB) && mkdir -p $(CORPUS_DB)
	$(Q)echo "make sqlite3.c for the corpus generator"
	$(Q)cd $(CORPUS_DB) && { "$(CURDIR)/$(dir $<)configure" --disable-tcl --disable-readline && \
	  $(MAKE) -j1 sqlite3.c; } >build.log 2>&1 || { tail -n 20 build.log >&2; exit 1; }

$(BUILD)/corpora/obj/sqlite3.o: $(CORPUS_DB)/sqlite3.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -w -O1 -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_SHARED_CACHE -c -o $@ $<

$(BUILD)/corpora/obj/%.o: corpora/%.c | $(CORPUS_DB)/sqlite3.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(DEP_FLAGS) -isystem $(CORPUS_DB) -c -o $@ $<

$(CORPUS_MAKE): $(CORPUS_OBJ) $(BUILD)/corpora/obj/sqlite3.o
	$(Q)$(CC) -o $@ $^ -lcjson -lcrypto

-include $(CORPUS_OBJ:.o=.d)

# $(1) set, $(2) size
define corpus_rules
.PHONY: corpus-$(1)-$(2)
corpus-$(1)-$(2): $(BUILD)/corpora/$(1)/.$(2).made
$(BUILD)/corpora/$(1)/.$(2).made: corpora/$(1)/manifest.json $(CORPUS_MAKE) \
        $$$$(foreach s,$$$$($(1).sources.$(2)),$$$$(PORT_FETCH)/$$$$($$$$(s).archive)) \
        $$$$(if $$$$(wildcard $(BUILD)/corpora/$(1)/$(2)),,FORCE)
	@mkdir -p $$(@D)
	$$(Q)echo "make corpus $(1), size $(2)"
	$$(Q)$(CORPUS_MAKE) $$< $(2) $(BUILD)/corpora/$(1)/$(2) \
	  $$(foreach s,$$($(1).sources.$(2)),'$$(s)=$$(PORT_FETCH)/$$($$(s).archive)')
	$$(Q)touch $$@
endef
$(foreach s,$(CORPUS_SETS),$(foreach z,$(CORPUS_SIZES),$(eval $(call corpus_rules,$(s),$(z)))))

BUILD_ALL += $(CORPUS_SETS:%=corpus-%-smoke)
