/* SPDX-License-Identifier: MIT */
/*
 * Target: mcp_schema_compile, mcp_schema_validate. Input: a JSON array [schema, instance, ...].
 * Properties: stopping at the first failure and collecting all agree on the answer and on the first
 * failure; a schema that compiles answers the same twice; nothing a schema says is beyond its
 * bound.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/schema.h"

static void require(bool holds) {
    if (!holds)
        abort();
}

static bool count_failure(const struct mcp_schema_failure *failure, void *user) {
    require(failure->instance.len == 0 || failure->instance.ptr[0] == '/');
    require(failure->schema.len == 0 || failure->schema.ptr[0] == '/');
    require(failure->sentence.len > 0 &&
            memchr(failure->sentence.ptr, '\n', failure->sentence.len) == NULL);
    (*(size_t *)user)++;
    return true;
}

static void check(const struct mcp_schema *schema, const json_t *instance) {
    struct mcp_err first = {0};
    struct mcp_err all = {0};
    struct mcp_err again = {0};
    size_t count = 0;
    enum mcp_code one = mcp_schema_validate(schema, instance, NULL, NULL, &first);
    enum mcp_code two = mcp_schema_validate(schema, instance, count_failure, &count, &all);
    enum mcp_code three = mcp_schema_validate(schema, instance, NULL, NULL, &again);
    require(one == two && one == three);
    require(one == MCP_OK || one == MCP_E_SCHEMA || one == MCP_E_LIMIT);
    require((one == MCP_E_SCHEMA) == (count > 0));
    require(strcmp(first.where, all.where) == 0 && strcmp(first.what, all.what) == 0);
    require(strcmp(first.what, again.what) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mcp_str text = {(const char *)data, size};
    MCP_AUTO(mcp_json_decref) json_t *input = NULL;
    if (mcp_json_parse(text, &input, NULL) != MCP_OK || json_array_size(input) == 0)
        return 0;
    for (int draft = MCP_SCHEMA_DRAFT_07; draft <= MCP_SCHEMA_2020_12; draft++) {
        const struct mcp_schema_options options = {.draft = (enum mcp_schema_draft)draft,
                                                   .assert_format = size % 2 == 0,
                                                   .remotes = json_array_get(input, 2),
                                                   .max_steps = 20000};
        MCP_AUTO(mcp_schema_freep) struct mcp_schema *schema = NULL;
        struct mcp_err err = {0};
        enum mcp_code code = mcp_schema_compile(json_array_get(input, 0), &options, &schema, &err);
        require(code == MCP_OK || (err.code == code && err.what[0] != '\0'));
        for (size_t i = 1; code == MCP_OK && i < json_array_size(input); i++)
            check(schema, json_array_get(input, i));
    }
    return 0;
}
