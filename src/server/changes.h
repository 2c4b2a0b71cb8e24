/* SPDX-License-Identifier: MIT */
/* changes.h - telling subscribers of changes. Layer: server. Includes: wire protocol. */
#ifndef SERVER_CHANGES_H
#define SERVER_CHANGES_H

#include "server/state.h"

/* One encoding for all who are told; each modern listener's copy carries its own tag. A stream
 * that cannot take it is its transport's affair. When memory is refused nobody is told. */
void mcp_changes_tell_uri(struct mcp_state *state, struct mcp_str uri);
void mcp_changes_tell_topic(struct mcp_state *state, enum mcp_topic topic);

#endif
