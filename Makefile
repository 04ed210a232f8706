# SPDX-License-Identifier: MIT
# capbench's one makefile. Every part brings a rules.mk with its own targets; nothing is listed here twice.
# Invariant: everything made or fetched lands under build/; `make clean` keeps what was fetched.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDEXPANSION:

BUILD ?= build
CC    := gcc
CLANG ?= clang
Q     ?= @

WARN_FLAGS  := -std=c11 -Wall -Wextra -Wshadow -Wpointer-arith -Wcast-qual -Wstrict-prototypes \
               -Wmissing-prototypes -Wundef -Wwrite-strings -Werror
DEP_FLAGS   := -MMD -MP
HOST_CFLAGS := $(WARN_FLAGS) -O2 -g -D_GNU_SOURCE
SAN_CFLAGS  := $(WARN_FLAGS) -O1 -g -D_GNU_SOURCE -fsanitize=address,undefined -fno-sanitize-recover=all \
               -fno-omit-frame-pointer

# What the parts add to: programs and scripts that print TAP, what they need built, what `make build` makes,
# and what `make fault` runs beyond `make test`.
TESTS     :=
TEST_DEPS :=
BUILD_ALL :=
FAULT_TESTS :=

include $(sort $(wildcard */rules.mk */*/rules.mk))

.PHONY: help setup build run test list dash fault fuzz bench lint goldens install clean distclean FORCE

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort -u | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | \
	  awk -F'|' '{printf "%-23s %s\n", $$1, $$2}'

setup: ## install the packages that are missing (says which first)
	$(Q)tests/setup.sh

build: setup ## build everything `make run` needs
	$(Q)$(MAKE) --no-print-directory -j2 build-all

.PHONY: build-all
build-all: $$(BUILD_ALL)

run: build ## boot both guests, run every workload (smoke, 3 pairs), verify, print the table; a dashboard at a terminal
	$(Q)if [ -t 0 ] && [ -t 1 ]; then command=dash; else command=run; fi; \
	$(BUILD)/capbench $$command --size smoke --pairs 3 $(RUN_FLAGS)

dash: build ## the dashboard: DASH_ARGS="DIR" replays a run, else it starts one
	$(Q)$(BUILD)/capbench dash $(DASH_ARGS)

list: build-all ## ports and workloads, each with the level its evidence supports
	$(Q)$(BUILD)/capbench list

test: build ## all tests: unit (ASan, UBSan), guest (QEMU), conformance, lint; ends with a count
	$(Q)$(MAKE) --no-print-directory -j2 test-build
	$(Q)tests/run.sh $(TEST_PROGRAMS)

.PHONY: test-build test-deps
test-deps: $$(TEST_DEPS)
FAULT_PROGRAMS = $(if $(ONLY),$(foreach t,$(FAULT_TESTS),$(if $(findstring $(ONLY),$(t)),$(t))),$(FAULT_TESTS))
TEST_PROGRAMS = $(if $(ONLY),$(foreach t,$(TESTS),$(if $(findstring $(ONLY),$(t)),$(t))),$(TESTS))
test-build: $$(TESTS) $$(TEST_DEPS)

fault: build ## what needs longer: power cuts, I/O faults, seeded defects; FAULT_SEED repeats a run, FAULT_SCALE=0.01 samples, FAULT_JOBS at a time, ONLY=… picks
	$(Q)$(MAKE) --no-print-directory -j2 test-build $(filter build/%,$(FAULT_PROGRAMS))
	$(Q)export FAULT_SEED=$${FAULT_SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}; \
	echo "fault seed $$FAULT_SEED (again: make fault FAULT_SEED=$$FAULT_SEED)"; \
	TEST_PROGRESS=1 TEST_LIMIT=36000 tests/run.sh $(FAULT_PROGRAMS)

install: build-all ## install capbench under DESTDIR/PREFIX (default /usr/local); there CAPBENCH_BUILD tells it the build folder
	install -D -m 755 $(BUILD)/capbench $(DESTDIR)$(or $(PREFIX),/usr/local)/bin/capbench

clean: ## remove what was built; fetched sources stay
	$(Q)find $(BUILD) -mindepth 1 -maxdepth 1 ! -name fetch ! -name src -exec rm -rf {} + 2>/dev/null || true

distclean: ## remove everything built or fetched
	$(Q)rm -rf $(BUILD)

FORCE:
