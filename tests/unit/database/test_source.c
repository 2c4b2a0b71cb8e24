/* SPDX-License-Identifier: MIT */
/* Which database the settings name, and where its password may stand. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "database/source.h"

static enum mcp_code configure(const char *settings, const char *word, const char *variable,
                               json_t **out, struct mcp_err *err) {
    char program[] = "mcp-database";
    char words[200];
    char variables[200];
    char *argv[] = {program, words, NULL};
    char *envp[] = {variables, NULL};
    (void)snprintf(words, sizeof words, "%s", word);
    (void)snprintf(variables, sizeof variables, "%s", variable);
    json_auto_t *given = json_loads(settings, 0, NULL);
    assert_non_null(given);
    json_object_set_new(given, "max_result_rows", json_integer(7));
    for (size_t i = 0; i < 3; i++) {
        static const char *const rest[] = {"max_query_length", "max_result_bytes",
                                           "query_timeout_ms"};
        json_object_set_new(given, rest[i], json_integer(5));
    }
    const struct database_surroundings around = {2, argv, envp};
    return database_source_configure(given, &around, out, err);
}

static const char *text(const json_t *configuration, const char *key) {
    const char *value = json_string_value(json_object_get(configuration, key));
    return value != NULL ? value : "";
}

static void a_file_is_named_by_its_path(void **state) {
    (void)state;
    json_t *configuration MCP_AUTO(mcp_json_decref) = NULL;
    assert_int_equal(configure("{\"database_path\": \"a.db\", \"deny\": [\"t\"]}", "", "A=b",
                               &configuration, NULL),
                     MCP_OK);
    assert_string_equal(text(configuration, "path"), "a.db");
    assert_null(json_object_get(configuration, "url"));
    assert_int_equal(json_array_size(json_object_get(configuration, "deny")), 1);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(configuration, "limits"), "max_rows")),
        7);
}

static void a_url_counts_more_than_a_path(void **state) {
    (void)state;
    json_t *configuration MCP_AUTO(mcp_json_decref) = NULL;
    assert_int_equal(configure("{\"database_path\": \"a.db\", \"database_url\": "
                               "\"postgresql://u:${PW}@h/d\"}",
                               "--port=1", "PW=a b", &configuration, NULL),
                     MCP_OK);
    assert_string_equal(text(configuration, "url"), "postgresql://u:a%20b@h/d");
    assert_null(json_object_get(configuration, "path"));
    assert_null(json_object_get(configuration, "password"));
}

static void a_password_file_of_libpq_is_passed_on(void **state) {
    (void)state;
    json_t *configuration MCP_AUTO(mcp_json_decref) = NULL;
    assert_int_equal(configure("{\"database_url\": \"postgresql://h/d\"}", "",
                               "PGPASSFILE=/etc/pass", &configuration, NULL),
                     MCP_OK);
    assert_string_equal(text(configuration, "passfile"), "/etc/pass");
}

static void a_password_on_the_command_line_is_refused(void **state) {
    (void)state;
    struct mcp_err err = {0};
    json_t *configuration MCP_AUTO(mcp_json_decref) = NULL;
    static const char secret[] = "{\"database_url\": \"postgresql://u:marker@h/d\"}";
    assert_int_equal(configure(secret, "--database-url=postgresql://u:marker@h/d", "", NULL, &err),
                     MCP_E_DENIED);
    assert_null(strstr(err.what, "marker"));
    assert_int_equal(configure(secret, "--port=1", "", &configuration, NULL), MCP_OK);
    mcp_json_decref(&configuration);
    assert_int_equal(configure("{\"database_url\": \"postgresql://u@h/d\"}",
                               "--database-url=postgresql://u@h/d", "", &configuration, NULL),
                     MCP_OK);
}

static void a_password_file_is_private_and_has_a_line(void **state) {
    (void)state;
    struct mcp_err err = {0};
    char path[] = "/tmp/mcp-password-XXXXXX";
    char settings[200];
    json_t *configuration MCP_AUTO(mcp_json_decref) = NULL;
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "open sesame\r\nmore", 17), 17);
    (void)snprintf(settings, sizeof settings,
                   "{\"database_url\": \"postgresql://h\", \"database_password_file\": \"%s\"}",
                   path);
    assert_int_equal(configure(settings, "", "", &configuration, NULL), MCP_OK);
    assert_string_equal(text(configuration, "password"), "open sesame");
    mcp_json_decref(&configuration);
    assert_int_equal(fchmod(fd, 0640), 0);
    assert_int_equal(configure(settings, "", "", NULL, &err), MCP_E_DENIED);
    assert_non_null(strstr(err.what, "chmod 600"));
    assert_int_equal(fchmod(fd, 0600), 0);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(configure(settings, "", "", NULL, NULL), MCP_E_INVALID);
    (void)close(fd);
    (void)unlink(path);
    assert_int_equal(configure(settings, "", "", NULL, NULL), MCP_E_NOT_FOUND);
}

static void other_urls_are_refused(void **state) {
    (void)state;
    assert_int_equal(configure("{\"database_url\": \"mysql://h\"}", "", "", NULL, NULL),
                     MCP_E_INVALID);
    assert_int_equal(configure("{\"database_url\": \"postgresql://${X}\"}", "", "", NULL, NULL),
                     MCP_E_NOT_FOUND);
}

static void names_hide_the_password(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf name = MCP_BUF_INIT(1000);
    json_auto_t *url = json_pack("{s:s}", "database_url", "postgresql://u:marker@h/d");
    json_auto_t *path = json_pack("{s:s}", "database_path", "a.db");
    assert_true(database_source_is_postgres(url));
    assert_false(database_source_is_postgres(path));
    database_source_name(url, &name);
    assert_string_equal(name.data, "postgresql://u:***@h/d");
    mcp_buf_clear(&name);
    database_source_name(path, &name);
    assert_string_equal(name.data, "a.db");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_named_by_its_path),
        cmocka_unit_test(a_url_counts_more_than_a_path),
        cmocka_unit_test(a_password_file_of_libpq_is_passed_on),
        cmocka_unit_test(a_password_on_the_command_line_is_refused),
        cmocka_unit_test(a_password_file_is_private_and_has_a_line),
        cmocka_unit_test(other_urls_are_refused),
        cmocka_unit_test(names_hide_the_password),
    };
    return cmocka_run_group_tests_name("database.source", tests, NULL, NULL);
}
