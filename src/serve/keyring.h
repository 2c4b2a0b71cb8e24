/* SPDX-License-Identifier: MIT */
/* keyring.h - the keys of an issuer, from a file or fetched, and tokens judged by them. Layer:
 * serve. Includes: oauth. */
#ifndef SERVE_KEYRING_H
#define SERVE_KEYRING_H

#include "oauth/jwt_claims.h"

enum {
    SERVE_KEYS_USABLE_MS = 86400000, /* fetched keys, while fetching fails */
    SERVE_KEYS_MAX_TOKENS = 1024,    /* known again */
    SERVE_KEYS_UNKNOWN_MS = 60000    /* between two fetches that unknown keys cause */
};

struct serve_keyring;

struct serve_keyring_options {
    const char *path;         /* file with a JWK set; NULL: url */
    const char *url;          /* NULL: path */
    struct oauth_rules rules; /* borrowed texts */
    const char *program;      /* for the log */
};

/*
 * A file is read at once. A URL is fetched on a thread of its own, from now on: until the first
 * keys came nothing can be judged (OAUTH_NO_KEYS), and the log says so. While a later fetch fails
 * the former keys count, for a day.
 *
 *   errors  err->where is the file or the URL
 *           INVALID  the URL, as oauth_jwks_url_check
 *           as oauth_jwks_parse and mcp_file_read, for a file; NOMEM; IO
 */
enum mcp_code serve_keyring_open(const struct serve_keyring_options *options,
                                 struct serve_keyring **out_keyring, struct mcp_err *err) MCP_CHECK;
void serve_keyring_close(struct serve_keyring *keyring); /* NULL is a no-op */

/* Read the file again; what fails leaves the former keys. A URL is fetched soon: the log tells what
 * came of it. Any thread. errors: as open, of a file */
enum mcp_code serve_keyring_renew(struct serve_keyring *keyring, struct mcp_err *err) MCP_CHECK;
bool serve_keyring_fetches(const struct serve_keyring *keyring);

/* As oauth_jwt_verify; a token that was good with these keys is known again, until it expires, by
 * its digest (token_cache.h). A key that is not there may bring the next fetch forward. Any thread.
 */
enum oauth_fault serve_keyring_verify(struct serve_keyring *keyring, struct mcp_str token,
                                      struct oauth_claims **out_claims) MCP_CHECK;

/* How it is at the moment, for people and scrapers. */
struct serve_keyring_report {
    size_t key_count;  /* 0: tokens cannot be judged */
    uint64_t age_s;    /* since the keys came */
    unsigned failures; /* of fetches since they came, or since the start; 64: so many or more */
    bool fetches;
};
void serve_keyring_report(struct serve_keyring *keyring, struct serve_keyring_report *out_report);

#endif
