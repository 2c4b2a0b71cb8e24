/* SPDX-License-Identifier: MIT */
/* fault.h - why an access token is not accepted. Layer: oauth. Includes: nothing. */
#ifndef OAUTH_FAULT_H
#define OAUTH_FAULT_H

enum oauth_fault {
    OAUTH_OK = 0,
    OAUTH_NO_MEMORY,      /* says nothing about the token */
    OAUTH_NO_KEYS,        /* nor does this: there are none to judge it with */
    OAUTH_TOO_LONG,       /* over OAUTH_MAX_TOKEN_BYTES, or the header over its bound */
    OAUTH_NOT_COMPACT,    /* not three parts, or one is empty */
    OAUTH_NOT_BASE64,     /* a part is not canonical base64url without padding */
    OAUTH_HEADER_JSON,    /* the header is no JSON object, or has a member twice */
    OAUTH_KEY_INSIDE,     /* jwk, jku, x5c, x5u: brings its own key */
    OAUTH_EXTENSION,      /* crit, b64, zip */
    OAUTH_HEADER_MEMBER,  /* a member that is not accepted, or of another type */
    OAUTH_ALGORITHM,      /* alg is absent, or none that is accepted */
    OAUTH_TYPE,           /* typ is neither at+jwt nor JWT */
    OAUTH_KEY_NAME,       /* kid is empty or too long */
    OAUTH_KEY_UNKNOWN,    /* no key has this kid, or none fits: worth fetching the keys again */
    OAUTH_KEY_UNSUITABLE, /* the key of this kid is of another algorithm */
    OAUTH_KEY_UNNAMED,    /* no kid, and several keys fit */
    OAUTH_SIGNATURE,      /* not made with that key */
    OAUTH_CLAIMS_JSON,    /* the claims are no JSON object, or have a member twice */
    OAUTH_CLAIM_TYPE,     /* a claim of another type than RFC 7519 or 9068 gives it */
    OAUTH_ISSUER,         /* absent, or another */
    OAUTH_AUDIENCE,       /* absent, or made for other resources */
    OAUTH_NO_EXPIRY,
    OAUTH_EXPIRED,
    OAUTH_NOT_YET,      /* nbf is to come */
    OAUTH_ISSUED_LATER, /* iat is to come */
    OAUTH_BOUND,        /* cnf: for the holder of another key */
    OAUTH_SUBJECT,      /* neither sub nor client_id, or an empty one, or both too long */
    OAUTH_SCOPE         /* not a list of RFC 6749 scope tokens */
};

/* One line for the peer: printable ASCII without quotes and backslashes; static storage. */
const char *oauth_fault_text(enum oauth_fault fault);

/* "OAUTH_EXPIRED", for logs and tests; static storage. */
const char *oauth_fault_name(enum oauth_fault fault);

#endif
