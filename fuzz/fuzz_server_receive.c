/* SPDX-License-Identifier: MIT */
/*
 * Target: mcp_server_receive, the whole engine in memory, both eras, all carriers. The input is a
 * script: one arrival a line, its first byte (with one bit turned) says how it comes. Property:
 * every outlet is ended exactly once, with nothing after the last message; every message is
 * JSON-RPC, and a request only what a client can be asked; nothing is left in flight.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "fixture_server.h"
#include "mcp/jsonrpc.h"
#include "trace_outlet.h"

enum { MAX_LINES = 24, MAX_STREAMS = 4, MAX_BODY_BYTES = 16 << 20 };

struct play {
    struct fixture fixture;
    struct trace_outlet outlets[MAX_LINES];
    struct trace_outlet stream;
    struct trace_outlet events;               /* of the HTTP+SSE session */
    struct trace_outlet streams[MAX_STREAMS]; /* of Streamable HTTP sessions */
    size_t count;
    size_t stream_count;
    char pipe[33];       /* session of the stdio carrier */
    char sse[33];        /* of HTTP+SSE, opened by its first arrival */
    char web[64];        /* the last session named over Streamable HTTP */
    char version[11];    /* what that asked for */
    char state[1 << 18]; /* the last requestState */
};

static bool is_question(const char *method) {
    return strcmp(method, "elicitation/create") == 0 ||
           strcmp(method, "sampling/createMessage") == 0 || strcmp(method, "roots/list") == 0;
}

static void check_message(json_t *message) {
    struct mcp_jsonrpc parsed = {0};
    const json_t *id = json_object_get(message, "id");
    const json_t *code = json_object_get(json_object_get(message, "error"), "code");
    /* An answer to what could not be read has a null id. */
    bool is_nameless = json_is_null(id) && json_is_integer(code);
    if (mcp_jsonrpc_classify(message, &parsed, NULL) != MCP_OK && !is_nameless)
        abort();
    if (parsed.root != NULL && parsed.kind == MCP_JSONRPC_REQUEST && !is_question(parsed.method))
        abort();
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

/* What the headers of a modern request say, read from its body; and its texts for a legacy one. */
struct heads {
    json_t *body;
    struct mcp_http_header all[4];
    size_t count;
};

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static void add_head(struct heads *heads, const char *name, const char *value) {
    if (value[0] != '\0')
        heads->all[heads->count++] = (struct mcp_http_header){mcp_str_of(name), mcp_str_of(value)};
}

/* Bit 2 of a modern arrival: a liar. */
static void mirror(struct heads *heads, bool is_liar) {
    const json_t *params = json_object_get(heads->body, "params");
    const char *name = text_at(params, "name");
    add_head(heads, "MCP-Protocol-Version", "2026-07-28");
    add_head(heads, "Mcp-Method", is_liar ? "tools/call" : text_at(heads->body, "method"));
    add_head(heads, "Mcp-Name", is_liar ? "echo" : name[0] != '\0' ? name : text_at(params, "uri"));
    add_head(heads, "Mcp-Param-City", text_at(json_object_get(params, "arguments"), "city"));
}

/* What initialize asked for over HTTP is what later requests name. */
static void note_version(struct play *play, const struct heads *heads) {
    const char *version = text_at(json_object_get(heads->body, "params"), "protocolVersion");
    if (strcmp(text_at(heads->body, "method"), "initialize") == 0 && strlen(version) == 10)
        memcpy(play->version, version, 11);
}

static void open_sse(struct play *play) {
    if (play->sse[0] != '\0')
        return;
    trace_outlet_init(&play->events);
    if (mcp_server_open_session(play->fixture.server, MCP_CARRIER_SSE, MCP_STR(""), 0, play->sse,
                                NULL) != MCP_OK ||
        mcp_server_attach(play->fixture.server, mcp_str_of(play->sse), MCP_STR(""),
                          &play->events.base, NULL) != MCP_OK)
        play->sse[0] = '\0';
}

/* A fuzzer cannot guess what is sealed: the last state that came replaces "$state". */
static void note_state(struct play *play, const struct trace_outlet *outlet) {
    static const char key[] = "\"requestState\":\"";
    for (size_t i = 0; i < outlet->sent && i < TRACE_MAX_SENT; i++) {
        const char *at = strstr(outlet->messages[i], key);
        size_t len = at != NULL ? strcspn(at + sizeof key - 1, "\"") : 0;
        if (len > 0 && len < sizeof play->state) {
            memcpy(play->state, at + sizeof key - 1, len);
            play->state[len] = '\0';
        }
    }
}

static void fill_state(const struct play *play, struct mcp_str body, struct mcp_buf *out) {
    static const char mark[] = "$state";
    const size_t len = sizeof mark - 1;
    for (size_t at = 0; at < body.len; at++) {
        if (body.len - at >= len && memcmp(body.ptr + at, mark, len) == 0) {
            mcp_buf_add(out, mcp_str_of(play->state));
            at += len - 1;
        } else {
            mcp_buf_addc(out, body.ptr[at]);
        }
    }
    if (mcp_buf_finish(out, NULL) != MCP_OK)
        abort();
}

static struct mcp_str session_of(struct play *play, uint8_t how) {
    if (how % 4 == 0)
        return mcp_str_of(play->pipe);
    if (how % 4 == 1)
        return mcp_str_of(play->sse);
    return mcp_str_of((how & 16) != 0 ? play->web : "");
}

/* Bits of the first byte: 0-1 carrier, 2 legacy header, 3 modern headers, 4 names the session. */
static void arrive(struct play *play, uint8_t how, struct mcp_str text) {
    static const enum mcp_carrier carriers[] = {MCP_CARRIER_STDIO, MCP_CARRIER_SSE,
                                                MCP_CARRIER_STREAMABLE, MCP_CARRIER_STREAMABLE};
    struct mcp_buf body = MCP_BUF_INIT(MAX_BODY_BYTES);
    struct heads heads = {0};
    struct trace_outlet *outlet = &play->outlets[play->count++];
    fill_state(play, text, &body);
    if (mcp_json_parse(mcp_buf_view(&body), &heads.body, NULL) != MCP_OK)
        heads.body = NULL;
    if (how % 4 == 1)
        open_sse(play);
    if (how % 4 == 2)
        note_version(play, &heads);
    if ((how & 8) != 0)
        mirror(&heads, (how & 4) != 0);
    else if ((how & 4) != 0)
        add_head(&heads, "MCP-Protocol-Version", play->version);
    const struct mcp_http_head head = {.method = MCP_STR("POST"),
                                       .path = MCP_STR("/mcp"),
                                       .headers = heads.all,
                                       .header_count = heads.count};
    const struct mcp_arrival arrival = {.body = mcp_buf_view(&body),
                                        .carrier = carriers[how % 4],
                                        .http = how % 4 == 1 || how % 4 == 2 ? &head : NULL,
                                        .session_id = session_of(play, how),
                                        .now_ms = play->count};
    trace_outlet_init(outlet);
    mcp_server_receive(play->fixture.server, &arrival, &outlet->base);
    note_state(play, outlet);
    if (outlet->session_id[0] != '\0')
        memcpy(play->web, outlet->session_id, sizeof play->web);
    json_decref(heads.body);
    mcp_buf_deinit(&body);
}

/* A GET of the web session: its standalone stream. */
static void listen_to_web(struct play *play) {
    if (play->stream_count == MAX_STREAMS)
        return;
    struct trace_outlet *outlet = &play->streams[play->stream_count];
    trace_outlet_init(outlet);
    if (mcp_server_attach(play->fixture.server, mcp_str_of(play->web), MCP_STR(""), &outlet->base,
                          NULL) == MCP_OK)
        play->stream_count++;
    else
        trace_outlet_deinit(outlet);
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
    case 7:
        listen_to_web(play);
        break;
    default:
        break;
    }
}

