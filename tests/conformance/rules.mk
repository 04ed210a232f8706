# SPDX-License-Identifier: MIT
# Conformance against the published crates; builds them itself, because cargo may be missing.
TESTS += tests/conformance/test_conformance.sh
