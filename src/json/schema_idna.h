/* SPDX-License-Identifier: MIT */
/* schema_idna.h - internationalised host name labels. Layer: json. Includes: buf. */
#ifndef MCP_SCHEMA_IDNA_H
#define MCP_SCHEMA_IDNA_H

#include "mcp/buf.h"

/* True for a label "xn--..." that decodes to a valid label of IDNA 2008, contextual rules included.
 * `label` has at most 63 bytes. spec: RFC 5891 section 5.4, RFC 5892 appendix A. */
bool mcp_schema_is_a_label(struct mcp_str label);

#endif
