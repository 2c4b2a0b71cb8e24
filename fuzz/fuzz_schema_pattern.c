/* SPDX-License-Identifier: MIT */
/*
 * Target: mcp_schema_pattern_compile, mcp_schema_pattern_search. Input: a pattern, a line feed, a
 * text. Properties: a refusal says why; fewer steps end in the same answer or in LIMIT, and use
 * none beyond those given; a search twice says the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json/schema_pattern.h"

static void require(bool holds) {
    if (!holds)
        abort();
}

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

static enum mcp_code find(struct search *search, struct mcp_str text, size_t *steps, bool *found) {
    return mcp_schema_pattern_search(search->matcher, search->pattern, &search->match, text, steps,
                                     found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    if (end == NULL)
        return 0;
    struct mcp_str pattern = {(const char *)data, (size_t)(end - data)};
    struct mcp_str text = {(const char *)end + 1, size - pattern.len - 1};
    MCP_AUTO(deinit) struct search search = {0};
    struct mcp_err err = {0};
    size_t bytes = 0;
    require(mcp_schema_matcher_new(&search.matcher, &err) == MCP_OK);
    if (mcp_schema_pattern_compile(search.matcher, pattern, &search.pattern, &bytes, &err) !=
        MCP_OK) {
        require(err.what[0] != '\0' && (err.code == MCP_E_SYNTAX || err.code == MCP_E_LIMIT));
        return 0;
    }
    size_t steps = 20000;
    bool is_found = false;
    enum mcp_code code = find(&search, text, &steps, &is_found);
    size_t used = 20000 - steps;
    if (code != MCP_OK)
        return 0;
    bool is_found_again = !is_found;
    steps = used;
    require(find(&search, text, &steps, &is_found_again) == MCP_OK && steps == 0);
    require(is_found == is_found_again);
    steps = used - 1;
    require(find(&search, text, &steps, &is_found_again) == MCP_E_LIMIT && steps == 0);
    return 0;
}
