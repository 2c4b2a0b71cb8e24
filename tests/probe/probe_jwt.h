/* SPDX-License-Identifier: MIT */
/* probe_jwt.h - what the probes of access tokens have in common. */
#ifndef PROBE_JWT_H
#define PROBE_JWT_H

#include "oauth/jwt_claims.h"
#include "probe.h"

/* {"fault": NAME}; no memory is an error. Takes `value` when there is no fault. */
static inline enum mcp_code probe_fault(enum oauth_fault fault, json_t *value, json_t **out,
                                        struct mcp_err *err) {
    if (fault == OAUTH_NO_MEMORY)
        return MCP_FAIL(err, MCP_E_NOMEM, "no memory");
    if (fault != OAUTH_OK)
        value = json_pack("{ss}", "fault", oauth_fault_name(fault));
    return probe_give(value, out, err);
}

/* A member that is a text, "issuer" for one, or what stands in for it. */
static inline struct mcp_str probe_text_or(const json_t *in, const char *key, const char *other) {
    const json_t *value = json_object_get(in, key);
    return value != NULL ? mcp_json_str(value) : mcp_str_of(other);
}

static inline struct oauth_rules probe_rules(const json_t *in) {
    return (struct oauth_rules){probe_text_or(in, "issuer", "https://as.example"),
                                probe_text_or(in, "audience", "https://mcp.example/mcp"),
                                (uint64_t)probe_int(in, "leeway_s", 0)};
}

/* Bytes of `text_key`, or else the JSON text of `value_key`. */
static inline enum mcp_code probe_json_or(const json_t *in, const char *text_key,
                                          const char *value_key, struct mcp_buf *out,
                                          struct mcp_err *err) {
    const json_t *text = json_object_get(in, text_key);
    if (text != NULL)
        return probe_bytes(text, out, err);
    return mcp_json_write(json_object_get(in, value_key), out, err);
}

static inline json_t *probe_claims_json(const struct oauth_claims *claims) {
    return json_pack("{ss ss sI}", "principal", claims->principal, "scopes", claims->scopes,
                     "expires_s", (json_int_t)claims->expires_s);
}

#endif
