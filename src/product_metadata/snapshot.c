/* SPDX-License-Identifier: MIT */
/* snapshot.c - see snapshot.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/snapshot.h"

#include <stdatomic.h>

#include "mcp/alloc.h"
#include "product_metadata/summary.h"

enum { MAX_ENCODED_BYTES = 1 << 30, QUOTE_BYTES = 65536 };

struct product_snapshot {
    atomic_size_t references;
    struct product_term_index *terms;
    struct mcp_blob *contents[PRODUCT_RESOURCE_COUNT];
    struct product_model *model;
    struct product_directory directory;
    struct product_snapshot_facts facts;
};

const struct product_resource_info *product_resource_info(enum product_resource resource) {
    static const struct product_resource_info rows[PRODUCT_RESOURCE_COUNT] = {
        [PRODUCT_RESOURCE_ALIASES] = {"product-aliases://list", "Product Aliases",
                                      "Product name aliases and mappings", "application/json"},
        [PRODUCT_RESOURCE_MAPPINGS] = {"column-mappings://list", "Column Mappings",
                                       "User-friendly term to SQL column mappings",
                                       "application/json"},
        [PRODUCT_RESOURCE_SUMMARY] = {"metadata-summary://info", "Metadata Summary",
                                      "Summary of available metadata", "application/json"},
    };
    return &rows[resource];
}

static void add_member(struct mcp_buf *out, bool is_first, struct mcp_str key) {
    if (!is_first)
        mcp_buf_addc(out, ',');
    mcp_json_add_string(out, key);
    mcp_buf_addc(out, ':');
}

static void add_texts(struct mcp_buf *out, const struct mcp_str *texts, size_t count) {
    mcp_buf_addc(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            mcp_buf_addc(out, ',');
        mcp_json_add_string(out, texts[i]);
    }
    mcp_buf_addc(out, ']');
}

static void add_references(struct mcp_buf *out, const struct product_item *item) {
    mcp_buf_addc(out, '{');
    for (size_t i = 0; i < item->reference_count; i++) {
        add_member(out, i == 0, item->references[i].column);
        mcp_buf_add(out, item->references[i].value);
    }
    mcp_buf_addc(out, '}');
}

void product_item_write(const struct product_item *item, struct mcp_buf *out) {
    mcp_buf_add(out, MCP_STR("{\"canonical_id\":"));
    mcp_json_add_string(out, item->canonical_id);
    mcp_buf_add(out, MCP_STR(",\"canonical_name\":"));
    mcp_json_add_string(out, item->canonical_name);
    mcp_buf_add(out, MCP_STR(",\"aliases\":"));
    add_texts(out, item->aliases, item->alias_count);
    mcp_buf_add(out, MCP_STR(",\"database_references\":"));
    add_references(out, item);
    mcp_buf_add(out, MCP_STR(",\"categories\":"));
    add_texts(out, item->categories, item->category_count);
    mcp_buf_addc(out, '}');
}

/* A body on its way into a JSON string, so that a large one is never there twice. */
struct quoting {
    struct mcp_buf body;   /* what is not quoted yet */
    struct mcp_buf quoted; /* a part of it, with its quotes */
    struct mcp_buf contents;
};

static void quoting_deinit(struct quoting *quoting) {
    mcp_buf_deinit(&quoting->body);
    mcp_buf_deinit(&quoting->quoted);
    mcp_buf_deinit(&quoting->contents);
}

/* Quote the body so far. It must end with a whole character. */
static void quote(struct quoting *quoting) {
    struct mcp_buf *quoted = &quoting->quoted;
    mcp_buf_clear(quoted);
    mcp_json_add_string(quoted, mcp_buf_view(&quoting->body));
    if (quoted->status == MCP_OK && quoting->body.status == MCP_OK)
        mcp_buf_add(&quoting->contents, (struct mcp_str){quoted->data + 1, quoted->len - 2});
    else
        quoting->contents.status = MCP_E_NOMEM; /* pieces are far below their ceiling */
    mcp_buf_clear(&quoting->body);
}

/* `quoting` NULL, or what `out` is the body of: then a large part of it is quoted at once. */
static void add_aliases(const struct product_model *model, struct mcp_buf *out,
                        struct quoting *quoting) {
    mcp_buf_add(out, MCP_STR("{\"aliases\":{"));
    for (size_t i = 0; i < model->item_count; i++) {
        add_member(out, i == 0, model->items[i].key);
        product_item_write(&model->items[i], out);
        if (quoting != NULL && out->len >= QUOTE_BYTES)
            quote(quoting);
    }
    mcp_buf_add(out, MCP_STR("}}"));
}

static void add_mappings(const struct product_model *model, struct mcp_buf *out,
                         struct quoting *quoting) {
    mcp_buf_add(out, MCP_STR("{\"mappings\":{"));
    for (size_t i = 0; i < model->mapping_count; i++) {
        add_member(out, i == 0, model->mappings[i].term);
        mcp_json_add_string(out, model->mappings[i].sql);
        if (quoting != NULL && out->len >= QUOTE_BYTES)
            quote(quoting);
    }
    mcp_buf_add(out, MCP_STR("}}"));
}

