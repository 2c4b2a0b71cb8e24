/* SPDX-License-Identifier: MIT */
/* authorized.c - see authorized.h. Decides when a message waits for a token. */
#include "dial/authorized.h"

#include "mcp/alloc.h"
#include "oauth_client/oauth_challenge.h"

bool mcp_authorized_holds(struct mcp_authorizer *authorizer, struct mcp_authorized *message) {
    const struct mcp_authorizer_refusal none = {0};
    if (authorizer == NULL || message->rounds == MCP_AUTHORIZED_MAX_ROUNDS ||
        !mcp_authorizer_must_wait(authorizer))
        return false;
    message->rounds++;
    mcp_authorizer_ask(authorizer, &none, &message->wait);
    return true;
}

const char *mcp_authorized_token(const struct mcp_authorizer *authorizer,
                                 struct mcp_authorized *message) {
    return authorizer != NULL ? mcp_authorizer_token(authorizer, &message->serial) : NULL;
}

/* Without memory the challenge is as good as absent: the metadata are looked for where they
 * usually are. */
void mcp_authorized_head(const struct mcp_authorizer *authorizer, struct mcp_authorized *message,
                         const struct mcp_fetch *fetch) {
    struct mcp_buf joined = MCP_BUF_INIT(MCP_OAUTH_CHALLENGE_MAX_BYTES);
    long status = mcp_fetch_status(fetch);
    if (status >= 200 && status < 300)
        message->rounds = 0;
    mcp_free(message->challenge);
    message->challenge = NULL;
    message->is_public = mcp_fetch_is_public(fetch);
    if (authorizer == NULL || (status != 401 && status != 403))
        return;
    for (size_t i = 0; mcp_fetch_header_at(fetch, "WWW-Authenticate", i) != NULL; i++) {
        if (i > 0)
            mcp_buf_add(&joined, MCP_STR(", "));
        mcp_buf_add(&joined, mcp_str_of(mcp_fetch_header_at(fetch, "WWW-Authenticate", i)));
    }
    if (mcp_buf_finish(&joined, NULL) == MCP_OK)
        message->challenge = mcp_buf_take(&joined, NULL);
    mcp_buf_deinit(&joined);
}

bool mcp_authorized_is_refused(struct mcp_authorizer *authorizer, struct mcp_authorized *message,
                               long status) {
    const struct mcp_authorizer_refusal refusal = {.status = status,
                                                   .challenge = message->challenge,
                                                   .serial = message->serial,
                                                   .is_public = message->is_public};
    if (authorizer == NULL || message->rounds == MCP_AUTHORIZED_MAX_ROUNDS ||
        !mcp_authorizer_takes(status, message->challenge))
        return false;
    message->rounds++;
    mcp_authorizer_ask(authorizer, &refusal, &message->wait);
    return true;
}

void mcp_authorized_deinit(struct mcp_authorizer *authorizer, struct mcp_authorized *message) {
    if (authorizer != NULL)
        mcp_authorizer_forget(authorizer, &message->wait);
    mcp_free(message->challenge);
    message->challenge = NULL;
}
