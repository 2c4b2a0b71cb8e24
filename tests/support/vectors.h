/* SPDX-License-Identifier: MIT */
/* vectors.h - one cmocka test per case in a tests/vectors/<module>.json file, plus C-only tests. */
#ifndef VECTORS_H
#define VECTORS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe.h"

/*
 * Run every case of tests/vectors/<module>.json through `probe`, then the C-only tests. `group` is
 * "<layer>.<module>". Returns the number of failed tests, for main.
 */
int vectors_run(const char *group, probe_fn *probe, const struct CMUnitTest *more,
                size_t more_count);

/* Run every case that ends well through torture_run: each of its allocations refused in turn. */
void vectors_torture(const char *group, probe_fn *probe);

/* The same for the cases whose "in" is wanted: those that allocate by the thousand take minutes. */
void vectors_torture_some(const char *group, probe_fn *probe, bool (*is_wanted)(const json_t *in));

/* The whole vector file, a new reference; NULL, or an object without cases, when it is broken. */
json_t *vectors_load(const char *group);

#endif
