/* SPDX-License-Identifier: MIT */
/* capability.c - see capability.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/capability.h"

#include "mcp/alloc.h"

/* What a word is about: a member of the capabilities, and a member of that. */
static const struct word {
    const char *word;
    const char *feature;
    const char *part; /* NULL: the feature alone */
} words[] = {
    {"resources", "resources", NULL},
    {"list_resources", "resources", NULL},
    {"read_resource", "resources", NULL},
    {"read_resources", "resources", NULL},
    {"list_resource_templates", "resources", NULL},
    {"subscribe", "resources", "subscribe"},
    {"subscribe_resources", "resources", "subscribe"},
    {"tools", "tools", NULL},
    {"list_tools", "tools", NULL},
    {"call_tool", "tools", NULL},
    {"call_tools", "tools", NULL},
    {"prompts", "prompts", NULL},
    {"list_prompts", "prompts", NULL},
    {"get_prompt", "prompts", NULL},
    {"get_prompts", "prompts", NULL},
    {"completions", "completions", NULL},
    {"complete", "completions", NULL},
    {"logging", "logging", NULL},
};

static const struct word *find(struct mcp_str text) {
    for (size_t i = 0; i < MCP_COUNT(words); i++)
        if (mcp_str_equal(mcp_str_of(words[i].word), text))
            return &words[i];
    return NULL;
}

bool orch_capability_is_tool(struct mcp_str word) {
    return find(word) == NULL;
}

static enum orch_offer offer(bool is_so) {
    return is_so ? ORCH_OFFERED : ORCH_NOT_OFFERED;
}

static enum orch_offer check_tool(struct mcp_str name, const json_t *declared,
                                  const json_t *tools) {
    if (json_object_get(declared, "tools") == NULL)
        return ORCH_NOT_OFFERED;
    if (tools == NULL)
        return ORCH_OFFER_UNKNOWN;
    for (size_t i = 0; i < json_array_size(tools); i++)
        if (mcp_str_equal(mcp_json_str(json_object_get(json_array_get(tools, i), "name")), name))
            return ORCH_OFFERED;
    return ORCH_NOT_OFFERED;
}

enum orch_offer orch_capability_check(struct mcp_str word, const json_t *declared,
                                      const json_t *tools) {
    const struct word *known = find(word);
    if (known == NULL)
        return check_tool(word, declared, tools);
    const json_t *feature = json_object_get(declared, known->feature);
    if (known->part != NULL)
        return offer(json_is_true(json_object_get(feature, known->part)));
    return offer(feature != NULL);
}

/* {} of a server that was never reached says nothing about any word. */
static enum orch_offer judge(const json_t *word, const json_t *declared, const json_t *tools) {
    return declared != NULL ? orch_capability_check(mcp_json_str(word), declared, tools)
                            : ORCH_OFFER_UNKNOWN;
}

static json_t *names_of(const json_t *object) {
    json_t *open = (json_t *)(uintptr_t)object; /* NOLINT: iterated, not changed */
    json_t *names = json_array();
    for (void *at = json_object_iter(open); at != NULL; at = json_object_iter_next(open, at))
        (void)json_array_append_new(names, json_string(json_object_iter_key(at)));
    return names;
}

enum mcp_code orch_capability_compare(const json_t *expected, const json_t *declared,
                                      const json_t *tools, json_t **out, struct mcp_err *err) {
    size_t refused = mcp_alloc_refusals();
    json_auto_t *missing = json_array();
    json_auto_t *unchecked = json_array();
    for (size_t i = 0; i < json_array_size(expected); i++) {
        json_t *word = json_array_get(expected, i);
        enum orch_offer offered = judge(word, declared, tools);
        if (offered != ORCH_OFFERED)
            (void)json_array_append_new(offered == ORCH_NOT_OFFERED ? missing : unchecked,
                                        json_deep_copy(word));
    }
    json_auto_t *result = json_pack("{s:o, s:o, s:O, s:O}", "expected",
                                    expected != NULL ? json_deep_copy(expected) : json_array(),
                                    "declared", declared != NULL ? names_of(declared) : json_null(),
                                    "missing", missing, "unchecked", unchecked);
    if (result == NULL || mcp_alloc_refusals() != refused)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *out = MCP_TAKE(result);
    return MCP_OK;
}
