# SPDX-License-Identifier: MIT
# Trees of inputs: `make corpus-<set>` lays out build/corpora/<set>/tree from corpora/<set>/tree.list (see tree.sh).
# Included by ports/rules.mk, whose names for unpacked sources it uses. Invariant: a tree is laid out again when its list or
# anything it takes from has changed.
# A list names files of unpacked sources, of both sysroots, of SQLite's single file and of the repository.
CORPUS_TREE_SETS := $(patsubst corpora/%/tree.list,%,$(wildcard corpora/*/tree.list))
$(foreach t,$(CORPUS_TREES),$(eval $(call port_source_rules,$(t))))

# What a source of a list is: its folder, and the file that is made when it is there.
tree_source.src       = $(call port_tree,$(1))
tree_mark.src         = $(call port_tree,$(1))/.unpacked
tree_source.sysroot   = $(BUILD)/sysroot/$(1)
tree_mark.sysroot     = $(BUILD)/sysroot/$(1)/key
tree_source.port      = ports/$(1)/config
tree_mark.port        = $(wildcard ports/$(1)/config/*)
tree_source.repo      = .
tree_mark.repo        = $(wildcard workloads/runtime/*.lua workloads/runtime/*/*.lua)
tree_source.amalgamation = $(CORPUS_DB)
tree_mark.amalgamation   = $(CORPUS_DB)/sqlite3.c
tree_kind = $(firstword $(subst :, ,$(1)))
tree_name = $(word 2,$(subst :, ,$(1)))

# $(1) set, $(2) its sources
define corpus_tree_rules
.PHONY: corpus-$(1)
corpus-$(1): $(BUILD)/corpora/$(1)/tree.json
$(BUILD)/corpora/$(1)/tree.json: corpora/$(1)/tree.list corpora/tree.sh $(foreach s,$(2),$(call tree_mark.$(call tree_kind,$(s)),$(call tree_name,$(s))))
	$$(Q)echo "lay out corpus $(1)"
	$$(Q)corpora/tree.sh $$< $$(@D) $(foreach s,$(2),'$(s)=$(call tree_source.$(call tree_kind,$(s)),$(call tree_name,$(s)))')
endef
$(foreach t,$(CORPUS_TREE_SETS),$(eval $(call corpus_tree_rules,$(t),$(shell corpora/tree.sh --sources corpora/$(t)/tree.list))))

BUILD_ALL += $(CORPUS_TREE_SETS:%=$(BUILD)/corpora/%/tree.json)
