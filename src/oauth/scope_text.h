/* SPDX-License-Identifier: MIT */
/* scope_text.h - lists of scopes: words with spaces between them. Layer: oauth. Includes: base. */
#ifndef OAUTH_SCOPE_TEXT_H
#define OAUTH_SCOPE_TEXT_H

#include "mcp/buf.h"

/* RFC 6749 section 3.3: visible ASCII without quotes and backslashes, at least one byte. */
bool oauth_scope_is_token(struct mcp_str text);

/* Take the next word off the front of *list, whatever is in it; false when there is none. */
bool oauth_scope_next(struct mcp_str *list, struct mcp_str *out_word);

bool oauth_scope_has(struct mcp_str list, struct mcp_str word);

/* Append a word, with a space before it unless it is the first since `start`. */
void oauth_scope_add(struct mcp_buf *out, size_t start, struct mcp_str word);

#endif
