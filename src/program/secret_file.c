/* SPDX-License-Identifier: MIT */
/* secret_file.c - see secret_file.h. Effect: reads a file. */
#include "program/secret_file.h"

#include <string.h>

#include "base/file.h"
#include "mcp/log.h"

enum mcp_code mcp_secret_file_read(const char *path, struct mcp_buf *out, struct mcp_err *err) {
    mcp_buf_deinit(out);
    *out = (struct mcp_buf)MCP_BUF_INIT(MCP_MAX_SECRET_FILE_BYTES);
    MCP_TRY(mcp_file_read(path, out, err));
    while (out->len > 0 && strchr(" \t\r\n", out->data[out->len - 1]) != NULL)
        out->data[--out->len] = '\0';
    if (out->len == 0)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "the file of a secret is empty"), "%s",
                          path);
    (void)mcp_log_hide(out->data); /* a full table hides nothing; nothing of it is logged either */
    return MCP_OK;
}
