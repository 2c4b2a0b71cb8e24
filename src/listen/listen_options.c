/* SPDX-License-Identifier: MIT */
/* listen_options.c - see listen_options.h. Pure: no I/O, no clock, no log. */
#include "listen/listen_options.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "listen/bearers.h"
#include "listen/http_route.h"
#include "listen/worker_pool.h"

#define MAX_BYTES   ((size_t)1 << 30)
#define MAX_COUNT   ((size_t)1 << 20)
#define MAX_TIMEOUT ((uint64_t)86400000)

struct size_rule {
    const char *name;
    size_t offset;
    size_t otherwise;
    size_t least;
    size_t most;
};

#define SIZE(name, otherwise, least, most)                                                         \
    { "/" #name, offsetof(struct mcp_listen_options, name), (otherwise), (least), (most) }

static const struct size_rule sizes[] = {
    SIZE(worker_count, 4, 1, MCP_WORKER_POOL_MAX_THREADS),
    SIZE(worker_queue, 256, 1, MCP_WORKER_POOL_MAX_QUEUE),
    SIZE(max_body_bytes, (size_t)4 << 20, 64, MAX_BYTES),
    SIZE(max_connections, 1024, 1, MAX_COUNT),
    SIZE(max_connections_per_address, 256, 1, MAX_COUNT),
    SIZE(max_streams, 512, 1, MAX_COUNT),
    SIZE(stream_queue_bytes, (size_t)1 << 20, 1024, MAX_BYTES),
    SIZE(stream_queue_events, 1024, 1, MAX_COUNT),
    SIZE(replay_bytes, (size_t)1 << 20, 1, MAX_BYTES),
    SIZE(replay_events, 256, 1, 65536),
};

struct time_rule {
    const char *name;
    size_t offset;
    uint64_t otherwise;
};

#define TIME(name, otherwise)                                                                      \
    { "/" #name, offsetof(struct mcp_listen_options, name), (otherwise) }

static const struct time_rule times[] = {
    TIME(header_timeout_ms, 5000),
    TIME(body_timeout_ms, 10000),
    TIME(idle_timeout_ms, 60000),
    TIME(keepalive_ms, 15000),
};

static enum mcp_code fill_size(struct mcp_listen_options *options, const struct size_rule *rule,
                               struct mcp_err *err) {
    size_t value = 0;
    char *field = (char *)options + rule->offset;
    memcpy(&value, field, sizeof value);
    if (value == 0)
        value = rule->otherwise;
    if (value < rule->least || value > rule->most)
        return mcp_err_at(err,
                          MCP_FAIL(err, MCP_E_INVALID, "%zu is not within %zu and %zu", value,
                                   rule->least, rule->most),
                          "%s", rule->name);
    memcpy(field, &value, sizeof value);
    return MCP_OK;
}

static enum mcp_code fill_time(struct mcp_listen_options *options, const struct time_rule *rule,
                               struct mcp_err *err) {
    uint64_t value = 0;
    char *field = (char *)options + rule->offset;
    memcpy(&value, field, sizeof value);
    if (value == 0)
        value = rule->otherwise;
    if (value > MAX_TIMEOUT)
        return mcp_err_at(err,
                          MCP_FAIL(err, MCP_E_INVALID, "%" PRIu64 " ms is more than %" PRIu64,
                                   value, MAX_TIMEOUT),
                          "%s", rule->name);
    memcpy(field, &value, sizeof value);
    return MCP_OK;
}

static enum mcp_code check_pages(const struct mcp_listen_options *options, struct mcp_err *err) {
    for (size_t i = 0; i < options->page_count; i++) {
        const struct mcp_page *page = &options->pages[i];
        struct mcp_http_route route;
        mcp_http_route_find(mcp_str_of(page->path), NULL, 0, &route);
        bool is_free = route.endpoint == MCP_HTTP_NOWHERE && strchr(page->path, '?') == NULL;
        if (!is_free || page->render == NULL || page->content_type == NULL)
            return mcp_err_at(err,
                              MCP_FAIL(err, MCP_E_INVALID,
                                       "a page needs a path of its own, a content type and a "
                                       "function"),
                              "/pages/%zu", i);
    }
    return MCP_OK;
}

static enum mcp_code fill_numbers(struct mcp_listen_options *options, struct mcp_err *err) {
    for (size_t i = 0; i < MCP_COUNT(sizes); i++)
        MCP_TRY(fill_size(options, &sizes[i], err));
    for (size_t i = 0; i < MCP_COUNT(times); i++)
        MCP_TRY(fill_time(options, &times[i], err));
    return MCP_OK;
}

enum mcp_code mcp_listen_options_fill(const struct mcp_listen_options *options,
                                      struct mcp_listen_options *out_options, struct mcp_err *err) {
    struct mcp_listen_options filled = {0};
    if (options != NULL)
        filled = *options;
    if (filled.host == NULL)
        filled.host = "127.0.0.1";
    if (filled.unix_mode == 0)
        filled.unix_mode = 0600;
    if (filled.unix_mode > 0777)
        return mcp_err_at(err,
                          MCP_FAIL(err, MCP_E_INVALID, "%o is more than 777", filled.unix_mode),
                          "/unix_mode");
    MCP_TRY(fill_numbers(&filled, err));
    MCP_TRY(mcp_bearers_check(filled.bearers, filled.bearer_count, err));
    MCP_TRY(check_pages(&filled, err));
    *out_options = filled;
    return MCP_OK;
}
