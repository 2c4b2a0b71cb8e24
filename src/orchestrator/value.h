/* SPDX-License-Identifier: MIT */
/* value.h - immutable JSON with a reference count. Layer: orchestrator. Includes: base json. */
#ifndef ORCH_VALUE_H
#define ORCH_VALUE_H

#include "mcp/json.h"

/*
 * A JSON tree nobody changes any more, shared by the cache, fetches and callers. Who wants to give
 * a part of it away copies that part: a caller's change never reaches the cache.
 *
 *   thread  any; the count is atomic
 */
struct orch_value;

/* Takes `root` in every case; NULL when allocation is refused or root is NULL. */
struct orch_value *orch_value_new(json_t *root);
struct orch_value *orch_value_ref(struct orch_value *value); /* the same; NULL for NULL */
void orch_value_unref(struct orch_value *value);             /* NULL is a no-op */
void orch_value_unrefp(struct orch_value **value);
/* About how much memory it takes: texts and keys, and 32 for each value and each member. */
size_t orch_value_bytes(const struct orch_value *value);
const json_t *orch_value_root(const struct orch_value *value); /* NULL for NULL */

#endif
