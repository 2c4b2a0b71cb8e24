/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "product_metadata/generate.h"
#include "product_metadata/loader.h"
#include "torture.h"
#include "under_valgrind.h"
#include "vectors.h"

probe_fn probe_product_loader;

static struct mcp_schema *schema;
static char directory[] = "/tmp/mcp-loader-XXXXXX";
static char path[64];

static int make_directory(void **state) {
    (void)state;
    if (mkdtemp(directory) == NULL || product_loader_schema(&schema, NULL) != MCP_OK)
        return -1;
    (void)snprintf(path, sizeof path, "%s/products.json", directory);
    return 0;
}

static int remove_directory(void **state) {
    (void)state;
    mcp_schema_freep(&schema);
    (void)unlink(path);
    return rmdir(directory);
}

static void put(const void *bytes, size_t len) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static enum mcp_code load(const char *name, struct mcp_err *err) {
    const struct product_load job = {.schema = schema, .name = name};
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    *err = (struct mcp_err){0};
    enum mcp_code code = product_load_file(&job, &model, err);
    assert_true((code == MCP_OK) == (model != NULL));
    return code;
}

static const char good[] = "{\"product_aliases\": {}, \"column_mappings\": {}}";

static void a_good_file_loads(void **state) {
    (void)state;
    struct mcp_err err;
    put(good, strlen(good));
    assert_int_equal(load(path, &err), MCP_OK);
}

static void a_missing_file_is_named(void **state) {
    (void)state;
    struct mcp_err err;
    assert_int_equal(load("/nowhere/products.json", &err), MCP_E_NOT_FOUND);
    assert_string_equal(err.where, "/nowhere/products.json");
    assert_string_equal(err.what, "no such file");
}

static void a_directory_is_refused(void **state) {
    (void)state;
    struct mcp_err err;
    assert_int_equal(load(directory, &err), MCP_E_IO);
    assert_int_equal(err.os_errno, EISDIR);
    assert_string_equal(err.where, directory);
}

static void an_unreadable_file_is_refused(void **state) {
    (void)state;
    struct mcp_err err;
    if (geteuid() == 0)
        skip(); /* root reads everything */
    put(good, strlen(good));
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(load(path, &err), MCP_E_IO);
    assert_int_equal(err.os_errno, EACCES);
    assert_int_equal(unlink(path), 0);
}

static void a_device_is_refused(void **state) {
    (void)state;
    struct mcp_err err;
    assert_int_equal(load("/dev/zero", &err), MCP_E_IO);
}

static void an_empty_file_is_refused(void **state) {
    (void)state;
    struct mcp_err err;
    put("", 0);
    assert_int_equal(load(path, &err), MCP_E_SYNTAX);
    assert_non_null(strstr(err.what, "the file is empty"));
}

/* A file of `bytes`, good up to its zeros, that takes no room on the disk. */
static enum mcp_code load_sparse(off_t bytes, struct mcp_err *err) {
    put(good, strlen(good));
    assert_int_equal(truncate(path, bytes), 0);
    return load(path, err);
}

static void the_largest_file_is_read(void **state) {
    (void)state;
    struct mcp_err err;
    assert_int_equal(load_sparse(PRODUCT_MAX_BYTES - 1, &err), MCP_E_SYNTAX);
    assert_int_equal(load_sparse(PRODUCT_MAX_BYTES, &err), MCP_E_SYNTAX);
}

static void a_larger_file_is_refused_unread(void **state) {
    (void)state;
    struct mcp_err err;
    assert_int_equal(load_sparse((off_t)PRODUCT_MAX_BYTES + 1, &err), MCP_E_LIMIT);
    assert_string_equal(err.where, path);
    assert_string_equal(err.what, "larger than 268435456 bytes");
}

static void a_longer_text_is_refused_unread(void **state) {
    (void)state;
    struct mcp_err err = {0};
    struct product_model *model = NULL;
    const struct product_load job = {.schema = schema, .name = "x"};
    assert_int_equal(product_load_text(&job, (struct mcp_str){good, PRODUCT_MAX_BYTES + (size_t)1},
                                       &model, &err),
                     MCP_E_LIMIT);
    assert_string_equal(err.where, "x");
    assert_string_equal(err.what, "larger than 268435456 bytes");
}

static void the_message_has_the_place_in_the_file(void **state) {
    (void)state;
    struct mcp_err err;
    char where[128];
    static const char text[] = "{\"product_aliases\": {},\n \"column_mappings\": {\"a\": 1}}";
    put(text, strlen(text));
    assert_int_equal(load(path, &err), MCP_E_SCHEMA);
    (void)snprintf(where, sizeof where, "%s:2:27", path);
    assert_string_equal(err.where, where);
    assert_non_null(strstr(err.what, "/column_mappings/a: "));
}

/* Four megabytes that a tree would make three hundred of. */
static void a_file_that_amplifies_ends_in_nomem(void **state) {
    (void)state;
    struct mcp_err err;
    static char text[4 << 20];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "{},"[i % 3];
    text[0] = '[';
    text[1] = ' ';
    text[2] = ' ';
    put(text, sizeof text);
    assert_int_equal(load(path, &err), MCP_E_NOMEM);
    assert_string_equal(err.where, path);
}

