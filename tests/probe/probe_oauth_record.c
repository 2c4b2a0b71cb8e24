/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/oauth_record.json. */
#include <stdio.h>

#include "oauth_client/oauth_record.h"
#include "probe.h"

probe_fn probe_oauth_record;

enum { MAX_BYTES = 1 << 20 };

static enum mcp_code put_all(const json_t *in, json_t *record, struct mcp_err *err) {
    const json_t *puts = json_object_get(in, "put");
    json_int_t times = probe_int(in, "times", 1);
    for (size_t i = 0; i < json_array_size(puts); i++) {
        const json_t *put = json_array_get(puts, i);
        MCP_TRY(mcp_oauth_record_put(record, json_object_get(put, "client"),
                                     json_object_get(put, "token"), err));
    }
    for (json_int_t i = 1; i < times; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "https://h/%03d", (int)i);
        json_auto_t *token =
            json_pack("{s:s, s:s, s:s}", "resource", name, "access_token", "t", "scope", "");
        if (token == NULL)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
        MCP_TRY(mcp_oauth_record_put(record, NULL, token, err));
    }
    return MCP_OK;
}

enum mcp_code probe_oauth_record(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_BYTES);
    MCP_AUTO(mcp_json_decref) json_t *record = NULL;
    const char *issuer = json_string_value(json_object_get(in, "issuer"));
    const char *resource = json_string_value(json_object_get(in, "find"));
    const json_t *kept = json_object_get(in, "record");
    char name[MCP_OAUTH_RECORD_NAME_BYTES];
    if (json_is_true(json_object_get(in, "name"))) {
        mcp_oauth_record_name(issuer, name);
        return probe_give(json_string(name), out, err);
    }
    if (kept == NULL) {
        MCP_TRY(mcp_oauth_record_new(issuer, &record, err));
    } else {
        if (json_is_object(kept))
            MCP_TRY(mcp_json_write(kept, &text, err));
        else
            MCP_TRY(probe_bytes(kept, &text, err));
        MCP_TRY(mcp_oauth_record_parse(mcp_buf_view(&text), issuer, &record, err));
    }
    MCP_TRY(put_all(in, record, err));
    if (probe_int(in, "times", 0) > 0)
        return probe_give(
            json_integer((json_int_t)json_array_size(json_object_get(record, "tokens"))), out, err);
    if (resource == NULL) {
        *out = MCP_TAKE(record);
        return MCP_OK;
    }
    const json_t *token = mcp_oauth_record_token(record, resource);
    return probe_give(token != NULL ? json_deep_copy(token) : json_null(), out, err);
}
