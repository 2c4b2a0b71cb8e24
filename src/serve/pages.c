/* SPDX-License-Identifier: MIT */
/* pages.c - see pages.h. Effect: asks for what is true at the moment. */
#include "serve/pages.h"

#include <inttypes.h>
#include <stdatomic.h>

/* False when no keys are fetched: then there is nothing to say of them. */
static bool ask_keys(const struct serve_pages *pages, struct serve_keyring_report *out_report) {
    if (!serve_authority_fetches(pages->authority))
        return false;
    serve_authority_report(pages->authority, out_report);
    return true;
}

/* Take the end of the object away, to go on. */
static bool reopen(struct mcp_buf *out) {
    size_t len = out->len;
    while (len > 0 && out->data[len - 1] == '\n')
        len--;
    if (len == 0 || out->data[len - 1] != '}')
        return false;
    out->len = len - 1;
    return true;
}

unsigned serve_pages_health(struct mcp_buf *out, void *user) {
    const struct serve_pages *pages = user;
    struct serve_keyring_report keys;
    unsigned status = pages->health(out, pages->health_user);
    if (ask_keys(pages, &keys) && reopen(out))
        mcp_buf_addf(out, ",\"keys\":{\"count\":%zu,\"age_s\":%" PRIu64 ",\"failures\":%u}}\n",
                     keys.key_count, keys.age_s, keys.failures);
    return status;
}

static void write_gauge(struct mcp_buf *out, const char *name, const char *help, uint64_t value) {
    mcp_buf_addf(out, "# HELP %s %s\n# TYPE %s gauge\n%s %" PRIu64 "\n", name, help, name, name,
                 value);
}

static void write_refused(struct mcp_buf *out, const char *cause, uint64_t value) {
    mcp_buf_addf(out, "mcp_connections_refused_total{cause=\"%s\"} %" PRIu64 "\n", cause, value);
}

static void write_connections(struct mcp_buf *out, const struct mcp_listener *listener) {
    struct mcp_listener_counts counts;
    mcp_listener_count(listener, &counts);
    write_gauge(out, "mcp_connections", "Open connections.", counts.connections);
    mcp_buf_add(out, MCP_STR("# HELP mcp_connections_refused_total Connections that were one too "
                             "many.\n# TYPE mcp_connections_refused_total counter\n"));
    write_refused(out, "all", counts.refused_in_all);
    write_refused(out, "address", counts.refused_of_address);
    write_refused(out, "stranger", counts.refused_of_stranger);
}

unsigned serve_pages_metrics(struct mcp_buf *out, void *user) {
    const struct serve_pages *pages = user;
    struct serve_keyring_report keys;
    mcp_server_write_metrics(pages->server, out);
    const struct mcp_listener *listener = atomic_load(&pages->listener);
    if (listener != NULL)
        write_connections(out, listener);
    if (ask_keys(pages, &keys)) {
        write_gauge(out, "mcp_keys", "Keys that tokens are judged by.", keys.key_count);
        write_gauge(out, "mcp_keys_age_seconds", "Since they were fetched.", keys.age_s);
        write_gauge(out, "mcp_keys_failures", "Fetches that failed since.", keys.failures);
    }
    return 200;
}
