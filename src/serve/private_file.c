/* SPDX-License-Identifier: MIT */
/* private_file.c - see private_file.h. Effect: one file. */
#include "serve/private_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

static bool is_credential(const char *path) {
    const char *dir = getenv("CREDENTIALS_DIRECTORY"); /* NOLINT(concurrency-mt-unsafe): not set */
    size_t len = dir != NULL ? strlen(dir) : 0;
    return len > 0 && strncmp(path, dir, len) == 0 && path[len] == '/' &&
           strstr(path, "/../") == NULL;
}

enum mcp_code serve_private_file_read(const char *path, struct mcp_buf *out, struct mcp_err *err) {
    struct stat info;
    mode_t others = is_credential(path) ? 037 : 077;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & others) != 0)
        return MCP_FAIL(err, MCP_E_DENIED, "others may read it (mode %03o); run: chmod 600 on it",
                        (unsigned)info.st_mode & 0777U);
    struct mcp_err why = {0};
    enum mcp_code code = mcp_file_read(path, out, &why);
    return code == MCP_OK ? MCP_OK : MCP_FAIL(err, code, "%s", why.what);
}