static void many_products_load_within_the_budget(void **state) {
    (void)state;
    struct mcp_err err;
    const struct product_generate options = {.product_count = is_under_valgrind() ? 1000 : 20000,
                                             .seed = 3};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 26);
    assert_int_equal(product_generate_write(&options, &text, NULL), MCP_OK);
    put(text.data, text.len);
    if (load(path, &err) != MCP_OK)
        print_error("%s %s\n", err.where, err.what);
    assert_int_equal(err.code, MCP_OK);
}

/* Each piece's edge: as many members as fit, one fewer, one more. */
static void pieces_join_to_the_whole(void **state) {
    (void)state;
    static const size_t counts[] = {0,
                                    1,
                                    PRODUCT_LOAD_PIECE_COUNT - 1,
                                    PRODUCT_LOAD_PIECE_COUNT,
                                    PRODUCT_LOAD_PIECE_COUNT + 1,
                                    2 * PRODUCT_LOAD_PIECE_COUNT + 1};
    for (size_t i = 0; i < MCP_COUNT(counts); i++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
        MCP_AUTO(product_model_freep) struct product_model *model = NULL;
        const struct product_load job = {.schema = schema, .name = "x"};
        mcp_buf_add(&text, MCP_STR("{\"product_aliases\":{},\"column_mappings\":{"));
        for (size_t j = 0; j < counts[i]; j++)
            mcp_buf_addf(&text, "%s\"m%zu\":\"t.c%zu\"", j > 0 ? "," : "", j, j);
        mcp_buf_add(&text, MCP_STR("}}"));
        assert_int_equal(product_load_text(&job, mcp_buf_view(&text), &model, NULL), MCP_OK);
        assert_int_equal(model->mapping_count, counts[i]);
        for (size_t j = 0; j < counts[i]; j++) {
            char sql[32];
            (void)snprintf(sql, sizeof sql, "t.c%zu", j);
            assert_string_equal(model->mappings[j].sql.ptr, sql);
        }
    }
}

/* Two members that fill a piece to its last byte, and past it. */
static void a_piece_ends_at_its_bytes(void **state) {
    (void)state;
    for (size_t len = PRODUCT_LOAD_PIECE_BYTES - 20; len < PRODUCT_LOAD_PIECE_BYTES + 4; len++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
        MCP_AUTO(product_model_freep) struct product_model *model = NULL;
        const struct product_load job = {.schema = schema, .name = "x"};
        mcp_buf_add(&text, MCP_STR("{\"product_aliases\":{},\"column_mappings\":{\"a\":\""));
        for (size_t i = 0; i < len; i++)
            mcp_buf_addc(&text, 'x');
        mcp_buf_add(&text, MCP_STR("\",\"b\":\"y\"}}"));
        assert_int_equal(product_load_text(&job, mcp_buf_view(&text), &model, NULL), MCP_OK);
        assert_int_equal(model->mapping_count, 2);
        assert_int_equal(model->mappings[0].sql.len, len);
        assert_string_equal(model->mappings[1].sql.ptr, "y");
    }
}

/* What is counted is judged by its vectors; refusing each allocation of it would take minutes. */
static bool is_few(const json_t *in) {
    return strstr(json_string_value(json_object_get(in, "text")), "\"d62\"") == NULL;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture_some("product_metadata.product_loader", probe_product_loader, is_few);
}

static enum mcp_code loads_file(void *user, struct mcp_err *err) {
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    const struct product_load job = {.schema = schema, .name = user};
    return product_load_file(&job, &model, err);
}

static void file_survives_any_refused_allocation(void **state) {
    (void)state;
    put(good, strlen(good));
    torture_run(loads_file, path);
}

static enum mcp_code compiles(void *user, struct mcp_err *err) {
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *fresh = NULL;
    (void)user;
    return product_loader_schema(&fresh, err);
}

static void schema_survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(compiles, NULL);
}

int main(void) {
    const struct CMUnitTest files[] = {
        cmocka_unit_test(a_good_file_loads),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(a_directory_is_refused),
        cmocka_unit_test(an_unreadable_file_is_refused),
        cmocka_unit_test(a_device_is_refused),
        cmocka_unit_test(an_empty_file_is_refused),
        cmocka_unit_test(the_largest_file_is_read),
        cmocka_unit_test(a_larger_file_is_refused_unread),
        cmocka_unit_test(a_longer_text_is_refused_unread),
        cmocka_unit_test(the_message_has_the_place_in_the_file),
        cmocka_unit_test(a_file_that_amplifies_ends_in_nomem),
        cmocka_unit_test(many_products_load_within_the_budget),
        cmocka_unit_test(pieces_join_to_the_whole),
        cmocka_unit_test(a_piece_ends_at_its_bytes),
        cmocka_unit_test(file_survives_any_refused_allocation),
        cmocka_unit_test(schema_survives_any_refused_allocation),
    };
    const struct CMUnitTest more[] = {cmocka_unit_test(survives_any_refused_allocation)};
    int failed =
        vectors_run("product_metadata.product_loader", probe_product_loader, more, MCP_COUNT(more));
    return failed + cmocka_run_group_tests_name("product_metadata.product_loader.files", files,
                                                make_directory, remove_directory);
}
