/* SPDX-License-Identifier: MIT */
/* share_place.c - see share_place.h. Effect: asks the system. */
#include "orchestrator/share_place.h"

#include <stdlib.h>
#include <unistd.h>

enum mcp_code orch_share_place(struct mcp_buf *out, struct mcp_err *err) {
    static const char *const variables[] = {"HOME", "LOGNAME", "PATH", "SHELL", "USER"};
    char text[4096] = "";
    (void)gethostname(text, sizeof text - 1);
    mcp_buf_addf(out, "%s\n%ld\n", text, (long)geteuid());
    mcp_buf_addf(out, "%s\n", getcwd(text, sizeof text) != NULL ? text : "");
    for (size_t i = 0; i < MCP_COUNT(variables); i++) {
        const char *value = getenv(variables[i]); /* NOLINT(concurrency-mt-unsafe): read only */
        mcp_buf_addf(out, "%s\n", value != NULL ? value : "");
    }
    return mcp_buf_finish(out, err);
}
