/* SPDX-License-Identifier: MIT */
/* oauth_flow_parts.h - the parts of oauth_flow.c: its state, and the requests it makes. Layer:
 * oauth_client. Includes: json. */
#ifndef MCP_OAUTH_FLOW_PARTS_H
#define MCP_OAUTH_FLOW_PARTS_H

#include "oauth_client/oauth_flow.h"

/* What is awaited. */
enum mcp_oauth_flow_step {
    MCP_OAUTH_FLOW_RESOURCE, /* metadata of the resource */
    MCP_OAUTH_FLOW_SERVER,   /* metadata of its authorization server */
    MCP_OAUTH_FLOW_LOAD,
    MCP_OAUTH_FLOW_REFRESH,
    MCP_OAUTH_FLOW_RECEIVE,
    MCP_OAUTH_FLOW_REGISTER,
    MCP_OAUTH_FLOW_ASK,
    MCP_OAUTH_FLOW_EXCHANGE, /* an ID token for a grant */
    MCP_OAUTH_FLOW_TOKEN,
    MCP_OAUTH_FLOW_DONE
};

struct mcp_oauth_flow {
    const struct mcp_oauth_settings *settings;
    enum mcp_oauth_flow_step step;
    bool is_local; /* the server is on this machine, so what it names may be */
    bool is_step_up;
    unsigned fetches;
    json_t *challenge; /* its parameters */
    char *refused_token;
    char *held_scope;
    char state[MCP_OAUTH_PKCE_TEXT_BYTES];
    char verifier[MCP_OAUTH_PKCE_TEXT_BYTES];
    json_t *urls; /* of metadata, still to be asked */
    size_t url_at;
    json_t *resource; /* see judge_resource */
    json_t *server;   /* see judge_server */
    json_t *record;
    json_t *client;     /* {"id", "secret"?, "method"?, "redirect_uri"?} */
    bool is_registered; /* in this flow */
    json_t *token;
    char *redirect_uri;
    struct mcp_buf scope; /* to ask for */
    struct mcp_buf url;
    struct mcp_buf body;
    struct mcp_buf authorization;
};

/* --- oauth_flow_request.c: each sets the step it waits in ------------------------------------ */

enum mcp_code mcp_oauth_flow_fetch(struct mcp_oauth_flow *flow, const char *url,
                                   const char *content_type, struct mcp_oauth_effect *out,
                                   struct mcp_err *err) MCP_CHECK;
/* A client that needs no registration; flow->client stays NULL when there is none. */
enum mcp_code mcp_oauth_flow_find_client(struct mcp_oauth_flow *flow,
                                         struct mcp_err *err) MCP_CHECK;
/* `client` is taken; NULL: it could not be made. */
enum mcp_code mcp_oauth_flow_set_client(struct mcp_oauth_flow *flow, json_t *client,
                                        struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_oauth_flow_register(struct mcp_oauth_flow *flow, struct mcp_oauth_effect *out,
                                      struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_oauth_flow_ask_person(struct mcp_oauth_flow *flow, struct mcp_oauth_effect *out,
                                        struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_oauth_flow_redeem(struct mcp_oauth_flow *flow, const char *code,
                                    struct mcp_oauth_effect *out, struct mcp_err *err) MCP_CHECK;
/* `held` is the token of a record. */
enum mcp_code mcp_oauth_flow_refresh(struct mcp_oauth_flow *flow, const json_t *held,
                                     struct mcp_oauth_effect *out, struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_oauth_flow_act_alone(struct mcp_oauth_flow *flow, struct mcp_oauth_effect *out,
                                       struct mcp_err *err) MCP_CHECK;
enum mcp_code mcp_oauth_flow_exchange(struct mcp_oauth_flow *flow, struct mcp_oauth_effect *out,
                                      struct mcp_err *err) MCP_CHECK;
/* `grant` is what the identity provider gave. */
enum mcp_code mcp_oauth_flow_present(struct mcp_oauth_flow *flow, const char *grant,
                                     struct mcp_oauth_effect *out, struct mcp_err *err) MCP_CHECK;

#endif
