#!/bin/sh
# SPDX-License-Identifier: MIT
# TAP. The power-cut test must catch a store whose sync does not flush: otherwise it proves nothing about ours.
exec "${BUILD:-build}/tests/fault/store_forgetful" --control
