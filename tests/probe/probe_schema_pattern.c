/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/schema_pattern.json. */
#include "json/schema_pattern.h"
#include "probe.h"

probe_fn probe_schema_pattern;

struct search {
    struct mcp_schema_matcher *matcher;
    struct mcp_schema_pattern *pattern;
    struct mcp_schema_match match;
};

static void deinit(struct search *search) {
    mcp_schema_match_deinit(&search->match);
    mcp_schema_pattern_free(search->pattern);
    mcp_schema_matcher_free(search->matcher);
}

static enum mcp_code search_each(struct search *search, const json_t *in, json_t *answers,
                                 struct mcp_err *err) {
    const json_t *texts = json_object_get(in, "texts");
    for (size_t i = 0; i < json_array_size(texts); i++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 24);
        MCP_TRY(probe_bytes(json_array_get(texts, i), &text, err));
        size_t steps = (size_t)probe_int(in, "steps", 1000000);
        bool is_found = false;
        enum mcp_code code =
            mcp_schema_pattern_search(search->matcher, search->pattern, &search->match,
                                      mcp_buf_view(&text), &steps, &is_found);
        if (code != MCP_OK)
            return MCP_FAIL(err, code, "search ended by a bound, %zu steps left", steps);
        if (json_array_append_new(answers, json_boolean(is_found)) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    return MCP_OK;
}

enum mcp_code probe_schema_pattern(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(deinit) struct search search = {0};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf pattern = MCP_BUF_INIT(1 << 24);
    json_auto_t *answers = json_array();
    size_t bytes = 0;
    if (answers == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(probe_bytes(json_object_get(in, "pattern"), &pattern, err));
    MCP_TRY(mcp_schema_matcher_new(&search.matcher, err));
    MCP_TRY(mcp_schema_pattern_compile(search.matcher, mcp_buf_view(&pattern), &search.pattern,
                                       &bytes, err));
    MCP_TRY(search_each(&search, in, answers, err));
    *out = MCP_TAKE(answers);
    return MCP_OK;
}
