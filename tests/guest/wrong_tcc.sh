# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For tests that source it: a tree whose compiler is the one with another byte.

# wrong_tcc_tree DIR: DIR/build is a build folder of links, with that compiler in both guests' flavours.
wrong_tcc_tree() {
    local f flavour
    mkdir -p "$1/build/ports/linux" "$1/build/ports/capos"
    for f in build/*; do [ "$f" = build/ports ] || ln -s "$PWD/$f" "$1/build/"; done
    ln -s "$PWD/build/ports/ports.json" "$1/build/ports/"
    for flavour in linux capos; do
        for f in "build/ports/$flavour"/*; do ln -s "$PWD/$f" "$1/build/ports/$flavour/"; done
        ln -sf "$PWD/build/tests/wrong-tcc/$flavour/tcc" "$1/build/ports/$flavour/tcc"
    done
    for f in workloads corpora ports verifiers; do ln -s "$PWD/$f" "$1/"; done
}
