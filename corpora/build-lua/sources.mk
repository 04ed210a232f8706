# SPDX-License-Identifier: MIT
# Lua's own test suite: no Debian source carries it; the Python source package lupa has Lua 5.4.4 whole, with testes/ (MIT).
CORPUS_SOURCES += lupa
CORPUS_TREES   += lupa
lupa.version := 2.0
lupa.client  := pip
lupa.package := lupa
lupa.archive := lupa-2.0.tar.gz
lupa.sha256  := ad3fef486be7adddd349fe9a9c393789061312cf98ebc533b489be34f484cb79
