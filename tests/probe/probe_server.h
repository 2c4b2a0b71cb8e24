/* SPDX-License-Identifier: MIT */
/* probe_server.h - the engine's script, for tests that want the answers of a run that failed. */
#ifndef PROBE_SERVER_H
#define PROBE_SERVER_H

#include "probe.h"

/* As probe_server, but each step's result is appended to `results`, an array, as it comes. NOMEM
 * when any allocation was refused, even if every step has a result. */
enum mcp_code probe_server_run(const json_t *in, json_t *results, struct mcp_err *err);

#endif
