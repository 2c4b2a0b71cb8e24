/* SPDX-License-Identifier: MIT */
/*
 * Target: mcp_server_receive, the whole engine in memory, both eras, all carriers. The input is a
 * script: one arrival a line, its first byte (with one bit turned) says how it comes. Property:
 * every outlet is ended exactly once, with nothing after the last message; every message is
 * JSON-RPC; nothing is left in flight.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fixture_server.h"
#include "mcp/jsonrpc.h"
#include "trace_outlet.h"

enum { MAX_LINES = 24 };

struct play {
    struct fixture fixture;
    struct trace_outlet outlets[MAX_LINES];
    struct trace_outlet stream;
    size_t count;
    char pipe[33]; /* session of the stdio carrier */
    char web[64];  /* the last session named over Streamable HTTP */
};

static void check_message(json_t *message) {
    struct mcp_jsonrpc parsed = {0};
    const json_t *id = json_object_get(message, "id");
    const json_t *code = json_object_get(json_object_get(message, "error"), "code");
    /* An answer to what could not be read has a null id. */
    bool is_nameless = json_is_null(id) && json_is_integer(code);
    if (mcp_jsonrpc_classify(message, &parsed, NULL) != MCP_OK && !is_nameless)
        abort();
    if (parsed.root != NULL && parsed.kind == MCP_JSONRPC_REQUEST)
        abort(); /* this server asks nothing */
    mcp_jsonrpc_deinit(&parsed);
}

static void check(const struct trace_outlet *outlet) {
    json_t *trace = trace_outlet_json(outlet);
    size_t i;
    json_t *message;
    if (trace == NULL || outlet->ended != 1 || outlet->sin != NULL)
        abort();
    json_array_foreach(json_object_get(trace, "sent"), i, message) {
        size_t j;
        json_t *element;
        if (!json_is_array(message))
            check_message(message);
        if (json_is_array(message) && json_array_size(message) == 0)
            abort();
        json_array_foreach(message, j, element) check_message(element);
    }
    json_decref(trace);
}

/* Bits of the first byte: 0-1 carrier, 2 legacy header, 3 modern headers, 4 names the session. */
static void arrive(struct play *play, uint8_t how, struct mcp_str body) {
    const struct mcp_http_header modern[] = {
        {MCP_STR("MCP-Protocol-Version"), MCP_STR("2026-07-28")},
        {MCP_STR("Mcp-Method"), MCP_STR("tools/call")},
        {MCP_STR("Mcp-Name"), MCP_STR("echo")}};
    const struct mcp_http_header legacy[] = {
        {MCP_STR("MCP-Protocol-Version"), MCP_STR("2025-03-26")}};
    const struct mcp_http_head head = {.method = MCP_STR("POST"),
                                       .path = MCP_STR("/mcp"),
                                       .headers = (how & 8) != 0 ? modern : legacy,
                                       .header_count = (how & 8) != 0   ? 3
                                                       : (how & 4) != 0 ? 1
                                                                        : 0};
    const bool is_pipe = how % 4 < 2;
    struct trace_outlet *outlet = &play->outlets[play->count++];
    const struct mcp_arrival arrival = {
        .body = body,
        .carrier = is_pipe ? MCP_CARRIER_STDIO : MCP_CARRIER_STREAMABLE,
        .http = is_pipe || how % 4 == 3 ? NULL : &head,
        .session_id =
            is_pipe ? mcp_str_of(play->pipe) : mcp_str_of((how & 16) != 0 ? play->web : ""),
        .now_ms = play->count};
    trace_outlet_init(outlet);
    mcp_server_receive(play->fixture.server, &arrival, &outlet->base);
    if (outlet->session_id[0] != '\0')
        memcpy(play->web, outlet->session_id, sizeof play->web);
}

static void end_web(struct play *play) {
    enum mcp_code code =
        mcp_server_end_session(play->fixture.server, mcp_str_of(play->web), MCP_STR(""), NULL);
    if (code != MCP_OK && code != MCP_E_NOT_FOUND)
        abort();
}

/* What the world does between arrivals: upper bits of the first byte. */
static void happen(struct play *play, uint8_t what) {
    struct mcp_server *server = play->fixture.server;
    switch (what) {
    case 1:
        fixture_release(&play->fixture);
        break;
    case 2:
        mcp_server_resource_changed(server, "fixture://text");
        mcp_server_tool_list_changed(server);
        break;
    case 3:
        if (play->count > 0)
            mcp_server_outlet_gone(server, &play->outlets[play->count - 1].base);
        break;
    case 4:
        mcp_server_tick(server, UINT64_MAX / 2);
        break;
    case 5:
        end_web(play);
        break;
    case 6:
        mcp_server_stop(server);
        break;
    default:
        break;
    }
}

static void open_pipe(struct play *play) {
    trace_outlet_init(&play->stream);
    if (fixture_open(&play->fixture, NULL, NULL, NULL) != MCP_OK ||
        mcp_server_open_session(play->fixture.server, MCP_CARRIER_STDIO, MCP_STR(""), 0, play->pipe,
                                NULL) != MCP_OK ||
        mcp_server_attach(play->fixture.server, mcp_str_of(play->pipe), MCP_STR(""),
                          &play->stream.base, NULL) != MCP_OK)
        abort();
    play->fixture.is_released = true; /* the slow tool must not wait: it runs on this thread */
}

static void close_all(struct play *play) {
    struct mcp_server_counts counts;
    mcp_server_stop(play->fixture.server);
    fixture_release(&play->fixture);
    mcp_server_count(play->fixture.server, &counts);
    if (counts.in_flight != 0 || counts.streams != 0)
        abort();
    fixture_close(&play->fixture);
    check(&play->stream);
    trace_outlet_deinit(&play->stream);
    for (size_t i = 0; i < play->count; i++) {
        check(&play->outlets[i]);
        trace_outlet_deinit(&play->outlets[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct play play;
    memset(&play, 0, sizeof play);
    mcp_json_use_allocator();
    open_pipe(&play);
    while (size > 0 && play.count < MAX_LINES) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t len = end != NULL ? (size_t)(end - data) : size;
        if (len > 0) {
            const uint8_t how = data[0] ^ 0x20; /* so that a newline is not a common way */
            arrive(&play, how, (struct mcp_str){(const char *)data + 1, len - 1});
            happen(&play, how >> 5);
        }
        size_t used = len < size ? len + 1 : len;
        data += used;
        size -= used;
    }
    close_all(&play);
    return 0;
}
