/* SPDX-License-Identifier: MIT */
/* share_target.h - where the cache is kept: what `cache.backend` says. Layer: orchestrator.
 * Includes: base. */
#ifndef ORCH_SHARE_TARGET_H
#define ORCH_SHARE_TARGET_H

#include <stdint.h>

#include "mcp/buf.h"

enum {
    ORCH_SHARE_PORT = 6379,
    ORCH_SHARE_MAX_DB = 65535,
    ORCH_SHARE_TEXT_BYTES = 256, /* of host, user and path, with their NUL */
    ORCH_SHARE_PASSWORD_BYTES = 1024,
    ORCH_SHARE_PREFIX_BYTES = 65,
    ORCH_SHARE_FILE_BYTES = 1025
};

/* All zero: memory. */
struct orch_share_target {
    bool is_redis;
    bool is_tls;
    char host[ORCH_SHARE_TEXT_BYTES]; /* without brackets; "" with a path */
    uint16_t port;
    char path[ORCH_SHARE_TEXT_BYTES];         /* of a socket; "" with a host */
    char user[ORCH_SHARE_TEXT_BYTES];         /* "": the default user */
    char password[ORCH_SHARE_PASSWORD_BYTES]; /* "": none. Secret */
    unsigned db;
};

/* All that the configuration says of it. */
struct orch_share_settings {
    struct orch_share_target target;
    char prefix[ORCH_SHARE_PREFIX_BYTES];
    char password_file[ORCH_SHARE_FILE_BYTES]; /* "": none */
    char ca_file[ORCH_SHARE_FILE_BYTES];       /* "": the system's */
    uint64_t timeout_ms;
};

bool orch_share_settings_equal(const struct orch_share_settings *a,
                               const struct orch_share_settings *b);

/*
 * Read a backend: "memory", redis://[user[:password]@]host[:port][/db], rediss:// the same over
 * TLS, or unix:[//[user[:password]@]]/path[?db=N]. User, password and path are percent-decoded.
 *
 *   out     *out_target  written on success only
 *   errors  INVALID  none of these; the sentence quotes nothing of it, as it may hold a password
 */
enum mcp_code orch_share_target_parse(struct mcp_str text, struct orch_share_target *out_target,
                                      struct mcp_err *err) MCP_CHECK;

/* The same without user and password: "redis://cache.example:6379/2". */
void orch_share_target_show(const struct orch_share_target *target, struct mcp_buf *out);

/* A password that stands in the text itself, instead of a ${NAME} for it. */
bool orch_share_target_tells(struct mcp_str text);

#endif
