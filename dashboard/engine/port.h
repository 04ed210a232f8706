/* SPDX-License-Identifier: MIT */
/*
 * What ports/<name>/port.mk says, as far as the engine shows it.
 * Invariant: sorted by name; a field that a port.mk does not set is "".
 */
#ifndef ENGINE_PORT_H
#define ENGINE_PORT_H

#include <stddef.h>

struct port {
    char *name, *version, *licence, *archive;
    char **product; /* program names */
    size_t nproducts;
};

struct ports {
    struct port *port;
    size_t n;
};

/* Reads every port.mk of the tree; one that cannot be read is left out. */
void ports_load(struct ports *out);
void ports_free(struct ports *p);

#endif
