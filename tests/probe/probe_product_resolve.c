/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_resolve.json. */
#include "probe_product.h"
#include "product_metadata/resolve.h"

probe_fn probe_product_resolve;

static json_t *match_text(const struct product_model *model, const struct product_match *match) {
    struct mcp_str matched = product_name_text(model, match->name);
    bool is_mapping = match->name.role == PRODUCT_ROLE_MAPPING;
    struct mcp_str owner =
        is_mapping ? model->mappings[match->name.owner].term : model->items[match->name.owner].key;
    return json_sprintf("%s %u %s%.*s as %.*s", product_match_kind_name(match->kind), match->score,
                        is_mapping ? "mapping " : "", (int)owner.len, owner.ptr, (int)matched.len,
                        matched.ptr);
}

static enum mcp_code resolve(const struct product_model *model,
                             const struct product_term_index *index,
                             const struct product_question *question, json_t **out,
                             struct mcp_err *err) {
    struct product_resolution found;
    json_auto_t *matches = json_array();
    MCP_TRY(product_resolve(index, question, &found, err));
    if (matches == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < found.count; i++)
        MCP_TRY(probe_append(matches, match_text(model, &found.matches[i]), err));
    return probe_give(json_pack("{s:O, s:b, s:b}", "matches", matches, "ambiguous",
                                found.is_ambiguous, "truncated", found.is_truncated),
                      out, err);
}

static enum mcp_code lookup(const struct product_model *model,
                            const struct product_term_index *index, struct mcp_str key,
                            json_t **out, struct mcp_err *err) {
    const struct product_item *item = NULL;
    MCP_TRY(product_lookup(model, index, key, &item, err));
    return probe_give(probe_string(item->key), out, err);
}

enum mcp_code probe_product_resolve(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    MCP_AUTO(product_term_index_freep) struct product_term_index *index = NULL;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    const json_t *term = json_object_get(in, "term");
    MCP_TRY(probe_product_model_of(in, &model, err));
    MCP_TRY(product_term_index_new(model, &index, err));
    MCP_TRY(probe_bytes(term != NULL ? term : json_object_get(in, "lookup"), &text, err));
    const struct product_question question = {.term = mcp_buf_view(&text),
                                              .limit = (size_t)probe_int(in, "limit", 5),
                                              .min_score =
                                                  (unsigned)probe_int(in, "min_score", 600)};
    return term != NULL ? resolve(model, index, &question, out, err)
                        : lookup(model, index, mcp_buf_view(&text), out, err);
}
