/* SPDX-License-Identifier: MIT */
/* fault.c - see fault.h. Pure: no I/O, no clock, no log. */
#include "oauth/fault.h"

#include <assert.h>
#include <stddef.h>

#include "mcp/compiler.h"

struct row {
    const char *name;
    const char *text;
};

static const struct row rows[] = {
    [OAUTH_OK] = {"OAUTH_OK", "the token is accepted"},
    [OAUTH_NO_MEMORY] = {"OAUTH_NO_MEMORY", "out of memory"},
    [OAUTH_NO_KEYS] = {"OAUTH_NO_KEYS",
                       "the keys of the authorization server cannot be had at the moment"},
    [OAUTH_TOO_LONG] = {"OAUTH_TOO_LONG",
                        "the token is longer than 8192 bytes, or its header than 1024"},
    [OAUTH_NOT_COMPACT] = {"OAUTH_NOT_COMPACT", "the token is not a signed JWT of three parts"},
    [OAUTH_NOT_BASE64] = {"OAUTH_NOT_BASE64",
                          "a part of the token is not base64url without padding"},
    [OAUTH_HEADER_JSON] = {"OAUTH_HEADER_JSON",
                           "the header of the token is not a JSON object with each member once"},
    [OAUTH_HEADER_MEMBER] = {"OAUTH_HEADER_MEMBER",
                             "the header of the token has a member that is not accepted here"},
    [OAUTH_KEY_INSIDE] = {"OAUTH_KEY_INSIDE",
                          "the token brings or points to a key of its own: jwk, jku, x5c or x5u"},
    [OAUTH_EXTENSION] = {"OAUTH_EXTENSION",
                         "the token uses an extension that is not supported: crit, b64 or zip"},
    [OAUTH_ALGORITHM] = {"OAUTH_ALGORITHM",
                         "the algorithm of the token is none of RS256, RS384, RS512, PS256, PS384, "
                         "PS512, ES256, ES384, ES512, EdDSA"},
    [OAUTH_TYPE] = {"OAUTH_TYPE", "the type of the token is neither at+jwt nor JWT"},
    [OAUTH_KEY_NAME] = {"OAUTH_KEY_NAME", "the kid of the token is empty or longer than 255 bytes"},
    [OAUTH_KEY_UNKNOWN] = {"OAUTH_KEY_UNKNOWN", "the token is signed with a key that is not known"},
    [OAUTH_KEY_UNSUITABLE] = {"OAUTH_KEY_UNSUITABLE",
                              "the key of the token does not serve its algorithm"},
    [OAUTH_KEY_UNNAMED] = {"OAUTH_KEY_UNNAMED",
                           "the token does not tell which of several keys signed it"},
    [OAUTH_SIGNATURE] = {"OAUTH_SIGNATURE", "the signature of the token is wrong"},
    [OAUTH_CLAIMS_JSON] = {"OAUTH_CLAIMS_JSON",
                           "the claims of the token are not a JSON object with each member once"},
    [OAUTH_CLAIM_TYPE] = {"OAUTH_CLAIM_TYPE", "a claim of the token has the wrong type"},
    [OAUTH_ISSUER] = {"OAUTH_ISSUER", "the token is from another issuer"},
    [OAUTH_AUDIENCE] = {"OAUTH_AUDIENCE", "the token is for another audience"},
    [OAUTH_NO_EXPIRY] = {"OAUTH_NO_EXPIRY", "the token does not tell when it expires"},
    [OAUTH_EXPIRED] = {"OAUTH_EXPIRED", "the token has expired"},
    [OAUTH_NOT_YET] = {"OAUTH_NOT_YET", "the token is not valid yet"},
    [OAUTH_ISSUED_LATER] = {"OAUTH_ISSUED_LATER", "the token is issued in the future"},
    [OAUTH_BOUND] = {"OAUTH_BOUND",
                     "the token is bound to a key of its holder, which is not supported"},
    [OAUTH_SUBJECT] = {"OAUTH_SUBJECT",
                       "the token names no subject and no client, or with too many bytes"},
    [OAUTH_SCOPE] = {"OAUTH_SCOPE", "the scopes of the token are malformed"},
};

static const struct row *row_of(enum oauth_fault fault) {
    assert((size_t)fault < MCP_COUNT(rows));
    return &rows[fault];
}

const char *oauth_fault_text(enum oauth_fault fault) {
    return row_of(fault)->text;
}

const char *oauth_fault_name(enum oauth_fault fault) {
    return row_of(fault)->name;
}
