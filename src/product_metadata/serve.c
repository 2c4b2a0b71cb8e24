/* SPDX-License-Identifier: MIT */
/* serve.c - see serve.h. */
#include "product_metadata/serve.h"

#include <stdio.h>

#include "mcp/clock.h"
#include "mcp/log.h"
#include "product_metadata/embedded.h"
#include "product_metadata/health.h"
#include "product_metadata/reload.h"
#include "serve/serve.h"

static const char name[] = "Product Metadata MCP";

static const char instructions[] =
    "What people call products and columns, and what the database calls them; use it to write "
    "SQL.\n"
    "1. product-aliases://list: for each product its canonical_id, canonical_name, aliases and "
    "database_references. Find the user's word among keys, names and aliases (ignore case, \"_\", "
    "\"-\"), then filter by a database_references entry: \"table.column\": value.\n"
    "2. column-mappings://list: terms and the SQL they mean. Put the date column at hand in place "
    "of {date_column}.\n"
    "3. metadata-summary://info: counts and last_updated; read the lists again when it changes.\n"
    "4. A word that is in neither list is not defined here: ask the user instead of guessing.\n"
    "5. Mappings are written in PostgreSQL's dialect where engines differ.";

/* What lives as long as the server. */
struct service {
    json_t *settings;
    struct mcp_schema *schema;
    struct product_store *store;
    struct mcp_server *server; /* borrowed once serve_run has taken it */
    struct product_reload reload;
    uint64_t started_ms;
};

static void service_deinit(struct service *service) {
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
    const struct mcp_server_options options = {
        .name = name, .version = MCP_VERSION_STRING, .instructions = instructions};
    MCP_TRY(mcp_server_new(&options, &service->server, err));
    service->reload.server = service->server;
    enum mcp_code code = product_resources_add(service->server, service->store, err);
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
    if (load_first(&service, &err) != MCP_OK)
        return complain_of_metadata(&err);
    if (make_server(&service, &err) != MCP_OK)
        return mcp_program_complain(PRODUCT_PROGRAM, &err, MCP_EXIT_FAILURE);
    const struct mcp_program_watch watch = {
        .on_reload = reload, .path = service.reload.path, .user = &service};
    const struct serve_options options = {.program = PRODUCT_PROGRAM,
                                          .settings = service.settings,
                                          .health = render_health,
                                          .health_user = &service,
                                          .watch = &watch,
                                          .started = log_loaded,
                                          .user = &service};
    return serve_run(service.server, &options);
}
