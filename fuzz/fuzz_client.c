/* SPDX-License-Identifier: MIT */
/* Target: the client engine's on_message. Property: whatever a server sends, every request ends
 * exactly once. Frames are separated by byte 0x1e; the first byte chooses what is asked. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/client.h"

enum { MAX_REQUESTS = 64 };

struct rig {
    struct mcp_link link; /* first */
    const struct mcp_link_events *events;
    struct mcp_client *client;
    int ends[MAX_REQUESTS];
    int count;
    int stops;
};

static enum mcp_code start(struct mcp_link *link, const struct mcp_link_events *events,
                           struct mcp_err *err) {
    (void)err;
    ((struct rig *)link)->events = events;
    return MCP_OK;
}

static enum mcp_code send_nothing(struct mcp_link *link, const struct mcp_link_message *message,
                                  struct mcp_err *err) {
    (void)link;
    (void)err;
    return message->body.len > 0 ? MCP_OK : MCP_E_BUG;
}

static void forget(struct mcp_link *link, uint64_t token) {
    (void)link;
    (void)token;
}

static void ready(struct mcp_link *link, const char *version) {
    (void)link;
    if (strlen(version) != strlen("2025-11-25"))
        abort();
}

static void stop(struct mcp_link *link) {
    ((struct rig *)link)->stops++;
}

static const struct mcp_link_ops ops = {start, send_nothing, forget, ready, stop, NULL};

static void on_done(const struct mcp_reply *reply, void *user) {
    if ((reply->code == MCP_OK) != (reply->result != NULL) ||
        (reply->code == MCP_OK) != (reply->err == NULL))
        abort();
    ++*(int *)user;
}

static int *another(struct rig *rig) {
    return &rig->ends[rig->count++];
}

/* As many requests as fit in the case, one more with every frame. */
static void ask(struct rig *rig, unsigned choice, uint64_t now_ms) {
    if (rig->count == MAX_REQUESTS)
        return;
    if (choice % 3 == 0)
        mcp_client_list(rig->client, "tools/list", "tools", now_ms, 50, on_done, another(rig));
    else
        (void)mcp_client_request(rig->client, "ping", NULL, now_ms, 50, on_done, another(rig));
}

static void feed(struct rig *rig, struct mcp_str in, unsigned choice) {
    uint64_t now_ms = 0;
    while (in.len > 0 && rig->stops == 0) {
        const char *end = memchr(in.ptr, 0x1e, in.len);
        size_t len = end != NULL ? (size_t)(end - in.ptr) : in.len;
        rig->events->on_message(rig->events->user, (struct mcp_str){in.ptr, len});
        ask(rig, choice++, now_ms);
        (void)mcp_client_tick(rig->client, now_ms += 7);
        size_t used = len + (end != NULL);
        in = (struct mcp_str){in.ptr + used, in.len - used};
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char handshake[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":"
                                    "{\"protocolVersion\":\"2025-11-25\"}}";
    struct rig rig = {.link = {.ops = &ops}};
    const struct mcp_client_options options = {
        .name = "fuzz", .version = "1", .max_pages = 8, .max_message_bytes = 1 << 16};
    if (size == 0 || mcp_client_new(&options, &rig.link, &rig.client, NULL) != MCP_OK)
        return 0;
    mcp_client_connect(rig.client, 0, 1000, on_done, another(&rig));
    if (data[0] < 0x80) /* else the input has to shake hands itself */
        rig.events->on_message(rig.events->user, MCP_STR(handshake));
    feed(&rig, (struct mcp_str){(const char *)data + 1, size - 1}, data[0]);
    mcp_client_free(rig.client);
    for (int i = 0; i < rig.count; i++)
        if (rig.ends[i] != 1)
            abort();
    if (rig.stops != 1)
        abort();
    return 0;
}
