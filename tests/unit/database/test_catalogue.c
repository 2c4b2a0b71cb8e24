/* SPDX-License-Identifier: MIT */
#include "database/catalogue.h"
#include "vectors.h"

probe_fn probe_catalogue;

static json_t *body(const char *table, int rows) {
    return json_pack("{s:{s:{s:i}}}", "tables", table, "row_count", rows);
}

static void news_say_what_is_other(void **state) {
    (void)state;
    struct database_catalogue catalogue;
    database_catalogue_init(&catalogue);
    assert_null(database_catalogue_body(&catalogue));
    struct database_news news = database_catalogue_set(&catalogue, body("a", 1), json_array());
    assert_false(news.has_changed || news.has_other_tables || news.has_other_mistakes);
    news = database_catalogue_set(&catalogue, body("a", 1), json_array());
    assert_false(news.has_changed || news.has_other_tables || news.has_other_mistakes);
    news = database_catalogue_set(&catalogue, body("a", 2), json_pack("[s]", "x"));
    assert_true(news.has_changed && !news.has_other_tables && news.has_other_mistakes);
    news = database_catalogue_set(&catalogue, body("b", 2), json_pack("[s]", "x"));
    assert_true(news.has_changed && news.has_other_tables && !news.has_other_mistakes);
    json_t *mismatches = database_catalogue_mismatches(&catalogue);
    assert_int_equal(json_array_size(mismatches), 1);
    json_decref(mismatches);
    database_catalogue_deinit(&catalogue);
}

static void first_mistakes_are_news(void **state) {
    (void)state;
    struct database_catalogue catalogue;
    database_catalogue_init(&catalogue);
    struct database_news news =
        database_catalogue_set(&catalogue, body("a", 1), json_pack("[s]", "x"));
    assert_true(news.has_other_mistakes);
    database_catalogue_deinit(&catalogue);
}

static void outlines_are_news_once(void **state) {
    (void)state;
    struct database_catalogue catalogue;
    database_catalogue_init(&catalogue);
    assert_true(database_catalogue_outline(&catalogue, MCP_STR("{}")));
    assert_false(database_catalogue_outline(&catalogue, MCP_STR("{}")));
    assert_true(database_catalogue_outline(&catalogue, MCP_STR("{\"a\":1}")));
    assert_false(database_catalogue_outline(&catalogue, MCP_STR("{\"a\":1}")));
    assert_true(database_catalogue_outline(&catalogue, MCP_STR("{}")));
    database_catalogue_deinit(&catalogue);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(news_say_what_is_other),
                                      cmocka_unit_test(first_mistakes_are_news),
                                      cmocka_unit_test(outlines_are_news_once)};
    return vectors_run("database.catalogue", probe_catalogue, more, MCP_COUNT(more));
}
