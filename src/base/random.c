/* SPDX-License-Identifier: MIT */
/* random.c - see base/random.h. */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

static enum mcp_code system_fill(void *out, size_t len, void *user, struct mcp_err *err) {
    (void)user;
    unsigned char *to = out;
    size_t done = 0;
    while (done < len) {
        ssize_t got = getrandom(to + done, len - done, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            enum mcp_code code = MCP_FAIL(err, MCP_E_IO, "the system gives no random bytes");
            if (err != NULL)
                err->os_errno = errno;
            return code;
        }
        done += (size_t)got;
    }
    return MCP_OK;
}

static mcp_random_fn *current_fill = system_fill;
static void *current_user;

void mcp_random_install(mcp_random_fn *fill, void *user) {
    current_fill = fill != NULL ? fill : system_fill;
    current_user = user;
}

enum mcp_code mcp_random_fill(void *out, size_t len, struct mcp_err *err) {
    return current_fill(out, len, current_user, err);
}

enum mcp_code mcp_random_id(char out[33], struct mcp_err *err) {
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[16];
    MCP_TRY(mcp_random_fill(bytes, sizeof bytes, err));
    for (size_t i = 0; i < sizeof bytes; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[32] = '\0';
    return MCP_OK;
}
