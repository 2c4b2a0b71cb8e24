/* SPDX-License-Identifier: MIT */
/* http_tls.c - see http_tls.h. */
#include "listen/http_tls.h"

#include <gnutls/abstract.h>
#include <sys/socket.h>

#include "mcp/clock.h"
#include "mcp/log.h"

/* NOLINTBEGIN(readability-function-size,readability-non-const-parameter): the library's type */
static int show_nothing(gnutls_session_t session, const gnutls_datum_t *issuers, int issuer_count,
                        const gnutls_pk_algorithm_t *kinds, int kind_count,
                        gnutls_pcert_st **out_certs, unsigned *out_cert_count,
                        gnutls_privkey_t *out_key) {
    (void)session, (void)issuers, (void)issuer_count, (void)kinds, (void)kind_count;
    (void)out_certs, (void)out_cert_count, (void)out_key;
    return -1;
}
/* NOLINTEND(readability-function-size,readability-non-const-parameter) */

void mcp_http_tls_options(const struct mcp_http_loop *loop,
                          struct MHD_OptionItem out[MCP_HTTP_TLS_OPTIONS]) {
    static char priorities[] = MCP_TLS_PRIORITIES;
    union {
        gnutls_certificate_retrieve_function2 *function;
        void *pointer; /* what the library takes it as */
    } callback = {.function = show_nothing};
    const struct MHD_OptionItem end = {MHD_OPTION_END, 0, NULL};
    out[0] = end;
    if (loop->identity == NULL)
        return;
    out[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, priorities};
    out[1] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_CERT_CALLBACK, 0, callback.pointer};
    out[2] = end;
}

void mcp_http_tls_set(struct mcp_http_loop *loop, struct mcp_tls_identity *identity) {
    char text[MCP_TLS_DOUBT_BYTES];
    const char *doubt = mcp_tls_identity_doubt(identity, mcp_clock_wall_ms(), text);
    mcp_tls_identity_unref(loop->identity);
    loop->identity = identity;
    if (doubt != NULL)
        MCP_LOG(WARN, "listen.tls", "event=certificate what=\"%s\"", doubt);
}

void mcp_http_tls_greet(struct mcp_http_connection *connection) {
    struct mcp_tls_identity *identity = connection->loop->identity;
    if (identity == NULL)
        return;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (info != NULL && mcp_tls_identity_show(identity, info->tls_session))
        connection->identity = mcp_tls_identity_ref(identity);
    else
        (void)shutdown(connection->socket, SHUT_RDWR);
}
