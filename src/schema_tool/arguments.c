/* SPDX-License-Identifier: MIT */
/* arguments.c - see arguments.h. Pure: no I/O, no clock, no log. */
#include "schema_tool/arguments.h"

#include <string.h>

enum mcp_code schema_tool_draft(struct mcp_str text, enum mcp_schema_draft *out_draft,
                                struct mcp_err *err) {
    static const struct {
        const char *name;
        enum mcp_schema_draft draft;
    } names[] = {
        {"7", MCP_SCHEMA_DRAFT_07},
        {"07", MCP_SCHEMA_DRAFT_07},
        {"draft-07", MCP_SCHEMA_DRAFT_07},
        {"http://json-schema.org/draft-07/schema", MCP_SCHEMA_DRAFT_07},
        {"http://json-schema.org/draft-07/schema#", MCP_SCHEMA_DRAFT_07},
        {"2020-12", MCP_SCHEMA_2020_12},
        {"https://json-schema.org/draft/2020-12/schema", MCP_SCHEMA_2020_12},
        {"https://json-schema.org/draft/2020-12/schema#", MCP_SCHEMA_2020_12},
    };
    for (size_t i = 0; i < MCP_COUNT(names); i++)
        if (mcp_str_equal(text, mcp_str_of(names[i].name))) {
            *out_draft = names[i].draft;
            return MCP_OK;
        }
    return MCP_FAIL(err, MCP_E_INVALID, "\"%.*s\" is no draft: use draft-07 or 2020-12",
                    (int)(text.len < 100 ? text.len : 100), text.ptr);
}

static bool is(const char *argument, const char *name) {
    return strcmp(argument, name) == 0;
}

static enum mcp_code set_mode(struct schema_tool_arguments *arguments, enum schema_tool_mode mode) {
    arguments->mode = mode;
    return MCP_OK;
}

static enum mcp_code add_remote(struct schema_tool_arguments *arguments, const char *value,
                                struct mcp_err *err) {
    if (strchr(value, '=') == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "expected URI=FILE, got \"%s\"", value);
    if (arguments->remote_count == SCHEMA_TOOL_MAX_REMOTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d remotes", (int)SCHEMA_TOOL_MAX_REMOTES);
    arguments->remotes[arguments->remote_count++] = value;
    return MCP_OK;
}

/* Options with a value, given as the next argument; *out_used is false for any other. */
static enum mcp_code take_valued(struct schema_tool_arguments *arguments, const char *option,
                                 const char *value, bool *out_used, struct mcp_err *err) {
    *out_used = is(option, "--draft") || is(option, "--remote");
    if (!*out_used)
        return MCP_OK;
    if (value == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "a value must follow");
    return is(option, "--draft") ? schema_tool_draft(mcp_str_of(value), &arguments->draft, err)
                                 : add_remote(arguments, value, err);
}

static enum mcp_code take_flag(struct schema_tool_arguments *arguments, const char *option,
                               struct mcp_err *err) {
    if (is(option, "--help") || is(option, "-h"))
        return set_mode(arguments, SCHEMA_TOOL_HELP);
    if (is(option, "--version") || is(option, "-V"))
        return set_mode(arguments, SCHEMA_TOOL_VERSION);
    if (is(option, "--batch"))
        return set_mode(arguments, SCHEMA_TOOL_BATCH);
    if (is(option, "--json"))
        arguments->is_json = true;
    else if (is(option, "--format-assertion"))
        arguments->assert_format = true;
    else
        return MCP_FAIL(err, MCP_E_INVALID, "not an option: see mcp-schema --help");
    return MCP_OK;
}

static enum mcp_code take_option(struct schema_tool_arguments *arguments, char **argv, int *at,
                                 struct mcp_err *err) {
    const char *option = argv[*at];
    bool is_used = false;
    enum mcp_code code = take_valued(arguments, option, argv[*at + 1], &is_used, err);
    if (code == MCP_OK && !is_used)
        code = take_flag(arguments, option, err);
    *at += is_used ? 2 : 1;
    return code == MCP_OK ? code : mcp_err_at(err, code, "%s", option);
}

enum mcp_code schema_tool_arguments_parse(int argc, char **argv, struct schema_tool_arguments *out,
                                          struct mcp_err *err) {
    struct schema_tool_arguments arguments = {.mode = SCHEMA_TOOL_JUDGE};
    int at = 1;
    while (at < argc && argv[at][0] == '-' && argv[at][1] != '\0') {
        if (is(argv[at], "--")) {
            at++;
            break;
        }
        MCP_TRY(take_option(&arguments, argv, &at, err));
    }
    if (at < argc)
        arguments.schema = argv[at++];
    arguments.instances = argv + at;
    arguments.instance_count = (size_t)(argc - at);
    bool needs_files = arguments.mode == SCHEMA_TOOL_JUDGE;
    if (needs_files && arguments.instance_count == 0)
        return MCP_FAIL(err, MCP_E_INVALID, "a schema and at least one instance are needed");
    if (arguments.mode == SCHEMA_TOOL_BATCH && arguments.schema != NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "--batch reads standard input and takes no files");
    *out = arguments;
    return MCP_OK;
}
