/* SPDX-License-Identifier: MIT */
/* listen_unix.h - a listening socket in the file system. Layer: listen. Includes: base. */
#ifndef MCP_LISTEN_UNIX_H
#define MCP_LISTEN_UNIX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "mcp/err.h"

#define MCP_LISTEN_UNIX_MAX_PATH 107 /* bytes, as the kernel has it */

/* Plain data; fd -1 is closed. */
struct mcp_listen_unix {
    int fd;
    dev_t device; /* which file it is: another may have taken the name */
    ino_t inode;
    char path[MCP_LISTEN_UNIX_MAX_PATH + 1];
};

/*
 * Listen at `path` with the permissions `mode`, which hold from the first moment. A socket that is
 * there and that nobody answers is removed; nothing else ever is.
 *
 *   errors  INVALID  an empty path, or one longer than 107 bytes
 *           EXISTS   another program listens there, or the file is no socket
 *           IO       no such directory, no permission
 *           err->where is the path
 */
enum mcp_code mcp_listen_unix_open(const char *path, mode_t mode,
                                   struct mcp_listen_unix *out_socket,
                                   struct mcp_err *err) MCP_CHECK;

/* Close it, and remove the file when it is still the one that open made. */
void mcp_listen_unix_close(struct mcp_listen_unix *socket);

/* The peer of a connection runs as the same user as this process. */
bool mcp_listen_unix_is_own(int connection);

#endif
