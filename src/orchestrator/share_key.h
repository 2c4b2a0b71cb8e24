/* SPDX-License-Identifier: MIT */
/* share_key.h - under which names several processes keep what a server holds. Layer: orchestrator.
 * Includes: conf. */
#ifndef ORCH_SHARE_KEY_H
#define ORCH_SHARE_KEY_H

#include "orchestrator/conf.h"

enum {
    ORCH_SHARE_ID_BYTES = 65,   /* SHA-256 in hexadecimal digits and a NUL */
    ORCH_SHARE_NAME_BYTES = 256 /* of every key and channel, with its NUL */
};

/*
 * Which server, told apart by how it is reached and not by its id, and for whom.
 *
 *   id   of a URL: the URL. Of a command: the command, its arguments, and `place`
 *   who  the same with headers and env; "" when the credentials are not in the configuration
 *        (`auth`): what is private of such a server is not shared
 */
struct orch_share_server {
    char id[ORCH_SHARE_ID_BYTES];
    char who[ORCH_SHARE_ID_BYTES];
};

/* in  place  what tells apart where a child process runs: host, user, directory, its variables */
void orch_share_server_make(const struct orch_server *server, struct mcp_str place,
                            struct orch_share_server *out);

/* All keys of one server and holding; the part in braces keeps them on one node. */
struct orch_share_names {
    char public_value[ORCH_SHARE_NAME_BYTES];
    char private_value[ORCH_SHARE_NAME_BYTES]; /* "": not shared */
    char generation[ORCH_SHARE_NAME_BYTES];
    char lock[ORCH_SHARE_NAME_BYTES]; /* "": everybody fetches for himself */
};

void orch_share_names_make(const char *prefix, const struct orch_share_server *server,
                           bool is_tools, struct orch_share_names *out);

/* Returns out. */
const char *orch_share_channel(const char *prefix, char out[ORCH_SHARE_NAME_BYTES]);

#endif
