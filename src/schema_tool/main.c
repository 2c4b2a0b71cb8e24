/* SPDX-License-Identifier: MIT */
/* main.c - mcp-schema: JSON Schema from the command line. Layer: schema_tool. */
#include "schema_tool/batch.h"

static const char usage[] =
    "Usage: mcp-schema [OPTION...] SCHEMA INSTANCE...\n"
    "       mcp-schema --batch\n"
    "\n"
    "Checks JSON files (- is standard input) against a JSON Schema of draft-07 or 2020-12 and\n"
    "prints every failure with its line, its place and a sentence. Nothing is ever fetched.\n"
    "\n"
    "  --draft DRAFT       draft-07 or 2020-12, for a schema without $schema (default 2020-12)\n"
    "  --format-assertion  a value that does not fit its \"format\" fails\n"
    "  --remote URI=FILE   a document that $ref may lead to; up to 64 of them\n"
    "  --json              one JSON object for each instance\n"
    "  --batch             lines of JSON on standard input: first {\"remotes\":{URI:schema}}, "
    "then\n"
    "                      {\"n\":0,\"schema\":S,\"tests\":[...],\"dialect\":URI,\"format\":bool} "
    "each,\n"
    "                      answered by {\"n\":0,\"valid\":[...]} or {\"n\":0,\"error\":\"...\"}\n"
    "  -h, --help, -V, --version\n"
    "\n"
    "Exit code: 0 all conform, 1 at least one does not, 2 the question could not be answered.\n";

static int run(const struct schema_tool_arguments *arguments) {
    switch (arguments->mode) {
    case SCHEMA_TOOL_HELP:
        return fputs(usage, stdout) == EOF ? SCHEMA_TOOL_ERROR : SCHEMA_TOOL_VALID;
    case SCHEMA_TOOL_VERSION:
        return printf("mcp-schema %s\n", MCP_VERSION_TEXT) < 0 ? SCHEMA_TOOL_ERROR
                                                               : SCHEMA_TOOL_VALID;
    case SCHEMA_TOOL_BATCH:
        return (int)schema_tool_batch(stdin, stdout, stderr);
    default:
        return (int)schema_tool_judge(arguments, stdout, stderr);
    }
}

int main(int argc, char **argv) {
    struct schema_tool_arguments arguments;
    struct mcp_err err = {0};
    mcp_json_use_allocator();
    if (schema_tool_arguments_parse(argc, argv, &arguments, &err) != MCP_OK) {
        (void)fprintf(stderr, "mcp-schema: %s%s%s\n", err.where, err.where[0] != '\0' ? ": " : "",
                      err.what);
        return SCHEMA_TOOL_ERROR;
    }
    int code = run(&arguments);
    return fflush(stdout) == 0 ? code : (int)SCHEMA_TOOL_ERROR;
}
