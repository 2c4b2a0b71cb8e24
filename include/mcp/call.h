/* SPDX-License-Identifier: MIT */
/* call.h - what a handler may do while it answers. Layer: server. Includes: json protocol. */
#ifndef MCP_CALL_H
#define MCP_CALL_H

#include <stdint.h>

#include "mcp/result.h"
#include "mcp/version.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One request being answered. Valid in the handler; beyond it only after mcp_call_keep. */
struct mcp_call;

/* Who asks. Views live as long as the call. */
struct mcp_peer {
    enum mcp_version version;
    const char *session_id;     /* "" when there is none */
    const char *principal;      /* authenticated caller's name; "" when there is none */
    const json_t *client_info;  /* object or NULL */
    const json_t *capabilities; /* object, never NULL */
};

/* RFC 5424 severities in MCP's words and order. */
enum mcp_severity {
    MCP_SEVERITY_DEBUG,
    MCP_SEVERITY_INFO,
    MCP_SEVERITY_NOTICE,
    MCP_SEVERITY_WARNING,
    MCP_SEVERITY_ERROR,
    MCP_SEVERITY_CRITICAL,
    MCP_SEVERITY_ALERT,
    MCP_SEVERITY_EMERGENCY
};

const struct mcp_peer *mcp_call_peer(const struct mcp_call *call);

/* The caller cancelled, or went away where that means the same. Any thread. */
bool mcp_call_cancelled(const struct mcp_call *call);

/*
 * Run `fn(user)` once, on the cancelling thread, when the call is cancelled (at once when it
 * already is): to interrupt what the handler waits for. Must be quick and use no function of this
 * call but mcp_call_cancelled.
 *
 *   owner   `user` lives until `fn` is replaced (NULL: by nothing) or the call is finished; both
 *           wait for an `fn` that is running. A handler whose `user` is on its stack replaces it
 *           before it returns.
 */
void mcp_call_on_cancel(struct mcp_call *call, void (*fn)(void *user), void *user);

/* Tell progress; dropped unless the caller asked. `progress` must increase; total < 0: unknown;
 * message may be NULL. Any thread. spec: utilities/progress */
void mcp_call_progress(struct mcp_call *call, double progress, double total, const char *message);

/* Send a log message to the caller, subject to its level; takes `data`. logger may be NULL. */
void mcp_call_log(struct mcp_call *call, enum mcp_severity severity, const char *logger,
                  json_t *data);

/*
 * The answer takes long: a peer that can come back for it (2025-11-25 over Streamable HTTP) is told
 * to do so after `retry_ms`, 1 to 60,000, and its connection ends; others notice nothing.
 */
void mcp_call_pause(struct mcp_call *call, uint64_t retry_ms);

/*
 * Answer later: keep the call, return MCP_PENDING from the handler, then exactly once, from any
 * thread (before the handler has returned, too), finish or fail it, which releases it. A handler
 * that keeps a call and returns anything else has answered it after all: nobody may finish it.
 * A call that was cancelled is finished or failed like any other; its peer then hears nothing.
 */
void mcp_call_keep(struct mcp_call *call);
void mcp_call_finish(struct mcp_call *call, struct mcp_result *result); /* takes the content */
void mcp_call_fail(struct mcp_call *call, const struct mcp_err *err);

#ifdef __cplusplus
}
#endif

#endif
