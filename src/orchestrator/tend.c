/* SPDX-License-Identifier: MIT */
/* tend.c - see tend.h. */
#include "orchestrator/tend.h"

#include "mcp/clock.h"

static void on_pong(const struct mcp_reply *reply, void *user) {
    struct orch_upstream *upstream = user;
    struct orch_pulse *pulse = orch_upstream_pulse(upstream);
    pulse->is_pinging = false;
    pulse->looked_ms = mcp_clock_now_ms();
    if (reply->code == MCP_OK || reply->rpc_error != NULL || reply->code == MCP_E_CANCELLED)
        return;
    struct mcp_err why = *reply->err;
    orch_upstream_suspect(upstream, pulse->pinged_serial, &why);
}

static void ping(struct orch_upstream *upstream, const struct mcp_client *client) {
    struct orch_pulse *pulse = orch_upstream_pulse(upstream);
    uint64_t timeout_ms = orch_upstream_server(upstream)->timeout_ms;
    bool is_modern = mcp_version_info(mcp_client_version(client))->is_modern;
    pulse->is_pinging = true;
    pulse->pinged_serial = orch_upstream_serial(upstream);
    orch_call_send(upstream, is_modern ? "server/discover" : "ping", NULL,
                   timeout_ms < ORCH_PING_MS ? timeout_ms : ORCH_PING_MS, on_pong, upstream);
}

static void look_at_connected(struct orch_upstream *upstream, struct mcp_dial *dial,
                              uint64_t now_ms) {
    const struct orch_hub *hub = orch_upstream_hub(upstream);
    struct orch_pulse *pulse = orch_upstream_pulse(upstream);
    const struct mcp_client *client = mcp_dial_client(dial);
    uint64_t heard_ms = pulse->heard_us / 1000;
    uint64_t since_ms = heard_ms > pulse->looked_ms ? heard_ms : pulse->looked_ms;
    if (pulse->tail_ms + ORCH_TAIL_MS <= now_ms) {
        pulse->tail_ms = now_ms;
        orch_upstream_note_tail(upstream);
    }
    if (hub->idle_ms > 0 && !pulse->is_pinging && now_ms >= since_ms + hub->idle_ms &&
        mcp_client_in_flight(client) == 0)
        ping(upstream, client);
}

void orch_tend_one(struct orch_upstream *upstream, uint64_t now_ms) {
    struct mcp_dial *dial = orch_upstream_dial(upstream);
    if (dial != NULL)
        look_at_connected(upstream, dial, now_ms);
    else
        orch_upstream_retry(upstream, now_ms);
}
