/* SPDX-License-Identifier: MIT */
/* start.c - see start.h. */
#include "server/start.h"

#include "base/random.h"
#include "mcp/alloc.h"
#include "protocol/shape.h"
#include "server/catalog_look.h"

enum { MAX_RESULT_BYTES = 1024 * 1024 };

static enum mcp_code need(const void *made, struct mcp_err *err) {
    return made != NULL ? MCP_OK : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

/* Takes `members`. */
static enum mcp_code encode(const struct mcp_server *server, const char *method,
                            enum mcp_version version, json_t *members, struct mcp_blob **out_blob,
                            struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_RESULT_BYTES);
    MCP_AUTO(mcp_result_deinit) struct mcp_result result = {0};
    const struct mcp_shape shape = {
        .method = mcp_method_find(mcp_str_of(method), version, MCP_SIDE_CLIENT),
        .version = version,
        .ttl_ms = server->options.list_ttl_ms,
        .server_info = server->server_info};
    MCP_TRY(mcp_result_take(&result, members, err));
    MCP_TRY(mcp_shape_result(&result, &shape, err));
    MCP_TRY(mcp_result_write(&result, &text, err));
    *out_blob = mcp_blob_new(mcp_buf_view(&text));
    return need(*out_blob, err);
}

static enum mcp_code make_greetings(struct mcp_server *server, struct mcp_err *err) {
    for (int i = MCP_VERSION_OLDEST; i <= MCP_VERSION_NEWEST_LEGACY; i++) {
        enum mcp_version version = (enum mcp_version)i;
        json_t *members =
            json_pack("{s:s, s:O, s:O, s:s*}", "protocolVersion", mcp_version_text(version),
                      "capabilities", server->capabilities, "serverInfo", server->server_info,
                      "instructions", server->options.instructions);
        MCP_TRY(encode(server, "initialize", version, members, &server->greetings[i], err));
    }
    return MCP_OK;
}

static enum mcp_code make_discovery(struct mcp_server *server, struct mcp_err *err) {
    json_t *members = json_pack("{s:[s], s:O, s:s*}", "supportedVersions",
                                mcp_version_text(MCP_VERSION_NEWEST), "capabilities",
                                server->capabilities, "instructions", server->options.instructions);
    return encode(server, "server/discover", MCP_VERSION_NEWEST, members, &server->discovery, err);
}

static enum mcp_code make_listings(struct mcp_server *server, struct mcp_err *err) {
    static const char *const methods[MCP_LISTING_COUNT] = {
        "tools/list", "resources/list", "resources/templates/list", "prompts/list"};
    for (size_t i = 0; i < MCP_LISTING_COUNT; i++) {
        const struct mcp_listing_options options = {
            .method = mcp_method_find(mcp_str_of(methods[i]), MCP_VERSION_NEWEST, MCP_SIDE_CLIENT),
            .page_size = server->options.page_size,
            .ttl_ms = server->options.list_ttl_ms,
            .secret = server->secret,
            .server_info = server->server_info};
        json_auto_t *items = mcp_catalog_items(&server->catalog, options.method->list_key);
        MCP_TRY(need(items, err));
        MCP_TRY(mcp_listing_build(&server->listings[i], items, &options, err));
    }
    return MCP_OK;
}

static enum mcp_code make_identity(struct mcp_server *server, struct mcp_err *err) {
    MCP_TRY(mcp_random_fill(server->secret, sizeof server->secret, err));
    const struct mcp_server_options *options = &server->options;
    server->server_info = json_pack("{s:s, s:s*, s:s, s:s*, s:s*}", "name", options->name, "title",
                                    options->title, "version", options->version, "description",
                                    options->description, "websiteUrl", options->website_url);
    MCP_TRY(need(server->server_info, err));
    if (!mcp_icons_add(server->server_info, &options->icons))
        return need(NULL, err);
    server->capabilities = mcp_catalog_capabilities(&server->catalog);
    return need(server->capabilities, err);
}

static enum mcp_code make_all(struct mcp_server *server, struct mcp_err *err) {
    MCP_TRY(make_identity(server, err));
    MCP_TRY(make_listings(server, err));
    MCP_TRY(make_greetings(server, err));
    MCP_TRY(make_discovery(server, err));
    return mcp_catalog_make_heads(&server->catalog, server->server_info, err);
}

/* jansson leaves an optional member out when its memory is refused: a server must not start with
 * less than was registered. */
enum mcp_code mcp_engine_prepare(struct mcp_server *server, struct mcp_err *err) {
    size_t refused = mcp_alloc_refusals();
    MCP_TRY(make_all(server, err));
    return mcp_alloc_refusals() == refused ? MCP_OK : need(NULL, err);
}

void mcp_engine_unprepare(struct mcp_server *server) {
    for (size_t i = 0; i < MCP_LISTING_COUNT; i++)
        mcp_listing_deinit(&server->listings[i]);
    for (size_t i = 0; i < MCP_COUNT(server->greetings); i++) {
        mcp_blob_unref(server->greetings[i]);
        server->greetings[i] = NULL;
    }
    mcp_blob_unref(server->discovery);
    server->discovery = NULL;
    mcp_json_decref(&server->server_info);
    mcp_json_decref(&server->capabilities);
}
