/* SPDX-License-Identifier: MIT */
/* Connect to every server of a configuration file, show what they hold, close.
 * cc orchestrator_basic.c $(pkg-config --cflags --libs mcp) */
#include <signal.h>
#include <stdio.h>

#include "mcp/orchestrator.h"

static int explain(struct orch_error *error) {
    (void)fprintf(stderr, "%s error: %s: %s\n", orch_error_kind_name(error->kind), error->err.where,
                  error->err.what);
    orch_error_deinit(error);
    return 1;
}

/* The servers of an answer, best first; errors, if any, are part of it. */
static void show(json_t *resources) {
    const char *server = NULL;
    const char *name = NULL;
    json_t *part = NULL;
    json_t *value = NULL;
    json_object_foreach(resources, server, part) {
        (void)printf("%s\n", server);
        json_object_foreach(json_object_get(part, "resources"), name, value)(void)
            printf("  %s: %s\n", name, mcp_json_type_name(value));
    }
}

int main(int argc, char **argv) {
    struct orch_error error = ORCH_ERROR_INIT;
    MCP_AUTO(orch_freep) struct orch *orch = NULL;
    json_auto_t *resources = NULL;
    json_auto_t *products = NULL;
    (void)signal(SIGPIPE, SIG_IGN); /* a server that went away is an error, not the end */

    if (orch_new(argc > 1 ? argv[1] : NULL, &orch, &error) != MCP_OK)
        return explain(&error);
    if (orch_initialize(orch, &error) != MCP_OK)
        return explain(&error);
    if (orch_gather_all_resources(orch, &resources, NULL, &error) != MCP_OK)
        return explain(&error);
    (void)printf("Gathered resources from %zu servers\n", json_object_size(resources));
    show(resources);
    if (orch_get_resources_for_domain(orch, "products", &products, NULL, &error) != MCP_OK)
        return explain(&error);
    (void)printf("Product resources: %zu\n", json_object_size(products));
    orch_close(orch);
    return 0;
}
