/* SPDX-License-Identifier: MIT */
/* pages.c - see pages.h. Effect: asks for what is true at the moment. */
#include "serve/pages.h"

#include <inttypes.h>

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

unsigned serve_pages_metrics(struct mcp_buf *out, void *user) {
    const struct serve_pages *pages = user;
    struct serve_keyring_report keys;
    mcp_server_write_metrics(pages->server, out);
    if (ask_keys(pages, &keys)) {
        write_gauge(out, "mcp_keys", "Keys that tokens are judged by.", keys.key_count);
        write_gauge(out, "mcp_keys_age_seconds", "Since they were fetched.", keys.age_s);
        write_gauge(out, "mcp_keys_failures", "Fetches that failed since.", keys.failures);
    }
    return 200;
}
