/* SPDX-License-Identifier: MIT */
/* commands.c - generate, and what all commands share; see commands.h. */
#include "product_metadata/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "mcp/clock.h"
#include "mcp/timestamp.h"
#include "product_metadata/embedded.h"
#include "product_metadata/generate.h"
#include "product_metadata/loader.h"
#include "program/program.h"

#define GENERATE "mcp-product-metadata generate"

enum { MAX_FILE_BYTES = 1 << 30, FILE_MODE = 0644, MAX_LINE_BYTES = 4096 };

static const char generate_usage[] =
    "Usage: " GENERATE " [OPTION...]\n\n"
    "Write a metadata file and its schema: by default the example, three products and ten\n"
    "column mappings; with --products any number of them, for load tests. The same options\n"
    "give the same bytes.\n\n"
    "  " GENERATE " --out resources\n"
    "  " GENERATE " --products 100000 --out /tmp/load\n\n"
    "Options:\n";

enum mcp_code product_command_options(const json_t *schema, int argc, char **argv,
                                      json_t **out_values, json_t **out_words,
                                      struct mcp_err *err) {
    const struct mcp_conf_inputs inputs = {.argc = argc, .argv = argv};
    return mcp_conf_resolve(schema, &inputs, out_values, out_words, err);
}

enum mcp_code product_command_file(const json_t *words, const char **out_path,
                                   struct mcp_err *err) {
    if (json_array_size(words) != 1)
        return mcp_err_at(
            err, MCP_FAIL(err, MCP_E_INVALID, "expected one FILE, got %zu", json_array_size(words)),
            "command line");
    *out_path = json_string_value(json_array_get(words, 0));
    return MCP_OK;
}

static const char *text_of(const json_t *values, const char *key) {
    return json_string_value(json_object_get(values, key));
}

enum mcp_code product_command_time(const char *text, int64_t *out_wall_ms, struct mcp_err *err) {
    struct mcp_err why = {0};
    if (strcmp(text, "now") == 0) {
        *out_wall_ms = mcp_clock_wall_ms();
        return MCP_OK;
    }
    if (mcp_timestamp_parse(mcp_str_of(text), out_wall_ms, &why) == MCP_OK)
        return MCP_OK;
    return mcp_err_at(err,
                      MCP_FAIL(err, MCP_E_INVALID,
                               "--last-updated is \"%.40s\": expected \"now\" or a time such as "
                               "\"2026-01-31T12:00:00Z\"",
                               text),
                      "command line");
}

static enum mcp_code write_file(const char *directory, const char *name, struct mcp_str bytes,
                                struct mcp_err *err) {
    char path[MAX_LINE_BYTES + 64];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    MCP_TRY(mcp_file_make_parents(path, err));
    MCP_TRY(mcp_file_write_atomic(path, bytes, FILE_MODE, err));
    (void)printf("wrote %s (%zu bytes)\n", path, bytes.len);
    return MCP_OK;
}

static enum mcp_code generate(const json_t *values, const struct product_generate *options,
                              struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_FILE_BYTES);
    const char *directory = text_of(values, "out");
    MCP_TRY(product_generate_write(options, &text, err));
    MCP_TRY(write_file(directory, "product_metadata.json", mcp_buf_view(&text), err));
    if (text.len > PRODUCT_MAX_BYTES)
        (void)fprintf(stderr, GENERATE ": the file is larger than the %d bytes the server reads\n",
                      PRODUCT_MAX_BYTES);
    return write_file(directory, "product_metadata_schema.json",
                      mcp_str_of(product_metadata_schema), err);
}

static int complain(const char *command, struct mcp_err *err, int exit_code) {
    return mcp_program_complain(command, err, exit_code);
}

int product_command_generate(int argc, char **argv) {
    json_auto_t *schema = NULL;
    json_auto_t *values = NULL;
    struct mcp_err err = {0};
    struct product_generate options = {0};
    if (mcp_json_parse(mcp_str_of(product_generate_schema), &schema, &err) != MCP_OK)
        return complain(GENERATE, &err, MCP_EXIT_FAILURE);
    if (mcp_program_wish(argc, argv) == MCP_WISH_HELP)
        return mcp_program_help(generate_usage, schema);
    if (product_command_options(schema, argc, argv, &values, NULL, &err) != MCP_OK ||
        product_command_time(text_of(values, "last_updated"), &options.last_updated_ms, &err) !=
            MCP_OK)
        return complain(GENERATE, &err, MCP_EXIT_USAGE);
    options.product_count = (size_t)json_integer_value(json_object_get(values, "products"));
    options.seed = (uint64_t)json_integer_value(json_object_get(values, "seed"));
    if (generate(values, &options, &err) != MCP_OK)
        return complain(GENERATE, &err, MCP_EXIT_FAILURE);
    return MCP_EXIT_OK;
}
