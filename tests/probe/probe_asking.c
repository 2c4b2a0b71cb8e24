/* SPDX-License-Identifier: MIT */
/* The engine's script of probe_server.c, for calls that ask their client. */
#include "probe.h"

probe_fn probe_asking;
probe_fn probe_server;

enum mcp_code probe_asking(const json_t *in, json_t **out, struct mcp_err *err) {
    return probe_server(in, out, err);
}
