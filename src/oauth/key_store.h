/* SPDX-License-Identifier: MIT */
/* key_store.h - which keys of an issuer count now, and when to fetch them again. Layer: oauth.
 * Includes: json. */
#ifndef OAUTH_KEY_STORE_H
#define OAUTH_KEY_STORE_H

#include <stdint.h>

#include "oauth/jwks.h"

/* Milliseconds. Zero means the default. */
struct oauth_key_times {
    uint64_t max_age_ms;   /* keys are fetched again when they are so old; 600,000 */
    uint64_t unknown_ms;   /* between two fetches that unknown keys cause; 300,000 */
    uint64_t retry_ms;     /* after a failed fetch, doubled with each one more; 5,000 */
    uint64_t max_retry_ms; /* until it is this; 60,000 */
    uint64_t usable_ms;    /* keys count no more when they are so old; 3,600,000 */
};

/*
 * The caller fetches; this decides. In its storage, and with its clock: `now_ms` is monotonic and
 * never goes back. One fetch at a time: begin, then took or failed.
 */
struct oauth_key_store {
    struct oauth_key_times times;
    struct oauth_jwks *keys; /* owned; NULL: none yet */
    uint64_t taken_ms;       /* when they came */
    uint64_t due_ms;         /* when to fetch next */
    uint64_t unknown_due_ms; /* before, no unknown key causes a fetch */
    unsigned failures;       /* since keys came last */
    bool is_fetching;
};

/* Keys are to be fetched at once. */
void oauth_key_store_init(struct oauth_key_store *store, const struct oauth_key_times *times,
                          uint64_t now_ms);
void oauth_key_store_deinit(struct oauth_key_store *store); /* safe on a zeroed struct */

/* When to begin a fetch; UINT64_MAX while there is one. A timer may be set for it. */
uint64_t oauth_key_store_due(const struct oauth_key_store *store);

void oauth_key_store_begin(struct oauth_key_store *store);
/* fresh_ms: how long the answer said that it is good; 0: it did not, take max_age_ms. */
void oauth_key_store_took(struct oauth_key_store *store, struct oauth_jwks *keys, uint64_t fresh_ms,
                          uint64_t now_ms);
void oauth_key_store_failed(struct oauth_key_store *store, uint64_t now_ms);

/* Somebody wants them now: brings the next fetch forward, unless there is one. */
void oauth_key_store_hurry(struct oauth_key_store *store, uint64_t now_ms);

/*
 * A token named a key that is not there (OAUTH_KEY_UNKNOWN). Brings the next fetch forward, to now,
 * unless there is one, the last ones failed, or an unknown key did so less than unknown_ms ago:
 * whoever makes up names cannot make us ask the issuer more often. True when it did.
 */
bool oauth_key_store_unknown(struct oauth_key_store *store, uint64_t now_ms);

/* To judge tokens with; NULL when none came yet or the last ones are older than usable_ms: then
 * nothing can be judged. Valid until took or deinit. */
const struct oauth_jwks *oauth_key_store_keys(const struct oauth_key_store *store, uint64_t now_ms);

#endif
