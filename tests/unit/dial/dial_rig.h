/* SPDX-License-Identifier: MIT */
/* dial_rig.h - a loop and a connection for a test, and what must be left when it is over. */
#ifndef DIAL_RIG_H
#define DIAL_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mcp/dial.h"
#include "script_server.h"

/* What the callbacks of a connection said. */
struct rig {
    struct mcp_loop *loop;
    struct mcp_dial *dial;
    struct mcp_err err;       /* of the last wait */
    int notifications;        /* atomic */
    int downs;                /* atomic */
    int ignored;              /* atomic */
    struct mcp_err down;      /* read it after rig_wait(&downs) */
    size_t max_message_bytes; /* for rig_open; 0: the default */
    uint64_t connect_timeout_ms;
    bool asks_for_era; /* false: legacy */
};

/* Count descriptors, and check at the end that as many are open and no child is left. */
int rig_set_up(void **state);
int rig_tear_down(void **state);

/* New loop and dial; the target is a URL or a command line for /bin/sh -c. */
void rig_open_url(struct rig *rig, enum mcp_dial_transport transport, const char *url);
void rig_open_shell(struct rig *rig, const char *script);
void rig_close(struct rig *rig);

enum mcp_code rig_connect(struct rig *rig, uint64_t timeout_ms);
/* The result is released; its text is compared when `want` is not NULL. */
enum mcp_code rig_request(struct rig *rig, const char *method, uint64_t timeout_ms,
                          const char *want);

int rig_read(const int *counter);
bool rig_wait(const int *counter, int at_least); /* false after five seconds */
uint64_t rig_now_ms(void);

/* An answer of a server that works: {"jsonrpc":"2.0","id":<the request's>,"result":...}. */
void rig_result(const char *request_body, const char *result, char *out, size_t out_bytes);
extern const char rig_hello[]; /* result of initialize, 2025-06-18 */

#endif
