/* SPDX-License-Identifier: MIT */
/*
 * Nodes of the tree as things in memory: found by block, made, changed, freed. For tree.c and tree_store.c
 * only. Invariant: a node is in the table under its current block; it is in the dirty list exactly when
 * dirty.
 */
#ifndef STORE_TREE_WALK_H
#define STORE_TREE_WALK_H

#include "store/core.h"

/* Never NULL: loading and every change keep the children of interior nodes in memory. */
struct tree_node *tree_child(struct store *s, const struct tree_node *n, unsigned i);
/* A dirty node of the pool, which store_begin has filled. */
struct tree_node *tree_node_new(struct store *s, unsigned level);
/* true: it was clean and has another block number now, which the parent must learn. */
bool tree_node_dirty(struct store *s, struct tree_node *n);
void tree_node_free(struct store *s, struct tree_node *n);

#endif
