/* SPDX-License-Identifier: MIT */
/* catalog_look.h - icons and annotations: check, describe. Layer: server. Includes: json. */
#ifndef SERVER_CATALOG_LOOK_H
#define SERVER_CATALOG_LOOK_H

#include "mcp/feature.h"

enum { MCP_MAX_ICONS = 16 };

/* errors: INVALID; err->where is "icons/0" or "annotations" */
enum mcp_code mcp_icons_check(const struct mcp_icons *icons, struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_annotations_check(const struct mcp_annotations *annotations,
                                    struct mcp_err *err) MCP_CHECK;

/*
 * Add member "icons" or "annotations" to `object` (which may be NULL: refused already), unless
 * there is nothing to say. False when memory is refused.
 */
bool mcp_icons_add(json_t *object, const struct mcp_icons *icons);
bool mcp_annotations_add(json_t *object, const struct mcp_annotations *annotations);

#endif
