/* SPDX-License-Identifier: MIT */
/* Gather what can be had, and tell apart why something is missing. */
#include <signal.h>
#include <stdio.h>

#include "mcp/orchestrator.h"

/* Who failed, and why: the context names every server, the message as many as fit. */
static void list_failures(const struct orch_error *error) {
    const json_t *servers = json_object_get(error->context, "servers");
    for (size_t i = 0; i < json_array_size(servers); i++) {
        const json_t *server = json_array_get(servers, i);
        (void)fprintf(stderr, "  %s: %s\n", json_string_value(json_object_get(server, "name")),
                      json_string_value(json_object_get(server, "error")));
    }
}

static int explain(const struct orch_error *error) {
    switch (error->kind) {
    case ORCH_E_CONFIGURATION: /* fix the file: err.where is "mcp_config.yaml:12:5" */
        (void)fprintf(stderr, "%s: %s\n", error->err.where, error->err.what);
        return 2;
    case ORCH_E_CONNECTION: /* fail_fast is true and a server is down */
    case ORCH_E_NO_SERVER:  /* nobody could be reached */
    case ORCH_E_RESOURCE_FETCH:
        (void)fprintf(stderr, "%s\n", error->err.what);
        list_failures(error);
        return 1;
    default:
        (void)fprintf(stderr, "%s\n", error->err.what);
        return 1;
    }
}

/* Each server and each resource that is not in the answer. */
static void show_missing(const json_t *missing) {
    for (size_t i = 0; i < json_array_size(missing); i++) {
        const json_t *entry = json_array_get(missing, i);
        const char *uri = json_string_value(json_object_get(entry, "uri"));
        (void)printf("missing: %s%s%s (%s)\n", json_string_value(json_object_get(entry, "name")),
                     uri != NULL ? ", " : "", uri != NULL ? uri : "",
                     json_string_value(json_object_get(entry, "error")));
    }
}

static int gather(struct orch *orch, struct orch_error *error) {
    json_auto_t *resources = NULL;
    json_auto_t *missing = NULL;
    if (orch_gather_all_resources(orch, &resources, &missing, error) != MCP_OK)
        return explain(error);
    (void)printf("%zu servers answered\n", json_object_size(resources));
    show_missing(missing);
    return json_array_size(missing) > 0 ? 3 : 0;
}

int main(int argc, char **argv) {
    struct orch_error error = ORCH_ERROR_INIT;
    struct orch *orch = NULL;
    (void)signal(SIGPIPE, SIG_IGN);
    if (orch_new(argc > 1 ? argv[1] : NULL, &orch, &error) != MCP_OK)
        return explain(&error);
    orch_tolerate_failures(orch); /* fail_fast counts as false */
    int exit_code = gather(orch, &error);
    orch_error_deinit(&error);
    orch_free(orch); /* closes */
    return exit_code;
}
