/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_loader.json. */
#include <stdio.h>

#include "probe_product.h"
#include "product_metadata/loader.h"

probe_fn probe_product_loader;

static void note(const struct product_problem *problem, void *user) {
    char text[1024];
    char place[64] = "";
    if (problem->line > 0)
        (void)snprintf(place, sizeof place, "%zu:%zu ", problem->line, problem->column);
    (void)snprintf(text, sizeof text, "%s%s %.*s: %.*s [%s]", place,
                   problem->is_warning ? "warning" : "error", (int)problem->pointer.len,
                   problem->pointer.ptr, (int)problem->sentence.len, problem->sentence.ptr,
                   problem->rule);
    (void)json_array_append_new(user, json_string(text));
}

/* Compiled once, outside the torture: what is tried here is the load. */
static const struct mcp_schema *compiled(void) {
    static struct mcp_schema *schema;
    if (schema == NULL && product_loader_schema(&schema, NULL) != MCP_OK)
        return NULL;
    return schema;
}

static enum mcp_code load(const json_t *in, struct product_load *job, struct product_model **out,
                          struct mcp_err *err) {
    const char *now = json_string_value(json_object_get(in, "now"));
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(SIZE_MAX / 2);
    MCP_TRY(mcp_timestamp_parse(mcp_str_of(now != NULL ? now : "2026-01-01T00:00:00Z"),
                                &job->now_wall_ms, err));
    MCP_TRY(probe_bytes(json_object_get(in, "text"), &text, err));
    return product_load_text(job, mcp_buf_view(&text), out, err);
}

static enum mcp_code describe(const struct product_model *model, json_t *problems, json_t **out,
                              struct mcp_err *err) {
    char updated[MCP_TIMESTAMP_BYTES];
    mcp_timestamp_format(model->last_updated_ms, updated);
    return probe_give(json_pack("{s:I, s:I, s:s, s:O}", "products", (json_int_t)model->item_count,
                                "mappings", (json_int_t)model->mapping_count, "last_updated",
                                updated, "problems", problems),
                      out, err);
}

enum mcp_code probe_product_loader(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    json_auto_t *problems = json_array();
    struct product_load job = {
        .schema = compiled(), .name = "products.json", .on_problem = note, .user = problems};
    if (problems == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    bool wants_problems = json_is_true(json_object_get(in, "problems"));
    struct mcp_err ignored = {0};
    enum mcp_code code = load(in, &job, &model, wants_problems ? &ignored : err);
    if (wants_problems && code != MCP_E_NOMEM) {
        *out = MCP_TAKE(problems);
        return MCP_OK;
    }
    if (wants_problems)
        return MCP_FAIL(err, code, "%s", ignored.what);
    if (code == MCP_OK && json_is_true(json_object_get(in, "version")))
        return probe_give(json_pack("{s:o, s:o}", "version", probe_string(model->version),
                                    "content_hash", probe_string(model->content_hash)),
                          out, err);
    return code == MCP_OK ? describe(model, problems, out, err) : code;
}
