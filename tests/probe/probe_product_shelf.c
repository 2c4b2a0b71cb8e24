/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/product_shelf.json. */
#include <stdio.h>
#include <string.h>

#include "mcp/alloc.h"
#include "probe_product.h"
#include "product_metadata/shelf.h"

probe_fn probe_product_shelf;

enum { SHOWN = 5, NAME_BYTES = 8 };

/* Labels of the input, and the memory of the names made up. */
struct input {
    struct product_label *labels;
    size_t count;
    char *names;
    struct product_shelf shelf;
};

static void input_deinit(struct input *input) {
    product_shelf_deinit(&input->shelf);
    mcp_free(input->labels);
    mcp_free(input->names);
}

static enum mcp_code read_labels(const json_t *in, struct input *input, struct mcp_err *err) {
    const json_t *labels = json_object_get(in, "labels");
    size_t many = (size_t)probe_int(in, "many", 0);
    size_t length = (size_t)probe_int(in, "long", 0);
    input->labels = mcp_alloc((json_array_size(labels) + many + 1) * sizeof *input->labels);
    input->names = mcp_alloc(many * NAME_BYTES + length + 1);
    if (input->labels == NULL || input->names == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < json_array_size(labels); i++) {
        const json_t *label = json_array_get(labels, i);
        input->labels[input->count++] =
            (struct product_label){mcp_json_str(json_array_get(label, 0)),
                                   (uint32_t)json_integer_value(json_array_get(label, 1))};
    }
    for (size_t i = 0; i < many; i++) {
        char *name = input->names + i * NAME_BYTES;
        (void)snprintf(name, NAME_BYTES, "n%06u", (unsigned)(i % 1000000));
        input->labels[input->count++] = (struct product_label){mcp_str_of(name), (uint32_t)i};
    }
    char *last = input->names + many * NAME_BYTES;
    memset(last, 'x', length);
    if (length > 0)
        input->labels[input->count++] = (struct product_label){{last, length}, 0};
    return MCP_OK;
}

static json_t *items_of(const struct product_shelf_name *name) {
    json_t *items = json_array();
    for (size_t i = 0; name != NULL && i < name->item_count; i++)
        if (json_array_append_new(items, json_integer(name->items[i])) != 0) {
            json_decref(items);
            return NULL;
        }
    return items;
}

static enum mcp_code show_all(const struct product_shelf *shelf, json_t **out,
                              struct mcp_err *err) {
    json_auto_t *rows = json_array();
    for (size_t i = 0; i < shelf->name_count; i++) {
        json_auto_t *items = items_of(&shelf->names[i]);
        struct mcp_str name = shelf->names[i].name;
        MCP_TRY(probe_append(rows, json_pack("[s%, O]", name.ptr, name.len, items), err));
    }
    return probe_give(MCP_TAKE(rows), out, err);
}

static enum mcp_code show_beginning(const struct product_shelf *shelf, struct mcp_str prefix,
                                    json_t **out, struct mcp_err *err) {
    json_auto_t *names = json_array();
    const struct product_shelf_name *first = NULL;
    size_t total = product_shelf_begin_with(shelf, prefix, &first);
    for (size_t i = 0; i < total && i < SHOWN; i++)
        MCP_TRY(probe_append(names, probe_string(first[i].name), err));
    return probe_give(json_pack("{s:I, s:O}", "total", (json_int_t)total, "names", names), out,
                      err);
}

enum mcp_code probe_product_shelf(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(input_deinit) struct input input = {0};
    MCP_TRY(read_labels(in, &input, err));
    MCP_TRY(product_shelf_init(input.labels, input.count, &input.shelf, err));
    const json_t *find = json_object_get(in, "find");
    const json_t *prefix = json_object_get(in, "begin_with");
    const json_t *near = json_object_get(in, "near");
    if (prefix != NULL)
        return show_beginning(&input.shelf, mcp_json_str(prefix), out, err);
    if (find != NULL) {
        const struct product_shelf_name *name =
            product_shelf_find(&input.shelf, mcp_json_str(find));
        return probe_give(name != NULL ? items_of(name) : json_null(), out, err);
    }
    if (near != NULL) {
        const struct product_shelf_name *name =
            product_shelf_near(&input.shelf, mcp_json_str(near));
        return probe_give(name != NULL ? probe_string(name->name) : json_null(), out, err);
    }
    return show_all(&input.shelf, out, err);
}
