# SPDX-License-Identifier: MIT
# Lint, as part of the tests and by itself.
TESTS += tests/lint/test_lint.sh

.PHONY: lint
lint: ## clang-format, cppcheck, shellcheck and the house rules
	$(Q)tests/lint/test_lint.sh
