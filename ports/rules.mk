# SPDX-License-Identifier: MIT
# Ports: fetch, unpack, patch and build each ports/<name>/port.mk, for the flavours capos, linux and host.
# Invariant: each product has a key, the hash of everything that goes into it (archive, patches, configuration,
# recipe, compiler, flags, the sysroot's own key). A key file changes only when its content does, and only then is
# the product built again.
#   make fetch         every source archive, checked          make ports-linux | ports-capos | ports
#   build/src/<name>-<version>/.unpacked                       build/ports/{capos,linux}/<program>, build/host/<program>
#   build/toolchain/linux-cc, build/sysroot/linux/key          build/ports/ports.json

PORT_SUITE   := bookworm
PORT_CC      ?= gcc
PORT_CFLAGS  := -O2 -g0
PORT_FETCH   := $(BUILD)/fetch
PORT_SRC     := $(BUILD)/src
PORT_SCRIPTS := ports/fetch.sh ports/apt.sh
PORT_NAMES   := $(sort $(patsubst ports/%/port.mk,%,$(wildcard ports/*/port.mk)))
include $(PORT_NAMES:%=ports/%/port.mk)
include $(wildcard corpora/*/sources.mk)

# Where a flavour's compiler, products, sysroot key and the key of the C library proper (headers and flags, without the
# seam below it: when only the seam changes, objects stay and programs are linked again) are; the host flavour is the machine's own gcc and C library.
capos.cc     := $(BUILD)/toolchain/capos-cc
capos.out    := $(BUILD)/ports/capos
capos.key    := $(BUILD)/sysroot/capos/key
capos.clib   := $(BUILD)/sysroot/.capos-musl.key
capos.ldflags := -static
linux.cc     := $(BUILD)/toolchain/linux-cc
linux.out    := $(BUILD)/ports/linux
linux.key    := $(BUILD)/sysroot/linux/key
linux.clib   := $(BUILD)/sysroot/.linux.key
linux.ldflags := -static
host.cc      := $(PORT_CC)
host.out     := $(BUILD)/host
host.key     :=
host.clib    :=
host.ldflags :=

port_patches = $(sort $(wildcard ports/$(1)/patches/*.patch))
port_config  = $(sort $(wildcard ports/$(1)/config/* ports/$(1)/config/.config))
port_strip   = $(or $($(1).strip),1)
port_tree    = $(PORT_SRC)/$(1)-$($(1).version)
port_program = $(firstword $(subst =, ,$(1)))
port_outputs = $(foreach x,$($(1).products),$($(2).out)/$(call port_program,$(x)))
# FORCE when one of the files is not there: a mark says that they were built, not that they still exist.
files_missing = $(if $(filter-out $(wildcard $(1)),$(1)),FORCE)

# $(call key_write,FILE,WORDS,FILES): the recipe of a key file: hash of the words, the files' bytes and the compiler's
# version; the file is left alone when its content would be the same.
key_write = @mkdir -p $(dir $(1)); ports/key.sh $(1) '$(PORT_CC)' '$(2)' $(3)

# --- archives: of the ports and of the corpora (whose lists name package, archive and sha256 in the same way) ---------
# $(1) name, $(2) the file that pins it
define archive_rules
$(PORT_FETCH)/$($(1).archive): | $(PORT_SCRIPTS)
	$$(Q)ports/fetch.sh $(if $($(1).client),$($(1).client) $($(1).version),get $(PORT_SUITE)) $($(1).package) '$($(1).archive)' \
	  $($(1).sha256) $(PORT_FETCH)

.PHONY: fetch-$(1)
fetch-$(1): $(PORT_FETCH)/$($(1).archive)
	$$(Q)ports/fetch.sh check '$(PORT_FETCH)/$($(1).archive)' $($(1).sha256) '$(2)'
fetch: fetch-$(1)
endef
$(foreach p,$(PORT_NAMES),$(eval $(call archive_rules,$(p),ports/$(p)/port.mk)))
$(foreach s,$(CORPUS_SOURCES),$(eval $(call archive_rules,$(s),corpora/*/sources.mk)))

# --- trees: key, then unpacked and patched ---------------------------------------------------------------------------
define port_source_rules
$(PORT_SRC)/.$(1).key: FORCE
	$$(call key_write,$$@,unpack $($(1).version) $($(1).archive) $($(1).sha256) $(call port_strip,$(1)),ports/unpack.sh $(call port_patches,$(1)))

$(call port_tree,$(1))/.unpacked: $(PORT_SRC)/.$(1).key | $(PORT_FETCH)/$($(1).archive)
	$$(Q)ports/fetch.sh check '$(PORT_FETCH)/$($(1).archive)' $($(1).sha256) ports/$(1)/port.mk
	$$(Q)ports/unpack.sh '$(PORT_FETCH)/$($(1).archive)' $(call port_tree,$(1)) $(call port_strip,$(1)) $(call port_patches,$(1))

endef
$(foreach p,$(PORT_NAMES),$(eval $(call port_source_rules,$(p))))

.PHONY: fetch
fetch: ## fetch the pinned original source archives into build/fetch

# --- the linux sysroot and its compiler ---------------------------------------------------------------------------
$(BUILD)/sysroot/.linux.key: $(PORT_SRC)/.musl.key ports/sysroot.sh ports/toolchain.sh FORCE
	$(call key_write,$@,sysroot linux $(musl.configure) $(PORT_CFLAGS),$(PORT_SRC)/.musl.key ports/sysroot.sh ports/toolchain.sh)

$(BUILD)/sysroot/linux/key: $(BUILD)/sysroot/.linux.key $(call port_tree,musl)/.unpacked
	$(Q)ports/sysroot.sh $(call port_tree,musl) $(BUILD)/sysroot/linux '$(PORT_CC)' '$(PORT_CFLAGS)' $(musl.configure)
	$(Q)cp $< $@

$(BUILD)/toolchain/linux-cc: $(BUILD)/sysroot/linux/key ports/toolchain.sh
	$(Q)ports/toolchain.sh linux '$(PORT_CC)' $(BUILD)/sysroot/linux $@

# --- programs: one rule per port and flavour ------------------------------------------------------------------------
# $(1) port, $(2) flavour
define port_program_rules
$($(2).out)/.$(1).key: $(PORT_SRC)/.$(1).key $($(2).key) FORCE
	$$(call key_write,$$@,$(2) $($(1).method) $($(1).configure) $($(1).products) $(PORT_CFLAGS) $($(1).cflags) $($(2).ldflags),$(PORT_SRC)/.$(1).key $($(2).key) ports/build.sh $(call port_config,$(1)))

$($(2).out)/.$(1).objects.key: $(PORT_SRC)/.$(1).key $($(2).clib) FORCE
	$$(call key_write,$$@,objects $(2) $($(1).method) $($(1).configure) $(PORT_CFLAGS) $($(1).cflags) $($(2).ldflags),$(PORT_SRC)/.$(1).key $($(2).clib) ports/build.sh $(call port_config,$(1)))

$($(2).out)/.$(1).built: $($(2).out)/.$(1).key $($(2).out)/.$(1).objects.key $(call port_tree,$(1))/.unpacked $(if $($(2).key),$($(2).cc)) \
    $$$$(call files_missing,$(call port_outputs,$(1),$(2)))
	$$(Q)ports/build.sh $(1) $(2) $($(1).method) $(call port_tree,$(1)) $($(2).out) '$($(2).cc)' '$(PORT_CFLAGS) $($(1).cflags)' \
	  '$($(2).ldflags)' '$($(1).products)' $($(1).configure)
	$$(Q)cp $$< $$@

$(call port_outputs,$(1),$(2)): $($(2).out)/.$(1).built
endef
PORT_BUILT := $(foreach p,$(PORT_NAMES),$(if $($(p).products),$(p)))
$(foreach p,$(PORT_BUILT),$(foreach f,capos linux host,$(eval $(call port_program_rules,$(p),$(f)))))

# Other names that a program goes by (/bin/NAME in a shell): as it lists them itself when asked.
define port_names_rules
$(BUILD)/ports/$(1).names: $(linux.out)/.$(1).built
	$$(Q)$(linux.out)/$(1) $($(1).names) >$$@.tmp && mv $$@.tmp $$@
BUILD_ALL += $(BUILD)/ports/$(1).names
ports: $(BUILD)/ports/$(1).names
endef
$(foreach p,$(PORT_BUILT),$(if $($(p).names),$(eval $(call port_names_rules,$(p)))))

.PHONY: ports ports-linux ports-capos ports-host
ports-linux: $(PORT_BUILT:%=$(linux.out)/.%.built) ## the ported programs for Linux
ports-capos: $(PORT_BUILT:%=$(capos.out)/.%.built) ## the ported programs for capOS
ports-host:  $(PORT_BUILT:%=$(host.out)/.%.built) ## the independent host builds, for the goldens
ports: ports-linux ports-capos $(BUILD)/ports/ports.json ## both flavours and build/ports/ports.json

# --- what was built, for results: one line of fields a port, turned into JSON by the script ----------------------
$(BUILD)/ports/ports.json: $(PORT_BUILT:%=$(linux.out)/.%.built) $(PORT_BUILT:%=$(capos.out)/.%.built) ports/describe.sh \
                           $(PORT_NAMES:%=ports/%/port.mk)
	$(Q)ports/describe.sh '$(PORT_CC)' '$(PORT_CFLAGS)' $(BUILD)/ports $(foreach p,$(PORT_NAMES),\
	  '$(p)' '$($(p).version)' '$($(p).licence)' '$($(p).package)' '$($(p).archive)' '$($(p).sha256)' \
	  '$($(p).configure)' '$(foreach x,$($(p).products),$(call port_program,$(x)))' '$($(p).limits)' \
	  '$(call port_patches,$(p))') >$@.tmp
	$(Q)mv $@.tmp $@

BUILD_ALL += $(BUILD)/ports/ports.json

include corpora/trees.mk
