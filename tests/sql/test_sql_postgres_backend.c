/* SPDX-License-Identifier: MIT */
/* The backend for PostgreSQL in this process: both corpora, roles, exposure, passwords, the
 * catalogue. Beside with_postgres.sh. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "administrator.h"
#include "database/postgres_backend.h"
#include "database/worker.h"
#include "probe.h"

static char url[256];

static const char *url_of(const char *role, const char *database) {
    (void)snprintf(url, sizeof url, "postgresql://%s@/%s?host=%s", role, database,
                   getenv("MCP_TEST_POSTGRES_DIR"));
    return url;
}

static enum mcp_code swallow(void *user, struct mcp_str text, struct mcp_err *err) {
    (void)err;
    *(size_t *)user += text.len;
    return MCP_OK;
}

static enum mcp_code query(struct database_backend *backend, const struct database_request *request,
                           struct mcp_err *err) {
    size_t bytes = 0;
    struct database_sink sink = {swallow, swallow, swallow, &bytes};
    MCP_AUTO(database_tally_deinit) struct database_tally tally = {0};
    return backend->ops->query(backend, request, &sink, &tally, err);
}

static enum mcp_code open_as(const char *role, const char *database, const char *configuration,
                             struct database_backend **out, struct mcp_err *err) {
    json_auto_t *given = json_loads(configuration, 0, NULL);
    assert_non_null(given);
    (void)json_object_set_new(given, "url", json_string(url_of(role, database)));
    return database_worker_open(given, out, err);
}

static void run_row(struct database_backend *backend, json_t *row, bool is_attack) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf sql = MCP_BUF_INIT(1 << 20);
    struct mcp_err err = {0};
    json_auto_t *options = json_object_get(row, "options") != NULL
                               ? json_copy(json_object_get(row, "options"))
                               : json_object();
    (void)json_object_update_missing(options, row);
    assert_int_equal(probe_bytes(json_object_get(row, "sql"), &sql, &err), MCP_OK);
    struct database_request request = {.sql = mcp_buf_view(&sql)};
    assert_int_equal(database_request_read(options, &request, &err), MCP_OK);
    enum mcp_code code = query(backend, &request, &err);
    if (is_attack ? json_object_get(row, "refused") != NULL && code == MCP_OK : code != MCP_OK)
        fail_msg("%s: %s %s", json_string_value(json_object_get(row, "name")), mcp_code_name(code),
                 err.what);
}

static void corpora_in_this_process(void **state) {
    (void)state;
    struct database_backend *backend = NULL;
    struct mcp_err err = {0};
    json_auto_t *attacks =
        json_load_file(VECTORS_DIR "/sql_attacks_postgres.json", JSON_ALLOW_NUL, NULL);
    json_auto_t *legitimate =
        json_load_file(VECTORS_DIR "/sql_legitimate_postgres.json", JSON_ALLOW_NUL, NULL);
    const json_t *shop = json_array_get(json_object_get(attacks, "databases"), 0);
    const json_t *queries =
        json_object_get(json_array_get(json_object_get(legitimate, "databases"), 0), "queries");
    const json_t *rows = json_object_get(shop, "attacks");
    administrator_make_database("corpus_shop", json_string_value(json_object_get(shop, "script")));
    if (open_as("corpus_reader", "corpus_shop", "{\"limits\": {\"deadline_ms\": 300}}", &backend,
                &err) != MCP_OK)
        fail_msg("%s", err.what);
    for (size_t i = 0; i < json_array_size(queries); i++)
        run_row(backend, json_array_get(queries, i), false);
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (json_object_get(json_array_get(rows, i), "ends") == NULL)
            run_row(backend, json_array_get(rows, i), true);
    backend->ops->close(backend);
}

static json_t *describe(struct database_backend *backend) {
    json_t *catalogue = NULL;
    struct mcp_err err = {0};
    if (backend->ops->describe(backend, &catalogue, &err) != MCP_OK)
        fail_msg("%s", err.what);
    return catalogue;
}

static void catalogue_tells_what_may_be_read(void **state) {
    (void)state;
    struct database_backend *backend = NULL;
    assert_int_equal(open_as("corpus_reader", "corpus_shop", "{}", &backend, NULL), MCP_OK);
    json_auto_t *catalogue = describe(backend);
    const json_t *tables = json_object_get(catalogue, "tables");
    json_auto_t *wanted = json_loads(
        "{\"type\": \"table\", \"row_count\": 2000, \"columns\": ["
        "{\"name\": \"sale_id\", \"type\": \"integer\", \"nullable\": false, \"primary_key\": "
        "true},"
        "{\"name\": \"product_id\", \"type\": \"integer\", \"nullable\": false,"
        " \"primary_key\": false},"
        "{\"name\": \"customer_id\", \"type\": \"integer\", \"nullable\": false,"
        " \"primary_key\": false},"
        "{\"name\": \"quantity\", \"type\": \"integer\", \"nullable\": false,"
        " \"primary_key\": false},"
        "{\"name\": \"sold_at\", \"type\": \"timestamp with time zone\", \"nullable\": false,"
        " \"primary_key\": false}],"
        "\"foreign_keys\": [{\"table\": \"customers\", \"columns\": [\"customer_id\"],"
        " \"references\": [\"customer_id\"]}, {\"table\": \"products\","
        " \"columns\": [\"product_id\"], \"references\": [\"product_id\"]}],"
        "\"indexes\": [{\"name\": \"sales_by_product\", \"unique\": false,"
        " \"columns\": [\"product_id\"]}]}",
        0, NULL);
    assert_non_null(wanted);
    if (!json_equal(json_object_get(tables, "sales"), wanted))
        fail_msg("%s", json_dumps(json_object_get(tables, "sales"), 0));
    const json_t *products = json_object_get(tables, "products");
    const json_t *price = json_array_get(json_object_get(products, "columns"), 3);
    assert_string_equal(json_string_value(json_object_get(products, "description")),
                        "What is sold.");
    assert_string_equal(json_string_value(json_object_get(price, "description")), "In francs.");
    assert_non_null(json_object_get(tables, "reports.monthly"));
    assert_non_null(json_object_get(tables, "dear_products"));
    assert_null(json_object_get(tables, "secrets"));
    assert_null(json_object_get(tables, "private.notes"));
    assert_int_equal(
        json_array_size(json_object_get(json_object_get(tables, "customers"), "columns")), 3);
    backend->ops->close(backend);
}

static void refused(const char *role, const char *configuration, enum mcp_code wanted,
                    const char *what) {
    struct database_backend *backend = NULL;
    struct mcp_err err = {0};
    enum mcp_code code = open_as(role, "corpus_shop", configuration, &backend, &err);
    if (code == MCP_OK)
        backend->ops->close(backend);
    if (code != wanted || strstr(err.what, what) == NULL)
        fail_msg("%s %s: %s %s", role, configuration, mcp_code_name(code), err.what);
}

static void roles_that_may_do_harm_are_refused(void **state) {
    (void)state;
    PGconn *conn = administrate("corpus_shop");
    administrator_run(conn,
                      "CREATE ROLE maker LOGIN CREATEROLE;"
                      "CREATE ROLE copier LOGIN REPLICATION;"
                      "CREATE ROLE passer LOGIN BYPASSRLS;"
                      "CREATE ROLE file_reader LOGIN; GRANT pg_read_server_files TO file_reader;"
                      "CREATE ROLE file_writer LOGIN; GRANT pg_write_server_files TO file_writer;"
                      "CREATE ROLE starter LOGIN; GRANT pg_execute_server_program TO starter;"
                      "CREATE ROLE signaller LOGIN NOINHERIT; GRANT pg_signal_backend TO signaller;"
                      "CREATE ROLE becomer LOGIN NOINHERIT; GRANT postgres TO becomer");
    PQfinish(conn);
    refused("postgres", "{}", MCP_E_DENIED, "\"postgres\" is a superuser");
    refused("maker", "{}", MCP_E_DENIED, "may create roles");
    refused("copier", "{}", MCP_E_DENIED, "may replicate");
    refused("passer", "{}", MCP_E_DENIED, "bypasses row security");
    refused("file_reader", "{}", MCP_E_DENIED, "pg_read_server_files");
    refused("file_writer", "{}", MCP_E_DENIED, "pg_write_server_files");
    refused("starter", "{}", MCP_E_DENIED, "pg_execute_server_program");
    refused("signaller", "{}", MCP_E_DENIED, "pg_signal_backend");
    refused("becomer", "{}", MCP_E_DENIED, "is a superuser");
}

static bool has_warning(const json_t *catalogue, const char *what) {
    const json_t *warnings = json_object_get(catalogue, "warnings");
    for (size_t i = 0; i < json_array_size(warnings); i++)
        if (strstr(json_string_value(json_array_get(warnings, i)), what) != NULL)
            return true;
    return false;
}

static void more_than_reading_is_a_warning(void **state) {
    (void)state;
    struct database_backend *backend = NULL;
    PGconn *conn = administrate("corpus_shop");
    administrator_run(conn, "CREATE ROLE clerk LOGIN CREATEDB; GRANT INSERT ON sales TO clerk;"
                            "GRANT CREATE ON SCHEMA reports TO clerk; GRANT pg_monitor TO clerk;"
                            "GRANT CREATE, TEMPORARY ON DATABASE corpus_shop TO clerk;"
                            "CREATE TABLE owned (a int); ALTER TABLE owned OWNER TO clerk");
    assert_int_equal(open_as("clerk", "corpus_shop", "{}", &backend, NULL), MCP_OK);
    json_auto_t *catalogue = describe(backend);
    assert_true(has_warning(catalogue, "may write to"));
    assert_true(has_warning(catalogue, "owns 1 tables, among them owned"));
    assert_true(has_warning(catalogue, "may create databases"));
    assert_true(has_warning(catalogue, "may make schemas"));
    assert_true(has_warning(catalogue, "may make temporary tables"));
    assert_true(has_warning(catalogue, "may create objects in schema reports"));
    assert_true(has_warning(catalogue, "is a member of pg_monitor"));
    assert_true(has_warning(catalogue, "of the extension dblink"));
    /* and still: */
    const struct database_request write = {.sql = MCP_STR("WITH a AS (INSERT INTO sales VALUES "
                                                          "(9999, 1, 1, 1, now()) RETURNING 1) "
                                                          "SELECT * FROM a")};
    assert_int_equal(query(backend, &write, NULL), MCP_E_DENIED);
    backend->ops->close(backend);
    administrator_run(conn, "DROP TABLE owned; DROP OWNED BY clerk; DROP ROLE clerk");
    PQfinish(conn);
}

