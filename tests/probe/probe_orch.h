/* SPDX-License-Identifier: MIT */
/* probe_orch.h - servers and failures written as JSON, for the orchestrator layer's probes. */
#ifndef PROBE_ORCH_H
#define PROBE_ORCH_H

#include <stdio.h>

#include "orchestrator/conf.h"
#include "orchestrator/orch_error.h"
#include "probe.h"

/* {"id", "name", "priority", "domains"?, "capabilities"?, "url"? | "command"?}; borrows from it. */
static inline struct orch_server probe_server(const json_t *in, const char **argv) {
    struct orch_server server = {
        .id = json_string_value(json_object_get(in, "id")),
        .name = json_string_value(json_object_get(in, "name")),
        .priority = (int)probe_int(in, "priority", 1),
        .domains = json_object_get(in, "domains"),
        .capabilities = json_object_get(in, "capabilities"),
        .url = json_string_value(json_object_get(in, "url")),
        .transport = MCP_DIAL_SSE,
    };
    argv[0] = json_string_value(json_object_get(in, "command"));
    argv[1] = NULL;
    if (argv[0] != NULL) {
        server.argv = argv;
        server.transport = MCP_DIAL_STDIO;
    }
    return server;
}

/* {"code": "E_IO", "what": "...", "where"?: "..."} */
static inline struct mcp_err probe_failure(const json_t *in) {
    struct mcp_err err = {.code =
                              orch_code_of_name(json_string_value(json_object_get(in, "code")))};
    const char *what = json_string_value(json_object_get(in, "what"));
    const char *where = json_string_value(json_object_get(in, "where"));
    (void)snprintf(err.what, sizeof err.what, "%s", what != NULL ? what : "");
    (void)snprintf(err.where, sizeof err.where, "%s", where != NULL ? where : "");
    return err;
}

#endif
