/* SPDX-License-Identifier: MIT */
/* main.c - mcp-database: one read-only database as an MCP server. Layer: database. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "database/describe.h"
#include "database/service.h"
#include "database/source.h"
#include "database/sqlite_backend.h"
#include "database/worker.h"
#include "database/worker_process.h"
#include "mcp/clock.h"
#include "mcp/log.h"
#include "serve/serve.h"
#include "serve/state_key.h"

extern const char database_settings_schema[]; /* schemas/config/database.json */
extern const char database_sample_script[];   /* resources/sample_database.sql */

static const char program[] = "mcp-database";

static const char usage[] =
    "Usage: mcp-database [OPTION...]\n"
    "       mcp-database init FILE\n"
    "\n"
    "Serve a SQLite or PostgreSQL database to language models over the Model Context Protocol: the "
    "tool\n"
    "execute_query, tools to explore, and the resource database://metadata. Nothing a query says "
    "can write: it runs "
    "in\n"
    "a sandboxed process on a read-only handle and is stopped at its deadline.\n"
    "\n"
    "  init FILE    create the sample database there and end\n"
    "\n"
    "Try it:\n"
    "  mcp-database init test_data/sample.db\n"
    "  mcp-database &\n"
    "  mcp-call http://localhost:8000/mcp tools/call \\\n"
    "    '{\"name\":\"execute_query\",\"arguments\":{\"query\":\"SELECT * FROM products\"}}'\n"
    "\n"
    "Exit codes: 0 stopped as asked, 1 failed, 2 a bad option or setting.\n"
    "\n"
    "Options (command line, then environment, then .env, then default):\n";

#define INSTRUCTIONS(database, statements, dialect)                                                \
    "Read-only SQL over one " database " database.\n"                                              \
    "1. Read the resource database://metadata: tables, columns, keys, meanings.\n"                 \
    "2. Call execute_query with one SELECT (or " statements ") in " dialect " dialect.\n"          \
    "   search_schema, sample_rows and column_values help to write it, validate_query to check "   \
    "it.\n"                                                                                        \
    "3. Answers are capped: when truncated is true, aggregate or add WHERE and LIMIT.\n"           \
    "4. An error names what was refused; correct the statement and try again."

static const char instructions[] =
    INSTRUCTIONS("SQLite", "WITH, VALUES, EXPLAIN QUERY PLAN", "SQLite's");
static const char postgres_instructions[] =
    INSTRUCTIONS("PostgreSQL", "WITH, VALUES, TABLE", "PostgreSQL's");

static int init_sample(int argc, char **argv) {
    struct mcp_err err = {0};
    if (argc != 1 || argv[0][0] == '-') {
        (void)fprintf(stderr, "Usage: mcp-database init FILE\n");
        return MCP_EXIT_USAGE;
    }
    if (database_sqlite_create(argv[0], database_sample_script, &err) != MCP_OK)
        return mcp_program_complain(program, &err, MCP_EXIT_FAILURE);
    (void)printf("created %s\n", argv[0]);
    return MCP_EXIT_OK;
}

static enum mcp_code read_descriptions(const json_t *settings, json_t **out, struct mcp_err *err) {
    const char *path = json_string_value(json_object_get(settings, "metadata_path"));
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT((size_t)16 << 20);
    json_t *descriptions MCP_AUTO(mcp_json_decref) = NULL;
    bool is_default = strcmp(path, "resources/metadata.json") == 0;
    if (is_default && access(path, F_OK) != 0)
        return MCP_OK;
    MCP_TRY(mcp_file_read(path, &text, err));
    enum mcp_code code = mcp_json_parse(mcp_buf_view(&text), &descriptions, err);
    if (code == MCP_OK)
        code = database_describe_check(descriptions, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "%s:", path);
    *out = MCP_TAKE(descriptions);
    return MCP_OK;
}

static size_t number(const json_t *settings, const char *key) {
    return (size_t)json_integer_value(json_object_get(settings, key));
}

static enum mcp_code start_pool(struct database_service *service, const json_t *configuration,
                                struct mcp_err *err) {
    struct database_pool_options options = {
        .configuration = configuration,
        .worker_count = number(service->settings, "workers"),
        .max_queue = number(service->settings, "max_waiting"),
        .deadline_ms = number(service->settings, "query_timeout_ms"),
        .max_result_bytes = number(service->settings, "max_result_bytes") + ((size_t)16 << 20),
    };
    return database_pool_start(&options, &service->pool, err);
}

static enum mcp_code make_server(struct database_service *service, struct mcp_err *err) {
    unsigned char state_key[SERVE_STATE_KEY_BYTES];
    bool has_state_key = false;
    MCP_TRY(serve_state_key_read(service->settings, state_key, &has_state_key, err));
    const struct mcp_server_options options = {
        .name = json_string_value(json_object_get(service->settings, "server_name")),
        .version = service->version,
        .instructions = service->is_postgres ? postgres_instructions : instructions,
        .state_key = has_state_key ? state_key : NULL,
        .on_broken_promise = serve_log_broken_promise,
    };
    MCP_TRY(mcp_server_new(&options, &service->server, err));
    MCP_TRY(database_tools_add(service, err));
    return database_resources_add(service, err);
}

