/* SPDX-License-Identifier: MIT */
/* share_key.c - see share_key.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/share_key.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

/* A digest of a list of texts: each with its length, so that no two lists look the same. */
static void add(struct sha256_ctx *digest, const char *bytes, size_t len) {
    uint8_t head[8];
    for (size_t i = 0; i < sizeof head; i++)
        head[i] = (uint8_t)((uint64_t)len >> (8 * i));
    sha256_update(digest, sizeof head, head);
    sha256_update(digest, len, (const uint8_t *)bytes);
}

static void add_text(struct sha256_ctx *digest, const char *text) {
    add(digest, text, strlen(text));
}

static void add_list(struct sha256_ctx *digest, const char *name, const char *const *list) {
    add_text(digest, name);
    for (size_t i = 0; list != NULL && list[i] != NULL; i++)
        add_text(digest, list[i]);
}

static void finish(struct sha256_ctx *digest, char out[ORCH_SHARE_ID_BYTES]) {
    uint8_t bytes[SHA256_DIGEST_SIZE];
    sha256_digest(digest, sizeof bytes, bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

void orch_share_server_make(const struct orch_server *server, struct mcp_str place,
                            struct orch_share_server *out) {
    struct sha256_ctx digest;
    sha256_init(&digest);
    if (server->url != NULL) {
        add_text(&digest, "url");
        add_text(&digest, server->url);
    } else {
        add_list(&digest, "command", server->argv);
        add_text(&digest, "place");
        add(&digest, place.ptr, place.len);
    }
    struct sha256_ctx whole = digest;
    finish(&digest, out->id);
    add_list(&whole, "env", server->env);
    add_list(&whole, "headers", server->headers);
    finish(&whole, out->who);
    if (server->auth != NULL)
        out->who[0] = '\0';
}

void orch_share_names_make(const char *prefix, const struct orch_share_server *server,
                           bool is_tools, struct orch_share_names *out) {
    char head[ORCH_SHARE_NAME_BYTES / 2 + ORCH_SHARE_ID_BYTES];
    enum { WHO = 32 }; /* digits: 128 bits are enough to tell credentials apart */
    enum { ROOM = ORCH_SHARE_NAME_BYTES };
    bool has_who = server->who[0] != '\0';
    (void)snprintf(head, sizeof head, "%.64s:1:{%s}:%s", prefix, server->id,
                   is_tools ? "tools" : "resources");
    *out = (struct orch_share_names){0};
    (void)snprintf(out->public_value, ROOM, "%s:public", head);
    (void)snprintf(out->generation, ROOM, "%s:generation", head);
    if (!has_who)
        return;
    (void)snprintf(out->private_value, ROOM, "%s:private:%.*s", head, WHO, server->who);
    (void)snprintf(out->lock, ROOM, "%s:lock:%.*s", head, WHO, server->who);
}

const char *orch_share_channel(const char *prefix, char out[ORCH_SHARE_NAME_BYTES]) {
    (void)snprintf(out, ORCH_SHARE_NAME_BYTES, "%.64s:1:changes", prefix);
    return out;
}
