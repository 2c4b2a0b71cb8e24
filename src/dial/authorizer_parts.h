/* SPDX-License-Identifier: MIT */
/* authorizer_parts.h - the parts of authorizer.c: its state, and an authorization as it runs.
 * Layer: dial. Includes: oauth_client. */
#ifndef MCP_AUTHORIZER_PARTS_H
#define MCP_AUTHORIZER_PARTS_H

#include <stdatomic.h>

#include "dial/authorizer.h"
#include "dial/http_fetch.h"
#include "dial/oauth_receiver.h"
#include "oauth_client/oauth_assertion.h"
#include "oauth_client/oauth_flow.h"

enum { MCP_AUTHORIZER_MAX_TEXTS = 13 };

struct mcp_authorizer {
    struct mcp_loop_guest guest; /* first */
    struct mcp_loop *loop;
    atomic_uint refs;
    struct mcp_oauth_settings settings;
    const char *store_dir;
    const char *ca_file;
    char *texts[MCP_AUTHORIZER_MAX_TEXTS]; /* what the settings point to */
    size_t text_count;
    struct mcp_oauth_key *key; /* of the client; NULL: none */
    uint64_t person_timeout_ms;
    void (*on_url)(void *user, const char *url);
    void *user;
    struct mcp_loop_job leave;
    struct mcp_loop_job end; /* tells those who wait */
    /* what is known */
    json_t *record; /* of the issuer used last, when there is no store */
    json_t *token;  /* in use; NULL: none */
    uint64_t serial;
    bool is_public;  /* the server: what it names may not lead into a private network */
    char *challenge; /* the last one, for where the metadata are */
    /* the authorization under way */
    struct mcp_oauth_flow *flow;
    struct mcp_fetch *fetch;
    struct mcp_buf answer;
    long status;
    struct mcp_oauth_receiver *receiver;
    struct mcp_loop_timer timer;
    struct mcp_loop_timer turn; /* another one refreshes: look again */
    uint64_t turn_until_ms;     /* 0: nobody was waited for yet */
    int lock;                   /* while this one refreshes; -1: none */
    struct mcp_authorizer_wait *first;
    struct mcp_authorizer_wait *last;
    unsigned round; /* counts authorizations */
    struct mcp_err outcome;
    bool is_ending; /* the job `end` is on its way */
};

/* --- authorizer_run.c: from the beginning to the end of one ----------------------------------- */

/* None is under way. */
void mcp_authorizer_begin(struct mcp_authorizer *authorizer, bool is_step_up);

/* What a browser was sent back with; false: it is none that is waited for. `user` is the
 * authorizer. */
bool mcp_authorizer_on_query(void *user, struct mcp_str query);

/* Nobody authorized in time. `user` is the authorizer. */
void mcp_authorizer_on_time(void *user);

/* Another one refreshed meanwhile, perhaps. `user` is the authorizer. */
void mcp_authorizer_on_turn(void *user);

/* End what is under way, and tell those who wait. */
void mcp_authorizer_finish(struct mcp_authorizer *authorizer, const struct mcp_err *err);

/* End it and tell nobody. */
void mcp_authorizer_clear(struct mcp_authorizer *authorizer);

#endif