static void release(void *user) {
    struct database_service *service = user;
    database_pool_stop(service->pool); /* ends every waiting call */
    service->pool = NULL;
}

static void refresh(void *user) {
    database_refresh(user);
}

static void log_source(const struct database_service *service) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf name = MCP_BUF_INIT(8192);
    database_source_name(service->settings, &name);
    MCP_LOG(INFO, "mcp-database", "database=%s", name.data != NULL ? name.data : "");
}

static void look(void *user) {
    database_look(user);
}

static struct mcp_file_watch *watch_database(const struct database_service *service) {
    const char *path = json_string_value(json_object_get(service->settings, "database_path"));
    return service->is_postgres ? NULL : mcp_program_watch_file(path);
}

static int run(struct database_service *service, const json_t *configuration) {
    struct mcp_err err = {0};
    MCP_AUTO(mcp_file_watch_closep) struct mcp_file_watch *file = watch_database(service);
    log_source(service);
    if (start_pool(service, configuration, &err) != MCP_OK)
        return mcp_program_complain(program, &err, MCP_EXIT_FAILURE);
    int exit_code = MCP_EXIT_FAILURE;
    if (make_server(service, &err) != MCP_OK) {
        mcp_server_free(service->server);
        exit_code = mcp_program_complain(program, &err, MCP_EXIT_FAILURE);
    } else {
        size_t interval_s = number(service->settings, "schema_check_s");
        const struct mcp_program_watch watch = {
            .on_reload = refresh,
            .file = file,
            .user = service,
            .on_tick = service->is_postgres && interval_s > 0 ? look : NULL,
            .tick_ms = 1000 * (uint64_t)interval_s};
        const struct serve_options options = {.program = program,
                                              .settings = service->settings,
                                              .health = database_health_render,
                                              .health_user = service,
                                              .watch = &watch,
                                              .started = refresh,
                                              .release = release,
                                              .user = service};
        exit_code = serve_run(service->server, &options);
    }
    database_pool_stop(service->pool);
    return exit_code;
}

static int serve_database(int argc, char **argv, const json_t *schema) {
    struct mcp_err err = {0};
    json_t *settings MCP_AUTO(mcp_json_decref) = NULL;
    json_t *descriptions MCP_AUTO(mcp_json_decref) = NULL;
    json_t *configuration MCP_AUTO(mcp_json_decref) = NULL; /* of the workers */
    const struct database_surroundings around = {argc, argv, environ};
    if (mcp_program_settings(schema, argc, argv, &settings, NULL, &err) != MCP_OK ||
        read_descriptions(settings, &descriptions, &err) != MCP_OK ||
        database_source_configure(settings, &around, &configuration, &err) != MCP_OK)
        return mcp_program_complain(program, &err, MCP_EXIT_USAGE);
    serve_set_log_level(settings);
    struct database_service service = {.settings = settings,
                                       .descriptions = descriptions,
                                       .is_postgres = database_source_is_postgres(settings),
                                       .started_ms = mcp_clock_now_ms(),
                                       .version = MCP_VERSION_STRING};
    database_catalogue_init(&service.catalogue);
    int exit_code = run(&service, configuration);
    database_catalogue_deinit(&service.catalogue);
    return exit_code;
}

int main(int argc, char **argv) {
    struct mcp_err err = {0};
    json_t *schema MCP_AUTO(mcp_json_decref) = NULL;
    if (argc == 2 && strcmp(argv[1], DATABASE_WORKER_ARGUMENT) == 0)
        return database_worker_main(DATABASE_WORKER_FD);
    mcp_program_prepare();
    if (mcp_json_parse(mcp_str_of(database_settings_schema), &schema, &err) != MCP_OK)
        return mcp_program_complain(program, &err, MCP_EXIT_FAILURE);
    switch (mcp_program_wish(argc - 1, argv + 1)) {
    case MCP_WISH_HELP:
        return mcp_program_help(usage, schema);
    case MCP_WISH_VERSION:
        return printf("%s %s\n", program, MCP_VERSION_STRING) > 0 ? MCP_EXIT_OK : MCP_EXIT_FAILURE;
    case MCP_WISH_WORK:
        break;
    }
    if (argc > 1 && strcmp(argv[1], "init") == 0)
        return init_sample(argc - 2, argv + 2);
    if (argc > 1 && argv[1][0] != '-') {
        (void)MCP_FAIL(&err, MCP_E_INVALID, "unknown command \"%.64s\": expected init FILE",
                       argv[1]);
        return mcp_program_complain(program, &err, MCP_EXIT_USAGE);
    }
    return serve_database(argc - 1, argv + 1, schema);
}
