/* SPDX-License-Identifier: MIT */
/* tls_files.h - the certificate and key the settings name. Layer: serve. Includes: listen. */
#ifndef SERVE_TLS_FILES_H
#define SERVE_TLS_FILES_H

#include <jansson.h>

#include "mcp/listen.h"

struct serve_tls_files {
    struct mcp_buf cert;
    struct mcp_buf key;
    struct mcp_tls_pair pair; /* views into both */
    bool is_given;
};

/*
 * Read both files and see that they belong together.
 *
 *   in      settings  tls_cert, tls_key
 *   out     is_given  false when the settings name neither
 *   errors  err->where is the file.
 *           INVALID  one setting without the other
 *           DENIED   others may read the key, see serve_private_file_read
 *           SYNTAX, INVALID, LIMIT  as mcp_listener_start_http
 *           NOT_FOUND, IO, NOMEM
 */
enum mcp_code serve_tls_files_read(const json_t *settings, struct serve_tls_files *out_files,
                                   struct mcp_err *err) MCP_CHECK;
void serve_tls_files_deinit(struct serve_tls_files *files);

#endif
