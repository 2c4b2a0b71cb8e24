/* SPDX-License-Identifier: MIT */
/* jwt_claims.h - what the claims of an access token must say. Layer: oauth. Includes: base. */
#ifndef OAUTH_JWT_CLAIMS_H
#define OAUTH_JWT_CLAIMS_H

#include <stdint.h>

#include "mcp/buf.h"
#include "oauth/fault.h"

enum {
    OAUTH_MAX_LEEWAY_S = 300,
    OAUTH_MAX_PRINCIPAL_BYTES = 511 /* as MCP_LISTEN_MAX_PRINCIPAL */
};

#define OAUTH_MAX_DATE_S UINT64_C(253402300799) /* the end of the year 9999 */

/* Both texts are not empty, and are compared byte for byte. */
struct oauth_rules {
    struct mcp_str issuer;
    struct mcp_str audience; /* this resource */
    uint64_t leeway_s;       /* clocks may differ by so much; more than 300 counts as 300 */
};

/* Owns its texts. */
struct oauth_claims {
    /* Issuer, subject and client, with a space between them; bytes other than visible ASCII, and
     * '%', are written as %XX, and an absent subject or client as nothing. So no two are alike. */
    char *principal;
    char *scopes; /* with one space between them; "" for none */
    uint64_t
        expires_s; /* seconds since 1970; from then on the token counts no more, leeway included
                    */
};

struct oauth_claims *oauth_claims_copy(const struct oauth_claims *claims); /* NULL: no memory */
void oauth_claims_free(struct oauth_claims *claims);
void oauth_claims_freep(struct oauth_claims **claims); /* for MCP_AUTO */

/*
 * Judge the claims of a token whose signature is right. Those that are judged: iss, aud (a text or
 * a list of texts), exp, nbf, iat, sub, client_id (or else azp), scope (or else scp, a text or a
 * list), cnf. Dates are integers from 0 to the end of the year 9999.
 *
 *   in      json   the payload
 *           now_s  seconds since 1970
 *   out     *out_claims  free with oauth_claims_free
 *   errors  CLAIMS_JSON, CLAIM_TYPE, ISSUER, AUDIENCE, NO_EXPIRY, EXPIRED, NOT_YET, ISSUED_LATER,
 *           BOUND, SUBJECT, SCOPE; the first in this order; NO_MEMORY
 *   thread  any
 *   spec    RFC 7519 section 4.1, RFC 9068 section 4, RFC 8707 section 2
 */
enum oauth_fault oauth_claims_read(struct mcp_str json, const struct oauth_rules *rules,
                                   uint64_t now_s, struct oauth_claims **out_claims) MCP_CHECK;

#endif
