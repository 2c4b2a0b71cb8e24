/* SPDX-License-Identifier: MIT */
/* probe_env.h - a JSON array of strings as a NULL-terminated list, for the program layer's probes.
 */
#ifndef PROBE_ENV_H
#define PROBE_ENV_H

#include "mcp/alloc.h"
#include "probe.h"

/* A list of copies; items are as in probe_bytes. *out_list is to be freed also on failure. */
static inline enum mcp_code probe_env(const json_t *words, char ***out_list, struct mcp_err *err) {
    char **list = mcp_alloc((json_array_size(words) + 1) * sizeof *list);
    if (list == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < json_array_size(words); i++) {
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf word = MCP_BUF_INIT(1 << 20);
        *out_list = list;
        MCP_TRY(probe_bytes(json_array_get(words, i), &word, err));
        list[i] = mcp_strndup(mcp_buf_view(&word).ptr, word.len);
        if (list[i] == NULL)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    *out_list = list;
    return MCP_OK;
}

static inline void probe_env_free(char ***list) {
    for (size_t i = 0; *list != NULL && (*list)[i] != NULL; i++)
        mcp_free((*list)[i]);
    mcp_free((void *)*list);
}

#endif
