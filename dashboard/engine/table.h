/* SPDX-License-Identifier: MIT */
/*
 * The table a run ends with.
 * Invariant: made from the records alone; plain text, one row a workload, size and backing.
 */
#ifndef ENGINE_TABLE_H
#define ENGINE_TABLE_H

#include <cjson/cJSON.h>
#include <stdio.h>

/* Prints the table and its warnings: `records` of results.json, `comparisons` of comparisons.json. */
void table_print(FILE *out, const cJSON *records, const cJSON *comparisons);

#endif
