/* SPDX-License-Identifier: MIT */
/* map.h - byte-string keys to pointers, in insertion order. Layer: base. Includes: buf. */
#ifndef MCP_MAP_H
#define MCP_MAP_H

#include <stdint.h>

#include "mcp/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Called for each value but NULL that leaves the map: removed, replaced by another, or at free. */
typedef void(mcp_map_drop_fn)(void *value);

/*
 * Hash table with keyed hashing (give a random `seed` when peers choose the keys).
 *
 *   owner   copies keys; owns values through `drop` (NULL: values are borrowed)
 *   cost    O(1) expected; iteration is in insertion order
 *   thread  none: the owner locks
 */
struct mcp_map;

enum mcp_code mcp_map_new(uint64_t seed, mcp_map_drop_fn *drop, struct mcp_map **out_map,
                          struct mcp_err *err) MCP_CHECK;
void mcp_map_free(struct mcp_map *map);
void mcp_map_freep(struct mcp_map **map);

/* Insert or replace; the value is taken only on success. errors: NOMEM. */
enum mcp_code mcp_map_put(struct mcp_map *map, struct mcp_str key, void *value,
                          struct mcp_err *err) MCP_CHECK;
void *mcp_map_get(const struct mcp_map *map, struct mcp_str key); /* NULL when absent */
bool mcp_map_remove(struct mcp_map *map, struct mcp_str key);     /* true when it was there */
void *mcp_map_take(struct mcp_map *map, struct mcp_str key);      /* removed, not dropped */
size_t mcp_map_count(const struct mcp_map *map);
void mcp_map_clear(struct mcp_map *map);

/* Iterate: start with size_t at = 0; false at the end. The current entry may be removed; a put of a
 * new key ends the iteration's validity. Either out pointer may be NULL. */
bool mcp_map_next(const struct mcp_map *map, size_t *at, struct mcp_str *out_key, void **out_value);

#ifdef __cplusplus
}
#endif

#endif
