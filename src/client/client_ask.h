/* SPDX-License-Identifier: MIT */
/* client_ask.h - what the server asks, from the question to its answer. Layer: client. Includes:
 * json. */
#ifndef MCP_CLIENT_ASK_H
#define MCP_CLIENT_ASK_H

#include "client/client_core.h"
#include "client/elicit.h"

/* The handler of a kind; NULL: the client does not offer it. */
mcp_ask_fn *mcp_client_ask_handler(const struct mcp_client *client, enum mcp_ask_kind kind);

/* {} and what the handlers stand for. errors: NOMEM; INVALID one of those without its handler. */
enum mcp_code mcp_client_ask_declare(const struct mcp_client_options *options,
                                     json_t **out_capabilities, struct mcp_err *err) MCP_CHECK;

/* A request of a legacy server, ping among them: answered, now or later. */
void mcp_client_ask_legacy(struct mcp_client *client, const char *method, json_t *params,
                           json_t *id);

/* Questions instead of a result (input_required): the request goes on, or ends. */
void mcp_client_ask_modern(struct mcp_client_request *request, json_t *result);

/* The server takes the question with this id back. */
void mcp_client_ask_withdraw(struct mcp_client *client, const json_t *id);

/* Nobody waits for answers any more: those of one request, or (NULL) all. */
void mcp_client_ask_forget(struct mcp_client *client, const struct mcp_client_request *request);

#endif