static void exposure_is_compared_with_grants(void **state) {
    (void)state;
    refused("corpus_reader", "{\"deny\": [\"products\"]}", MCP_E_DENIED,
            "public.products.category_id is on the deny list");
    refused("corpus_reader", "{\"deny\": [\"PRODUCTS.Price\"]}", MCP_E_DENIED, "REVOKE SELECT ON");
    refused("corpus_reader", "{\"deny\": [\"reports.monthly\"]}", MCP_E_DENIED, "deny list");
    refused("corpus_reader", "{\"deny\": [\"monthly\"]}", MCP_E_DENIED, "deny list");
    refused("corpus_reader", "{\"allow\": [\"products\"]}", MCP_E_DENIED, "not on the allow list");
    refused("corpus_reader", "{\"mask\": [\"customers.city\"]}", MCP_E_UNSUPPORTED,
            "cannot be told to read a column as NULL");
    struct database_backend *backend = NULL;
    assert_int_equal(open_as("corpus_reader", "corpus_shop",
                             "{\"deny\": [\"secrets\", \"customers.email\", \"no.such\"]}",
                             &backend, NULL),
                     MCP_OK);
    backend->ops->close(backend);
}

static void grants_that_change_are_noticed(void **state) {
    (void)state;
    struct database_backend *backend = NULL;
    struct mcp_err err = {0};
    PGconn *conn = administrate("corpus_shop");
    const struct database_request one = {.sql = MCP_STR("SELECT 1")};
    assert_int_equal(
        open_as("corpus_reader", "corpus_shop", "{\"deny\": [\"secrets\"]}", &backend, NULL),
        MCP_OK);
    administrator_run(conn, "GRANT SELECT ON secrets TO corpus_reader");
    json_t *catalogue = NULL;
    assert_int_equal(backend->ops->describe(backend, &catalogue, &err), MCP_E_DENIED);
    assert_non_null(strstr(err.what, "on the deny list"));
    assert_int_equal(query(backend, &one, NULL), MCP_E_DENIED);
    administrator_run(conn, "REVOKE SELECT ON secrets FROM corpus_reader");
    assert_int_equal(query(backend, &one, NULL), MCP_OK);
    backend->ops->close(backend);
    PQfinish(conn);
}

