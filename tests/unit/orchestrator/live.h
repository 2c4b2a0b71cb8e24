/* SPDX-License-Identifier: MIT */
/* live.h - an orchestrator on stub servers, for tests: a directory, a configuration, the log of
 * what the stubs were asked. */
#ifndef ORCH_LIVE_H
#define ORCH_LIVE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mcp/orchestrator.h"

enum { LIVE_MAX_SERVERS = 8 };

struct live {
    char dir[64];
    char config[96];
    json_t *servers;      /* id -> entry of mcp_servers */
    const char *settings; /* lines of orchestration, as JSON members: "\"fail_fast\": false" */
    struct orch *orch;
    struct orch_error error; /* of the last call */
};

void live_open(struct live *live);
void live_close(struct live *live); /* fails the test when a child is left */

/* A stub server with this script ("{...}"); what it is asked goes into <dir>/<id>.log. */
void live_add(struct live *live, const char *id, int priority, const char *domain,
              const char *script);

/* A member of a server's entry: "timeout", 1 */
void live_set(struct live *live, const char *id, const char *key, json_t *value);

void live_write(struct live *live); /* the configuration, as it is now */
void live_start(struct live *live); /* the same, and make the orchestrator */

/* How often this server was asked this. */
size_t live_count(const struct live *live, const char *id, const char *method);

/* orch_gather_all_resources, expected to succeed; borrowed until the next gather or close. */
json_t *live_gather(struct live *live, json_t **out_missing);

/* Entry of the server in a fresh status; a new reference. */
json_t *live_status(struct live *live, const char *id);

/* Wait until the server is (not) connected, at most 10 s. */
void live_wait(struct live *live, const char *id, bool is_connected);

uint64_t live_now_ms(void);

#endif
