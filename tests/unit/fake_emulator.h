/* SPDX-License-Identifier: MIT */
/*
 * A stand-in for the emulator, for tests of what surrounds it: the test program itself, started in the
 * emulator's place. Invariant: it acts out the word that its "kernel" file holds, on the descriptors and with
 * the nonce it was given.
 */
#ifndef TESTS_FAKE_EMULATOR_H
#define TESTS_FAKE_EMULATOR_H

/* Acts and ends; never returns. */
void fake_emulator(int argc, char **argv) __attribute__((noreturn));

#endif
