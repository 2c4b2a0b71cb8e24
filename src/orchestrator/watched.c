/* SPDX-License-Identifier: MIT */
/* watched.c - see watched.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/watched.h"

#include "mcp/alloc.h"

void orch_watched_deinit(struct orch_watched *watched) {
    json_decref(watched->uris);
    *watched = (struct orch_watched){0};
}

static bool can_subscribe(const json_t *declared) {
    return json_is_true(json_object_get(json_object_get(declared, "resources"), "subscribe"));
}

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code uris_of(const json_t *resources, json_t **out, struct mcp_err *err) {
    json_auto_t *uris = json_object();
    if (uris == NULL)
        return no_memory(err);
    for (size_t i = 0; i < json_array_size(resources); i++) {
        const char *uri = json_string_value(json_object_get(json_array_get(resources, i), "uri"));
        if (json_object_size(uris) == MCP_CLIENT_MAX_WATCHED)
            break;
        if (uri != NULL && json_object_set_new(uris, uri, json_true()) != 0)
            return no_memory(err);
    }
    *out = MCP_TAKE(uris);
    return MCP_OK;
}

static enum mcp_code list_keys(json_t *uris, const char ***out_uris, struct mcp_err *err) {
    const char *uri = NULL;
    json_t *value = NULL;
    size_t count = 0;
    const char **list = mcp_alloc((json_object_size(uris) + 1) * sizeof *list);
    if (list == NULL)
        return no_memory(err);
    json_object_foreach(uris, uri, value) {
        list[count++] = uri;
    }
    *out_uris = list;
    return MCP_OK;
}

enum mcp_code orch_watched_take(struct orch_watched *watched, uint64_t serial,
                                const json_t *declared, const json_t *resources,
                                const char ***out_uris, struct mcp_err *err) {
    json_auto_t *uris = NULL;
    const char **list = NULL;
    *out_uris = NULL;
    if (!can_subscribe(declared))
        return MCP_OK;
    MCP_TRY(uris_of(resources, &uris, err));
    bool is_asked = watched->serial == serial && watched->uris != NULL;
    if (is_asked && json_equal(watched->uris, uris) != 0)
        return MCP_OK;
    MCP_TRY(list_keys(uris, &list, err));
    json_decref(watched->uris);
    watched->uris = MCP_TAKE(uris);
    watched->serial = serial;
    *out_uris = list;
    return MCP_OK;
}
