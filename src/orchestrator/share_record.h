/* SPDX-License-Identifier: MIT */
/* share_record.h - what is kept and told between processes, as bytes. Layer: orchestrator.
 * Includes: cache share_key. */
#ifndef ORCH_SHARE_RECORD_H
#define ORCH_SHARE_RECORD_H

#include "orchestrator/cache.h"
#include "orchestrator/share_key.h"

enum {
    ORCH_SHARE_MAX_BYTES = 16 << 20, /* of one value; what is bigger is not shared */
    ORCH_SHARE_MESSAGE_BYTES = 256
};

/* One value. */
struct orch_share_record {
    uint64_t life_ms;    /* for which it was stored; what is left of that tells its age */
    uint64_t generation; /* of which it is */
    struct orch_cache_terms terms;
    struct mcp_str body; /* JSON; a view */
};

/* "mcpo 1 LIFE TTL SCOPE GENERATION BYTES\n" and the JSON. errors: NOMEM, LIMIT from `out`. */
enum mcp_code orch_share_record_write(const struct orch_share_record *record, struct mcp_buf *out,
                                      struct mcp_err *err) MCP_CHECK;

/*
 * The other way round. What it was given may come from anybody.
 *
 *   out     *out_record  written on success only; body is a view into `bytes`
 *   errors  UNSUPPORTED  of another version; SYNTAX: not as above to the last byte; LIMIT
 */
enum mcp_code orch_share_record_read(struct mcp_str bytes, struct orch_share_record *out_record,
                                     struct mcp_err *err) MCP_CHECK;

/*
 * A value of what was read: JSON of the shape that a fetch makes, {"resources": {}, "errors": [],
 * "uris": {}} without errors, or {"tools": [{"name"}]}.
 *
 *   errors  SYNTAX; SCHEMA: another shape; NOMEM
 */
enum mcp_code orch_share_record_value(struct mcp_str body, bool is_tools,
                                      struct orch_value **out_value, struct mcp_err *err) MCP_CHECK;

enum orch_share_news {
    ORCH_SHARE_OUTDATED,  /* the server said so: good on an error only */
    ORCH_SHARE_FORGOTTEN, /* somebody wants it read anew */
    ORCH_SHARE_STORED,    /* there is a value */
    ORCH_SHARE_GIVEN_UP,  /* who was reading it did not get it */
    ORCH_SHARE_NEWS
};

/* What is told to all. */
struct orch_share_message {
    enum orch_share_news news;
    bool is_tools;
    char sender[17];              /* hexadecimal digits: who sends need not listen to himself */
    char id[ORCH_SHARE_ID_BYTES]; /* of the server */
};

/* "mcpo 1 SENDER NEWS ID HOLDING"; returns out. */
const char *orch_share_message_write(const struct orch_share_message *message,
                                     char out[ORCH_SHARE_MESSAGE_BYTES]);

/* errors: UNSUPPORTED: another version; SYNTAX. */
enum mcp_code orch_share_message_read(struct mcp_str bytes, struct orch_share_message *out_message,
                                      struct mcp_err *err) MCP_CHECK;

#endif