static void open_pipe(struct play *play) {
    trace_outlet_init(&play->stream);
    if (fixture_open_asking(&play->fixture, NULL, NULL) != MCP_OK ||
        mcp_server_open_session(play->fixture.server, MCP_CARRIER_STDIO, MCP_STR(""), 0, play->pipe,
                                NULL) != MCP_OK ||
        mcp_server_attach(play->fixture.server, mcp_str_of(play->pipe), MCP_STR(""),
                          &play->stream.base, NULL) != MCP_OK)
        abort();
    play->fixture.is_released = true; /* the slow tool must not wait: it runs on this thread */
}

static void close_outlet(struct trace_outlet *outlet) {
    check(outlet);
    trace_outlet_deinit(outlet);
}

static void close_all(struct play *play) {
    struct mcp_server_counts counts;
    mcp_server_stop(play->fixture.server);
    fixture_release(&play->fixture);
    mcp_server_count(play->fixture.server, &counts);
    if (counts.in_flight != 0 || counts.streams != 0)
        abort();
    fixture_close(&play->fixture);
    close_outlet(&play->stream);
    if (play->sse[0] != '\0')
        close_outlet(&play->events);
    for (size_t i = 0; i < play->stream_count; i++)
        close_outlet(&play->streams[i]);
    for (size_t i = 0; i < play->count; i++)
        close_outlet(&play->outlets[i]);
}

/* The same script does the same again. */
static enum mcp_code count_up(void *out, size_t len, void *user, struct mcp_err *err) {
    uint32_t *next = user;
    unsigned char *bytes = out;
    (void)err;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (unsigned char)((++*next * 2654435761u) >> 24);
    return MCP_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct play play;
    static uint32_t drawn;
    memset(&play, 0, offsetof(struct play, state) + 1);
    memcpy(play.version, "2025-03-26", 11);
    drawn = 0;
    mcp_random_install(count_up, &drawn);
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