static enum mcp_code open_with_password(const char *password, const char *pass_file,
                                        const char *in_url, struct mcp_err *err) {
    struct database_backend *backend = NULL;
    struct database_limits limits = {0};
    struct database_exposure exposure = {NULL, NULL, NULL};
    char text[256];
    (void)snprintf(text, sizeof text, "postgresql://needs_password%s@/corpus_shop?host=%s", in_url,
                   getenv("MCP_TEST_POSTGRES_DIR"));
    struct database_postgres_source source = {text, password, pass_file};
    enum mcp_code code = database_postgres_open(&source, &limits, &exposure, &backend, err);
    if (code == MCP_OK)
        backend->ops->close(backend);
    return code;
}

static void passwords_are_taken_and_never_told(void **state) {
    (void)state;
    struct mcp_err err = {0};
    char path[] = "/tmp/mcp-passfile-XXXXXX";
    static const char line[] = "*:*:*:*:open sesame\n";
    PGconn *conn = administrate("corpus_shop");
    administrator_run(conn, "CREATE ROLE needs_password LOGIN PASSWORD 'open sesame'");
    PQfinish(conn);
    int fd = mkstemp(path);
    assert_int_equal(write(fd, line, sizeof line - 1), sizeof line - 1);
    (void)close(fd);
    assert_int_equal(open_with_password("open sesame", NULL, "", NULL), MCP_OK);
    assert_int_equal(open_with_password("open sesame", NULL, ":wrong", NULL), MCP_OK);
    assert_int_equal(open_with_password(NULL, NULL, ":open%20sesame", NULL), MCP_OK);
    assert_int_equal(open_with_password(NULL, path, "", NULL), MCP_OK);
    assert_int_equal(open_with_password(NULL, NULL, ":marker%20x", &err), MCP_E_IO);
    assert_null(strstr(err.what, "marker"));
    err = (struct mcp_err){0};
    assert_int_equal(open_with_password(NULL, NULL, ":mark%zzer", &err), MCP_E_INVALID);
    assert_null(strstr(err.what, "mark"));
    err = (struct mcp_err){0};
    assert_int_equal(open_with_password("needs_password", NULL, "", &err), MCP_E_IO);
    assert_null(strstr(err.what, "needs_password"));
    (void)unlink(path);
}

