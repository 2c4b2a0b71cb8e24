/* SPDX-License-Identifier: MIT */
/* features.h - how each method is answered. Layer: server. Includes: wire protocol. */
#ifndef SERVER_FEATURES_H
#define SERVER_FEATURES_H

#include "server/call.h"

/* The row of a method; NULL when the engine does not answer it. */
const struct mcp_feature_row *mcp_feature_find(const char *method);

/* feature_base: ping, initialize, server/discover and the lists. */
mcp_step_fn mcp_feature_ping;
mcp_step_fn mcp_feature_initialize;
mcp_step_fn mcp_feature_discover;
mcp_step_fn mcp_feature_list;

/* feature_tools */
mcp_step_fn mcp_feature_tools_enter;
mcp_step_fn mcp_feature_tools_run;
enum mcp_code mcp_feature_tools_absorb(const struct mcp_err *failure, struct mcp_result *result,
                                       struct mcp_err *err);

enum mcp_code mcp_feature_tools_check(const struct mcp_call *call, const struct mcp_result *result,
                                      struct mcp_err *err);

/* feature_resources */
mcp_step_fn mcp_feature_read_enter;
mcp_step_fn mcp_feature_read_run;
mcp_step_fn mcp_feature_subscribe;
mcp_step_fn mcp_feature_unsubscribe;
json_t *mcp_feature_resources_explain(const struct mcp_call *call, enum mcp_fault fault);

/* feature_prompts, feature_completion, feature_logging */
mcp_step_fn mcp_feature_prompts_enter;
mcp_step_fn mcp_feature_prompts_run;
mcp_step_fn mcp_feature_completion_enter;
mcp_step_fn mcp_feature_completion_run;
mcp_step_fn mcp_feature_set_level;

/* feature_listen */
mcp_step_fn mcp_feature_listen;

#endif
