/* SPDX-License-Identifier: MIT */
/*
 * Target: product_csv_next and product_import_csv. Properties: every row begins behind the one
 * before; rows written in quotes are read as the same rows; what an import takes is a metadata file
 * that loads.
 */
#include <stdint.h>
#include <stdlib.h>

#include "product_metadata/csv.h"
#include "product_metadata/import.h"
#include "product_metadata/loader.h"

static void expect(bool is_so) {
    if (!is_so)
        abort();
}

static void write_row(const struct product_csv_row *row, struct mcp_buf *out) {
    for (size_t i = 0; i < row->count; i++) {
        struct mcp_str text = row->fields[i].text;
        mcp_buf_add(out, i > 0 ? MCP_STR(",\"") : MCP_STR("\""));
        for (size_t j = 0; j < text.len; j++) {
            mcp_buf_addc(out, text.ptr[j]);
            if (text.ptr[j] == '"')
                mcp_buf_addc(out, '"');
        }
        mcp_buf_addc(out, '"');
    }
    mcp_buf_add(out, MCP_STR("\r\n"));
}

/* The good rows of `text`, in quotes; `refused` counts the others. */
static void rewrite(struct mcp_str text, struct mcp_buf *out, size_t *refused) {
    MCP_AUTO(product_csv_deinit) struct product_csv csv = {.text = text};
    for (;;) {
        struct product_csv_row row = {0};
        struct mcp_err err = {0};
        size_t before = csv.now.at;
        enum mcp_code code = product_csv_next(&csv, &row, &err);
        expect(csv.now.at >= before && csv.now.at <= text.len);
        if (code == MCP_OK && row.count == 0)
            return;
        expect(csv.now.at > before);
        expect(code == MCP_OK || (err.where[0] != '\0' && err.what[0] != '\0'));
        if (code == MCP_OK)
            write_row(&row, out);
        else
            ++*refused;
    }
}

static void check_round_trip(struct mcp_str text) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf once = MCP_BUF_INIT(1 << 26);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf twice = MCP_BUF_INIT(1 << 26);
    size_t refused = 0;
    size_t refused_again = 0;
    rewrite(text, &once, &refused);
    expect(once.status == MCP_OK);
    rewrite(mcp_buf_view(&once), &twice, &refused_again);
    expect(refused_again == 0 && mcp_str_equal(mcp_buf_view(&once), mcp_buf_view(&twice)));
}

static void count(const struct product_reject *reject, void *user) {
    size_t *rejects = user;
    expect(reject->what != NULL && reject->what[0] != '\0' && reject->place.line > 0);
    ++*rejects;
}

static void check_import(const struct mcp_schema *schema, struct mcp_str text) {
    MCP_AUTO(product_import_deinit) struct product_import import = {0};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf out = MCP_BUF_INIT(1 << 26);
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    size_t rejects = 0;
    const struct product_load load = {.schema = schema, .name = "f"};
    expect(product_import_init(&import, schema, count, &rejects, NULL) == MCP_OK);
    if (product_import_csv(&import, text, NULL) != MCP_OK)
        return;
    expect(rejects == import.rejected_count && rejects <= import.row_count);
    expect(mcp_json_write_pretty(import.root, &out, NULL) == MCP_OK);
    expect(product_load_text(&load, mcp_buf_view(&out), &model, NULL) == MCP_OK);
    expect(model->item_count + model->mapping_count == import.row_count - rejects);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct mcp_schema *schema;
    const struct mcp_str text = {(const char *)data, size};
    if (schema == NULL) {
        mcp_json_use_allocator();
        expect(product_loader_schema(&schema, NULL) == MCP_OK);
    }
    check_round_trip(text);
    check_import(schema, text);
    return 0;
}
