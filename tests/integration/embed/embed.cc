/* SPDX-License-Identifier: MIT */
/* embed.cc - the C++ program of somebody else: whatever is declared is found when it is linked. */
#include <mcp/dial.h>
#include <mcp/listen.h>
#include <mcp/orchestrator.h>

#include <cstdio>

static int refuse(const mcp_err &err) {
    std::fprintf(stderr, "%s: %s: %s\n", mcp_code_name(err.code), err.where, err.what);
    return 1;
}

int main() {
    mcp_server_options options = mcp_server_options();
    mcp_server *server = nullptr;
    mcp_loop *loop = nullptr;
    mcp_err err = mcp_err();
    orch_error error = ORCH_ERROR_INIT;
    orch *nowhere = nullptr;
    options.name = "embed";
    options.version = "1";
    if (mcp_server_new(&options, &server, &err) != MCP_OK || mcp_loop_new(&loop, &err) != MCP_OK)
        return refuse(err);
    if (orch_new("/no/such/file", &nowhere, &error) == MCP_OK &&
        orch_load_configuration(nowhere, &error) == MCP_OK)
        return 1;
    std::printf("40 + 2 = %d\n", error.kind == ORCH_E_CONFIGURATION ? 42 : 0);
    orch_error_deinit(&error);
    orch_free(nowhere);
    mcp_loop_free(loop);
    mcp_server_free(server);
    return 0;
}
