/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_term_index.json. */
#include <stdio.h>

#include "probe_product.h"
#include "product_metadata/fold.h"
#include "product_metadata/term_index.h"

probe_fn probe_product_term_index;

struct hits {
    const struct product_model *model;
    json_t *list;
    enum mcp_code code;
};

static void add_hit(const struct product_hit *hit, void *user) {
    static const char *const roles[] = {"key", "mapping", "alias", "canonical_id",
                                        "canonical_name"};
    struct hits *hits = user;
    struct product_name owner = hit->name;
    char position[32] = "";
    if (hit->name.role != PRODUCT_ROLE_MAPPING)
        owner.role = PRODUCT_ROLE_KEY;
    struct mcp_str name = product_name_text(hits->model, owner);
    if (hit->name.role == PRODUCT_ROLE_ALIAS)
        (void)snprintf(position, sizeof position, " %u", (unsigned)hit->name.position);
    json_t *text =
        json_sprintf("%s %.*s%s, %u points, %u away", roles[hit->name.role], (int)name.len,
                     name.ptr, position, (unsigned)hit->points, (unsigned)hit->distance);
    if (hits->code == MCP_OK)
        hits->code = probe_append(hits->list, text, NULL);
    else
        json_decref(text);
}

static void look(const struct product_term_index *index, const json_t *in, struct mcp_str text,
                 struct product_walk *walk) {
    const json_t *prefix = json_object_get(in, "prefix");
    if (prefix != NULL)
        product_term_index_prefix(index, text,
                                  (uint32_t)json_integer_value(json_array_get(prefix, 0)),
                                  (uint32_t)json_integer_value(json_array_get(prefix, 1)), walk);
    else if (json_object_get(in, "fuzzy") != NULL)
        product_term_index_fuzzy(index, text, (uint32_t)probe_int(in, "fuzzy", 0), walk);
    else
        product_term_index_equal(index, text, walk);
}

enum mcp_code probe_product_term_index(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    MCP_AUTO(product_term_index_freep) struct product_term_index *index = NULL;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf raw = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    json_auto_t *list = json_array();
    if (list == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(probe_product_model_of(in, &model, err));
    MCP_TRY(probe_bytes(json_object_get(in, "text"), &raw, err));
    MCP_TRY(product_fold(mcp_buf_view(&raw), &text, err));
    MCP_TRY(product_term_index_new(model, &index, err));
    struct hits hits = {.model = model, .list = list};
    struct product_walk walk = {
        .on_hit = add_hit, .user = &hits, .max_steps = (size_t)probe_int(in, "max_steps", 1000000)};
    look(index, in, mcp_buf_view(&text), &walk);
    if (hits.code != MCP_OK)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_give(json_pack("{s:O, s:b, s:I}", "hits", list, "cut", walk.is_cut, "steps",
                                (json_int_t)walk.step_count),
                      out, err);
}
