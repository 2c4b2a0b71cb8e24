/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/jwks_url.json. */
#include "oauth/jwks_url.h"
#include "probe.h"

probe_fn probe_jwks_url;

enum mcp_code probe_jwks_url(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *url = json_string_value(json_object_get(in, "url"));
    struct mcp_str header = mcp_json_str(json_object_get(in, "cache_control"));
    bool is_plain = false;
    if (url == NULL)
        return probe_give(json_integer((json_int_t)oauth_jwks_url_fresh_ms(header)), out, err);
    MCP_TRY(oauth_jwks_url_check(url, &is_plain, err));
    return probe_give(json_string(is_plain ? "http" : "https"), out, err);
}
