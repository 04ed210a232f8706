#!/bin/sh
# SPDX-License-Identifier: MIT
# All of SQLite's fuzzcheck cases on both guests; tests/guest/test_fuzzcheck.sh runs a sample. TAP.
exec "$(dirname "$0")/../guest/test_fuzzcheck.sh" all
