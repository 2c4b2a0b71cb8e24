/* SPDX-License-Identifier: MIT */
/* main.c - mcp-product-metadata: serve, generate, check, import. Layer: product_metadata. */
#include <stdio.h>
#include <string.h>

#include "product_metadata/commands.h"
#include "product_metadata/embedded.h"
#include "product_metadata/serve.h"
#include "program/program.h"

static const char usage[] =
    "Usage: " PRODUCT_PROGRAM " [OPTION...]\n"
    "       " PRODUCT_PROGRAM " generate [OPTION...]\n"
    "       " PRODUCT_PROGRAM " check [OPTION...] FILE\n"
    "       " PRODUCT_PROGRAM " import --from csv|json|yaml [OPTION...] FILE\n\n"
    "Serve product aliases and column mappings to MCP clients, for turning questions into\n"
    "SQL. Resources: product-aliases://list, column-mappings://list, metadata-summary://info.\n\n"
    "  " PRODUCT_PROGRAM "                           HTTP on port 8002\n"
    "  " PRODUCT_PROGRAM " --transport stdio         started by a client\n"
    "  " PRODUCT_PROGRAM " generate --out resources  make a metadata file to begin with\n"
    "  curl http://localhost:8002/health              see how it is\n\n"
    "A setting comes from the command line, else from its variable in the environment, else\n"
    "from .env in this directory, else from the default. SIGHUP reads the metadata again,\n"
    "SIGTERM and SIGINT stop. Exit status: 0 stopped, 1 failed, 2 a bad setting.\n\n"
    "Options:\n";

static int print_help(void) {
    json_auto_t *schema = NULL;
    struct mcp_err err = {0};
    if (mcp_json_parse(mcp_str_of(product_settings_schema), &schema, &err) != MCP_OK)
        return mcp_program_complain(PRODUCT_PROGRAM, &err, MCP_EXIT_FAILURE);
    return mcp_program_help(usage, schema);
}

static int print_version(void) {
    return printf("%s %s\n", PRODUCT_PROGRAM, MCP_VERSION_STRING) > 0 && fflush(stdout) == 0
               ? MCP_EXIT_OK
               : MCP_EXIT_FAILURE;
}

static int refuse_command(const char *word) {
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, MCP_E_INVALID,
                   "unknown command \"%.64s\": expected generate, check or import", word);
    return mcp_program_complain(PRODUCT_PROGRAM, &err, MCP_EXIT_USAGE);
}

int main(int argc, char **argv) {
    mcp_program_prepare();
    if (argc > 1 && strcmp(argv[1], "generate") == 0)
        return product_command_generate(argc - 2, argv + 2);
    if (argc > 1 && strcmp(argv[1], "check") == 0)
        return product_command_check(argc - 2, argv + 2);
    if (argc > 1 && strcmp(argv[1], "import") == 0)
        return product_command_import(argc - 2, argv + 2);
    switch (mcp_program_wish(argc - 1, argv + 1)) {
    case MCP_WISH_HELP:
        return print_help();
    case MCP_WISH_VERSION:
        return print_version();
    case MCP_WISH_WORK:
        break;
    }
    if (argc > 1 && argv[1][0] != '-')
        return refuse_command(argv[1]);
    return product_serve(argc - 1, argv + 1);
}
