/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/listen_options.json. */
#include <string.h>

#include "listen/listen_options.h"
#include "probe.h"

#define MAX_ROWS 8

probe_fn probe_listen_options;

static const struct {
    const char *name;
    size_t offset;
} fields[] = {
    {"worker_count", offsetof(struct mcp_listen_options, worker_count)},
    {"worker_queue", offsetof(struct mcp_listen_options, worker_queue)},
    {"max_body_bytes", offsetof(struct mcp_listen_options, max_body_bytes)},
    {"max_connections", offsetof(struct mcp_listen_options, max_connections)},
    {"max_connections_per_address",
     offsetof(struct mcp_listen_options, max_connections_per_address)},
    {"max_streams", offsetof(struct mcp_listen_options, max_streams)},
    {"stream_queue_bytes", offsetof(struct mcp_listen_options, stream_queue_bytes)},
    {"stream_queue_events", offsetof(struct mcp_listen_options, stream_queue_events)},
    {"replay_bytes", offsetof(struct mcp_listen_options, replay_bytes)},
    {"replay_events", offsetof(struct mcp_listen_options, replay_events)},
    {"header_timeout_ms", offsetof(struct mcp_listen_options, header_timeout_ms)},
    {"body_timeout_ms", offsetof(struct mcp_listen_options, body_timeout_ms)},
    {"idle_timeout_ms", offsetof(struct mcp_listen_options, idle_timeout_ms)},
    {"keepalive_ms", offsetof(struct mcp_listen_options, keepalive_ms)},
};

static unsigned render(struct mcp_buf *out, void *user) {
    (void)out;
    (void)user;
    return 200;
}

static size_t rows_of(const json_t *list) {
    return json_array_size(list) < MAX_ROWS ? json_array_size(list) : MAX_ROWS;
}

static json_t *describe(const struct mcp_listen_options *options) {
    json_auto_t *out = json_pack("{s:s}", "host", options->host);
    int rc = out != NULL ? 0 : -1;
    for (size_t i = 0; i < MCP_COUNT(fields) && rc == 0; i++) {
        uint64_t value = 0; /* size_t and uint64_t are the same here */
        memcpy(&value, (const char *)options + fields[i].offset, sizeof value);
        rc = json_object_set_new(out, fields[i].name, json_integer((json_int_t)value));
    }
    return rc == 0 ? MCP_TAKE(out) : NULL;
}

_Static_assert(sizeof(size_t) == sizeof(uint64_t), "one kind of number");

enum mcp_code probe_listen_options(const json_t *in, json_t **out, struct mcp_err *err) {
    struct mcp_bearer bearers[MAX_ROWS];
    struct mcp_page pages[MAX_ROWS];
    struct mcp_listen_options given = {.host = json_string_value(json_object_get(in, "host")),
                                       .unix_mode = (unsigned)probe_int(in, "unix_mode", 0),
                                       .bearers = bearers,
                                       .pages = pages};
    for (size_t i = 0; i < MCP_COUNT(fields); i++) {
        uint64_t value = (uint64_t)probe_int(in, fields[i].name, 0);
        memcpy((char *)&given + fields[i].offset, &value, sizeof value);
    }
    const json_t *list = json_object_get(in, "bearers");
    for (given.bearer_count = 0; given.bearer_count < rows_of(list); given.bearer_count++) {
        const json_t *row = json_array_get(list, given.bearer_count);
        bearers[given.bearer_count] = (struct mcp_bearer){
            json_string_value(json_array_get(row, 0)), json_string_value(json_array_get(row, 1))};
    }
    list = json_object_get(in, "pages");
    for (given.page_count = 0; given.page_count < rows_of(list); given.page_count++)
        pages[given.page_count] =
            (struct mcp_page){json_string_value(json_array_get(list, given.page_count)),
                              "text/plain", render, NULL, false};
    struct mcp_listen_options filled;
    MCP_TRY(mcp_listen_options_fill(json_is_null(in) ? NULL : &given, &filled, err));
    return probe_give(describe(&filled), out, err);
}
