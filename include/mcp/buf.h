/* SPDX-License-Identifier: MIT */
/* buf.h - a growing byte buffer with a hard ceiling. Layer: base. Includes: err, alloc. */
#ifndef MCP_BUF_H
#define MCP_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "mcp/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A borrowed run of bytes; not NUL-terminated. Passed by value; owns nothing. */
struct mcp_str {
    const char *ptr;
    size_t len;
};

#define MCP_STR(literal) ((struct mcp_str){(literal), sizeof(literal) - 1})

/*
 * Appending cannot fail loudly: the first refusal is remembered and later appends do nothing,
 * so a builder writes straight through and asks once, in finish.
 */
struct mcp_buf {
    char *data;           /* owned; always NUL-terminated once non-NULL */
    size_t len;           /* bytes, without the NUL */
    size_t cap;           /* bytes allocated */
    size_t max;           /* len never exceeds this */
    enum mcp_code status; /* MCP_OK, MCP_E_NOMEM or MCP_E_LIMIT; sticky */
};

#define MCP_BUF_INIT(max_bytes)                                                                    \
    { .max = (max_bytes) }

void mcp_buf_deinit(struct mcp_buf *buf); /* safe on a zeroed struct; may be called twice */
void mcp_buf_clear(struct mcp_buf *buf);  /* len 0, keeps storage and max, forgives status */
void mcp_buf_add(struct mcp_buf *buf, struct mcp_str bytes);
void mcp_buf_addc(struct mcp_buf *buf, char byte);

void mcp_buf_addf(struct mcp_buf *buf, const char *format, ...) MCP_PRINTF(2, 3);

/*
 * Room for `bytes` more after the content, to be filled by the caller and then committed (0 bytes
 * when it failed: commit restores the NUL); NULL when refused, which is remembered. Valid until the
 * next call that takes a non-const buf.
 */
char *mcp_buf_reserve(struct mcp_buf *buf, size_t bytes);
void mcp_buf_commit(struct mcp_buf *buf, size_t bytes); /* at most what was reserved */

/* MCP_OK if every append since init or clear took effect, else the remembered refusal. */
enum mcp_code mcp_buf_finish(const struct mcp_buf *buf, struct mcp_err *err) MCP_CHECK;

/* A view of the content; valid until the next call that takes a non-const buf. */
struct mcp_str mcp_buf_view(const struct mcp_buf *buf);

/* Give the storage to the caller (mcp_free); NULL when nothing was ever stored. buf is empty after;
 * out_len may be NULL. */
char *mcp_buf_take(struct mcp_buf *buf, size_t *out_len);

/* True when both hold the same bytes. */
bool mcp_str_equal(struct mcp_str a, struct mcp_str b);

/* View of NUL-terminated text; empty for NULL. */
struct mcp_str mcp_str_of(const char *text);

#ifdef __cplusplus
}
#endif

#endif
