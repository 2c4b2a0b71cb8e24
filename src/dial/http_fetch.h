/* SPDX-License-Identifier: MIT */
/* http_fetch.h - one HTTP exchange on the loop. Layer: dial. Includes: loop. */
#ifndef MCP_HTTP_FETCH_H
#define MCP_HTTP_FETCH_H

#include "dial/loop.h"

enum {
    MCP_FETCH_MAX_HEADER_BYTES = 64 << 10, /* of an answer, all headers together */
    MCP_FETCH_CONNECT_MS = 5000
};

/* What applies to every exchange with one server. Texts are borrowed and outlive the exchange. */
struct mcp_fetch_config {
    const char *url;
    const char *ca_file;         /* NULL: the system's */
    uint64_t connect_timeout_ms; /* 0: MCP_FETCH_CONNECT_MS */
    bool is_public_only;         /* no address is connected to but those of the public internet;
                                    through a proxy: no other address is asked for, and what a
                                    name leads to is the proxy's to judge */
};

/* An exchange under way: ended by on_done or by cancel, whichever comes first. */
struct mcp_fetch;

/* Called on the loop's thread, possibly from inside libcurl: all functions here may be used. */
struct mcp_fetch_handlers {
    /* Status and headers are known (informational answers are skipped). */
    enum mcp_code (*on_head)(void *user, const struct mcp_fetch *fetch, struct mcp_err *err);
    enum mcp_code (*on_body)(void *user, struct mcp_str bytes, struct mcp_err *err);
    /* The last call; err->code is MCP_OK when the answer came whole, whatever its status. An error
     * that a handler returned comes back here. */
    void (*on_done)(void *user, const struct mcp_err *err);
    void *user;
};

struct mcp_fetch_request {
    const struct mcp_fetch_config *config;
    const char *url;            /* instead of config->url when not NULL; copied */
    const char *method;         /* "GET", "POST" or "DELETE"; static storage */
    struct curl_slist *headers; /* taken, also on failure */
    struct mcp_str body;        /* copied */
    uint64_t timeout_ms;        /* for all of it; 0: none */
    bool is_once; /* must not be sent again when a connection that was kept open breaks */
};

/*
 * Begin. Redirects are refused with an error naming the target's origin, a Content-Encoding and a
 * header over the cap are refused. The proxies of the environment are used as proxy.h says, nothing
 * else of it (.netrc).
 * errors: NOMEM; INVALID a proxy of the environment that is none; DENIED is_public_only, and the
 * URL names an address of a private network
 */
enum mcp_code mcp_fetch_start(struct mcp_loop *loop, const struct mcp_fetch_request *request,
                              const struct mcp_fetch_handlers *handlers,
                              struct mcp_fetch **out_fetch, struct mcp_err *err) MCP_CHECK;

/* No handler is called any more; the connection is closed unless the exchange had ended. */
void mcp_fetch_cancel(struct mcp_fetch *fetch); /* NULL is a no-op */

/* From on_head on: the answer comes from an address of the public internet, or through a proxy and
 * the URL does not name a private address. */
bool mcp_fetch_is_public(const struct mcp_fetch *fetch);

/* From on_head on. Headers are borrowed until the handler returns; NULL when absent. */
long mcp_fetch_status(const struct mcp_fetch *fetch);
const char *mcp_fetch_header(const struct mcp_fetch *fetch, const char *name);
/* The `index`th of that name, from 0. */
const char *mcp_fetch_header_at(const struct mcp_fetch *fetch, const char *name, size_t index);

#endif