static void frames_are_served(void **state) {
    (void)state;
    struct database_backend *backend = NULL;
    int ends[2];
    static char frame[DATABASE_FRAME_BYTES];
    static const char question[] = "Q\nSELECT 7 AS v";
    assert_int_equal(open_as("corpus_reader", "corpus_shop", "{}", &backend, NULL), MCP_OK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    assert_int_equal(send(ends[0], question, sizeof question - 1, 0), sizeof question - 1);
    assert_int_equal(shutdown(ends[0], SHUT_WR), 0);
    database_worker_serve(ends[1], backend);
    (void)close(ends[1]);
    ssize_t len = recv(ends[0], frame, sizeof frame, 0);
    assert_true(len > 0);
    assert_non_null(memmem(frame, (size_t)len, "[\"v\"]", 5));
    (void)close(ends[0]);
    backend->ops->close(backend);
}

static void a_lost_connection_ends_the_worker(void **state) {
    (void)state;
    struct database_backend *backend = NULL;
    struct mcp_err err = {0};
    int ends[2];
    const struct database_request one = {.sql = MCP_STR("SELECT 1")};
    assert_int_equal(open_as("corpus_reader", "corpus_shop", "{}", &backend, NULL), MCP_OK);
    PGconn *conn = administrate("corpus_shop");
    administrator_run(conn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            " WHERE usename = 'corpus_reader'");
    PQfinish(conn);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    assert_int_equal(backend->ops->wait(backend, ends[1], &err), MCP_E_IO);
    assert_int_equal(query(backend, &one, &err), MCP_E_IO);
    assert_non_null(strstr(err.what, "lost"));
    (void)close(ends[0]);
    (void)close(ends[1]);
    backend->ops->close(backend);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corpora_in_this_process),
        cmocka_unit_test(catalogue_tells_what_may_be_read),
        cmocka_unit_test(roles_that_may_do_harm_are_refused),
        cmocka_unit_test(more_than_reading_is_a_warning),
        cmocka_unit_test(exposure_is_compared_with_grants),
        cmocka_unit_test(grants_that_change_are_noticed),
        cmocka_unit_test(passwords_are_taken_and_never_told),
        cmocka_unit_test(frames_are_served),
        cmocka_unit_test(a_lost_connection_ends_the_worker),
    };
    return cmocka_run_group_tests_name("sql.postgres_backend", tests, NULL, NULL);
}
