/* SPDX-License-Identifier: MIT */
/* serve.c - see serve.h. */
#include "product_metadata/serve.h"

#include <stdio.h>

#include "mcp/clock.h"
#include "mcp/log.h"
#include "product_metadata/embedded.h"
#include "product_metadata/health.h"
#include "product_metadata/reload.h"
#include "product_metadata/tools.h"
#include "serve/serve.h"
#include "serve/state_key.h"

static const char name[] = "Product Metadata MCP";

/* For the model behind a client: six lines. */
static const char instructions[] =
    "What people call products and columns, and what the database calls them: ask before writing "
    "SQL.\n"
    "1. Call resolve_terms with the words of the question; take each term's first match, but when "
    "it is \"ambiguous\" ask the user which one is meant.\n"
    "2. A product: filter by one of its database_references, {\"table.column\": value}; "
    "lookup_product shows all of one product.\n"
    "3. A mapping: its sql is the column or expression to use, with the date column at hand in "
    "place of {date_column}; take \"dialects\" or column-mappings://{dialect} for your engine, "
    "else it is PostgreSQL's.\n"
    "4. To see everything read product-aliases://list and column-mappings://list; "
    "metadata-summary://info tells when it last changed.\n"
    "5. A word without a match is not defined here: look into the database's own schema or ask the "
    "user, do not guess.";

/* What lives as long as the server. */
struct service {
    json_t *settings;
    struct mcp_schema *schema;
    struct product_store *store;
    struct mcp_server *server; /* borrowed once serve_run has taken it */
    struct product_reload reload;
    struct mcp_file_watch *file;
    uint64_t started_ms;
};

static void service_deinit(struct service *service) {
    mcp_file_watch_close(service->file);
    product_store_free(service->store);
    mcp_schema_free(service->schema);
    json_decref(service->settings);
}

static enum mcp_code read_settings(struct service *service, int argc, char **argv,
                                   struct mcp_err *err) {
    json_auto_t *schema = NULL;
    MCP_TRY(mcp_json_parse(mcp_str_of(product_settings_schema), &schema, err));
    MCP_TRY(mcp_program_settings(schema, argc, argv, &service->settings, NULL, err));
    serve_set_log_level(service->settings);
    service->reload.path = json_string_value(json_object_get(service->settings, "metadata_path"));
    return MCP_OK;
}

static void log_loaded(void *user) {
    const struct service *service = user;
    MCP_AUTO(product_snapshot_unrefp)
    struct product_snapshot *snapshot = product_store_get(service->store);
    const struct product_snapshot_facts *facts = product_snapshot_facts(snapshot);
    MCP_LOG(INFO, "product.metadata", "event=loaded path=%s products=%zu mappings=%zu version=%s",
            service->reload.path, facts->product_count, facts->mapping_count, facts->version);
}

static void reload(void *user) {
    struct service *service = user;
    struct mcp_err err = {0};
    if (product_reload_run(&service->reload, &err) == MCP_OK)
        log_loaded(service);
    else
        MCP_LOG(WARN, "product.metadata", "event=reload_failed where=%s what=\"%s\" serving=former",
                err.where, err.what);
}

static unsigned render_health(struct mcp_buf *out, void *user) {
    const struct service *service = user;
    struct product_store_status status;
    MCP_AUTO(product_snapshot_unrefp) struct product_snapshot *snapshot = NULL;
    product_store_status(service->store, &status, &snapshot);
    const struct product_health health = {
        .name = name,
        .version = MCP_VERSION_STRING,
        .uptime_ms = mcp_clock_now_ms() - service->started_ms,
        .is_stopping = mcp_server_is_stopping(service->server),
        .status = &status,
        .snapshot = snapshot,
    };
    return product_health_write(&health, out);
}

static enum mcp_code load_first(struct service *service, struct mcp_err *err) {
    MCP_TRY(product_loader_schema(&service->schema, err));
    MCP_TRY(product_store_new(&service->store, err));
    service->reload.schema = service->schema;
    service->reload.store = service->store;
    return product_reload_run(&service->reload, err);
}

static enum mcp_code make_server(struct service *service, struct mcp_err *err) {
    unsigned char state_key[SERVE_STATE_KEY_BYTES];
    bool has_state_key = false;
    MCP_TRY(serve_state_key_read(service->settings, state_key, &has_state_key, err));
    const struct mcp_server_options options = {.name = name,
                                               .version = MCP_VERSION_STRING,
                                               .instructions = instructions,
                                               .state_key = has_state_key ? state_key : NULL,
                                               .on_broken_promise = serve_log_broken_promise};
    MCP_TRY(mcp_server_new(&options, &service->server, err));
    service->reload.server = service->server;
    enum mcp_code code = product_resources_add(service->server, service->store, err);
    if (code == MCP_OK)
        code = product_tools_add(service->server, service->store, err);
    if (code != MCP_OK)
        mcp_server_free(service->server);
    return code;
}

/* A file that is not there is a bad setting; say how to have one. */
static int complain_of_metadata(struct mcp_err *err) {
    bool is_setting = err->code == MCP_E_NOT_FOUND || err->code == MCP_E_IO;
    if (err->code == MCP_E_NOT_FOUND)
        (void)snprintf(err->what, sizeof err->what,
                       "no such file: name one with --metadata-path or "
                       "PRODUCT_MCP_METADATA_PATH, or make one with \"" PRODUCT_PROGRAM
                       " generate\"");
    return mcp_program_complain(PRODUCT_PROGRAM, err,
                                is_setting ? MCP_EXIT_USAGE : MCP_EXIT_FAILURE);
}

int product_serve(int argc, char **argv) {
    MCP_AUTO(service_deinit) struct service service = {.started_ms = mcp_clock_now_ms()};
    struct mcp_err err = {0};
    if (read_settings(&service, argc, argv, &err) != MCP_OK)
        return mcp_program_complain(PRODUCT_PROGRAM, &err, MCP_EXIT_USAGE);
    service.file = mcp_program_watch_file(service.reload.path);
    if (load_first(&service, &err) != MCP_OK)
        return complain_of_metadata(&err);
    if (make_server(&service, &err) != MCP_OK)
        return mcp_program_complain(PRODUCT_PROGRAM, &err, MCP_EXIT_FAILURE);
    const struct mcp_program_watch watch = {
        .on_reload = reload, .file = service.file, .user = &service};
    const struct serve_options options = {.program = PRODUCT_PROGRAM,
                                          .settings = service.settings,
                                          .health = render_health,
                                          .health_user = &service,
                                          .watch = &watch,
                                          .started = log_loaded,
                                          .user = &service};
    return serve_run(service.server, &options);
}