static void write_body(const struct product_model *model, enum product_resource resource,
                       struct mcp_buf *out, struct quoting *quoting) {
    switch (resource) {
    case PRODUCT_RESOURCE_ALIASES:
        add_aliases(model, out, quoting);
        break;
    case PRODUCT_RESOURCE_MAPPINGS:
        add_mappings(model, out, quoting);
        break;
    case PRODUCT_RESOURCE_SUMMARY:
    case PRODUCT_RESOURCE_COUNT:
        product_summary_write(model, NULL, out);
        break;
    }
}

void product_body_write(const struct product_model *model, enum product_resource resource,
                        struct mcp_buf *out) {
    write_body(model, resource, out, NULL);
}

/* [{"uri":..,"mimeType":..,"text":" */
static struct quoting begin_contents(enum product_resource resource) {
    const struct product_resource_info *info = product_resource_info(resource);
    struct quoting quoting = {.body = MCP_BUF_INIT(MAX_ENCODED_BYTES),
                              .quoted = MCP_BUF_INIT(MAX_ENCODED_BYTES),
                              .contents = MCP_BUF_INIT(MAX_ENCODED_BYTES)};
    mcp_buf_addf(&quoting.contents, "[{\"uri\":\"%s\",\"mimeType\":\"%s\",\"text\":\"", info->uri,
                 info->mime_type);
    return quoting;
}

/* "}] */
static enum mcp_code end_contents(struct quoting *quoting, struct mcp_blob **out_contents,
                                  struct mcp_err *err) {
    quote(quoting);
    mcp_buf_add(&quoting->contents, MCP_STR("\"}]"));
    MCP_TRY(mcp_buf_finish(&quoting->contents, err));
    *out_contents = mcp_blob_take(&quoting->contents);
    return *out_contents != NULL ? MCP_OK : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code encode(const struct product_model *model, enum product_resource resource,
                            struct mcp_blob **out_contents, struct mcp_err *err) {
    MCP_AUTO(quoting_deinit) struct quoting quoting = begin_contents(resource);
    write_body(model, resource, &quoting.body, &quoting);
    return end_contents(&quoting, out_contents, err);
}

enum mcp_code product_summary_encode(const struct product_model *model,
                                     const struct product_store_status *status,
                                     struct mcp_blob **out_contents, struct mcp_err *err) {
    MCP_AUTO(quoting_deinit) struct quoting quoting = begin_contents(PRODUCT_RESOURCE_SUMMARY);
    product_summary_write(model, status, &quoting.body);
    return end_contents(&quoting, out_contents, err);
}

static const char *text_of(struct mcp_str text) {
    return text.ptr != NULL ? text.ptr : "";
}

static enum mcp_code fill(struct product_snapshot *snapshot, struct mcp_err *err) {
    const struct product_model *model = snapshot->model;
    MCP_TRY(product_directory_init(model, &snapshot->directory, err));
    for (int i = 0; i < PRODUCT_RESOURCE_COUNT; i++)
        MCP_TRY(encode(model, (enum product_resource)i, &snapshot->contents[i], err));
    snapshot->facts = (struct product_snapshot_facts){.product_count = model->item_count,
                                                      .mapping_count = model->mapping_count,
                                                      .version = text_of(model->version),
                                                      .content_hash = text_of(model->content_hash)};
    mcp_timestamp_format(model->last_updated_ms, snapshot->facts.last_updated);
    return product_term_index_new(model, &snapshot->terms, err);
}

enum mcp_code product_snapshot_new(struct product_model *model,
                                   struct product_snapshot **out_snapshot, struct mcp_err *err) {
    MCP_AUTO(product_model_freep) struct product_model *taken = model;
    MCP_AUTO(product_snapshot_unrefp)
    struct product_snapshot *snapshot = mcp_alloc(sizeof *snapshot);
    if (snapshot == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    atomic_init(&snapshot->references, 1);
    snapshot->model = MCP_TAKE(taken);
    MCP_TRY(fill(snapshot, err));
    *out_snapshot = MCP_TAKE(snapshot);
    return MCP_OK;
}

struct product_snapshot *product_snapshot_ref(struct product_snapshot *snapshot) {
    if (snapshot != NULL)
        (void)atomic_fetch_add_explicit(&snapshot->references, 1, memory_order_relaxed);
    return snapshot;
}

void product_snapshot_unref(struct product_snapshot *snapshot) {
    if (snapshot == NULL ||
        atomic_fetch_sub_explicit(&snapshot->references, 1, memory_order_acq_rel) != 1)
        return;
    for (int i = 0; i < PRODUCT_RESOURCE_COUNT; i++)
        mcp_blob_unref(snapshot->contents[i]);
    product_directory_deinit(&snapshot->directory);
    product_term_index_free(snapshot->terms);
    product_model_free(snapshot->model);
    mcp_free(snapshot);
}

void product_snapshot_unrefp(struct product_snapshot **snapshot) {
    product_snapshot_unref(*snapshot);
}

struct mcp_blob *product_snapshot_contents(const struct product_snapshot *snapshot,
                                           enum product_resource resource) {
    return snapshot->contents[resource];
}

const struct product_snapshot_facts *
product_snapshot_facts(const struct product_snapshot *snapshot) {
    return &snapshot->facts;
}

const struct product_model *product_snapshot_model(const struct product_snapshot *snapshot) {
    return snapshot->model;
}

const struct product_directory *
product_snapshot_directory(const struct product_snapshot *snapshot) {
    return &snapshot->directory;
}

const struct product_term_index *product_snapshot_terms(const struct product_snapshot *snapshot) {
    return snapshot->terms;
}
