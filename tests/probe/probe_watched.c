/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/watched.json. */
#include "mcp/alloc.h"
#include "orchestrator/watched.h"
#include "probe.h"

probe_fn probe_watched;

/* N resources instead of a list. */
static json_t *expand(const json_t *resources) {
    json_t *list = json_array();
    size_t at = 0;
    json_t *resource = NULL;
    json_array_foreach(resources, at, resource)(void) json_array_append(list, resource);
    for (json_int_t i = 0; i < json_integer_value(resources); i++)
        (void)json_array_append_new(list,
                                    json_pack("{s:o}", "uri", json_sprintf("x://%d", (int)i)));
    return list;
}

static json_t *shown(const char *const *uris, bool is_counted) {
    size_t count = 0;
    json_t *out = json_array();
    if (uris == NULL) {
        json_decref(out);
        return json_null();
    }
    for (; uris[count] != NULL; count++)
        (void)json_array_append_new(out, json_string(uris[count]));
    if (!is_counted)
        return out;
    json_decref(out);
    return json_integer((json_int_t)count);
}

static enum mcp_code take(struct orch_watched *watched, const json_t *step, json_t *results,
                          struct mcp_err *err) {
    json_auto_t *resources = expand(json_object_get(step, "resources"));
    const char **uris = NULL;
    json_auto_t *declared = json_pack("{s:{s:b}}", "resources", "subscribe",
                                      !json_is_false(json_object_get(step, "subscribe")));
    MCP_TRY(orch_watched_take(watched, (uint64_t)probe_int(step, "serial", 1), declared, resources,
                              &uris, err));
    json_t *result = shown(uris, json_is_integer(json_object_get(step, "resources")));
    mcp_free((void *)uris);
    return json_array_append_new(results, result) == 0
               ? MCP_OK
               : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

enum mcp_code probe_watched(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(orch_watched_deinit) struct orch_watched watched = {0};
    json_auto_t *results = json_array();
    size_t refused = mcp_alloc_refusals();
    for (size_t i = 0; i < json_array_size(json_object_get(in, "lists")); i++)
        MCP_TRY(take(&watched, json_array_get(json_object_get(in, "lists"), i), results, err));
    if (mcp_alloc_refusals() != refused)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_give(MCP_TAKE(results), out, err);
}
