/* SPDX-License-Identifier: MIT */
/* bearers.c - see bearers.h. Pure: no I/O, no clock, no log. */
#include "listen/bearers.h"

#include <nettle/memops.h>
#include <nettle/sha2.h>
#include <stdatomic.h>
#include <string.h>

#include "mcp/alloc.h"

_Static_assert(MCP_BEARER_DIGEST_BYTES == SHA256_DIGEST_SIZE, "one digest");

struct row {
    char name[MCP_BEARER_MAX_NAME + 1];
    unsigned char digest[MCP_BEARER_DIGEST_BYTES];
};

struct mcp_bearers {
    atomic_size_t refs;
    size_t count;
    struct row rows[];
};

static enum mcp_code check_row(const struct mcp_bearer *row, struct mcp_err *err) {
    if (row->name == NULL || row->name[0] == '\0')
        return MCP_FAIL(err, MCP_E_INVALID, "a bearer without a name");
    if (strlen(row->name) > MCP_BEARER_MAX_NAME)
        return MCP_FAIL(err, MCP_E_LIMIT, "a name longer than %d bytes", MCP_BEARER_MAX_NAME);
    if (row->token == NULL || strlen(row->token) < MCP_BEARER_MIN_BYTES)
        return MCP_FAIL(err, MCP_E_INVALID, "the token of \"%s\" is shorter than %d bytes",
                        row->name, MCP_BEARER_MIN_BYTES);
    return MCP_OK;
}

enum mcp_code mcp_bearers_check(const struct mcp_bearer *rows, size_t count, struct mcp_err *err) {
    if (count > MCP_BEARERS_MAX)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_LIMIT, "more than %d", MCP_BEARERS_MAX),
                          "/bearers");
    for (size_t i = 0; i < count; i++) {
        enum mcp_code code = check_row(&rows[i], err);
        if (code != MCP_OK)
            return mcp_err_at(err, code, "/bearers/%zu", i);
    }
    return MCP_OK;
}

static void digest_of(struct mcp_str token, unsigned char out[MCP_BEARER_DIGEST_BYTES]) {
    struct sha256_ctx hash;
    sha256_init(&hash);
    sha256_update(&hash, token.len, (const uint8_t *)token.ptr);
    sha256_digest(&hash, MCP_BEARER_DIGEST_BYTES, out);
}

enum mcp_code mcp_bearers_new(const struct mcp_bearer *rows, size_t count,
                              struct mcp_bearers **out_bearers, struct mcp_err *err) {
    MCP_TRY(mcp_bearers_check(rows, count, err));
    struct mcp_bearers *bearers = mcp_alloc(sizeof *bearers + count * sizeof(struct row));
    if (bearers == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    atomic_init(&bearers->refs, 1);
    bearers->count = count;
    for (size_t i = 0; i < count; i++) {
        memcpy(bearers->rows[i].name, rows[i].name, strlen(rows[i].name) + 1);
        digest_of(mcp_str_of(rows[i].token), bearers->rows[i].digest);
    }
    *out_bearers = bearers;
    return MCP_OK;
}

struct mcp_bearers *mcp_bearers_ref(struct mcp_bearers *bearers) {
    if (bearers != NULL)
        atomic_fetch_add_explicit(&bearers->refs, 1, memory_order_relaxed);
    return bearers;
}

void mcp_bearers_unref(struct mcp_bearers *bearers) {
    if (bearers != NULL && atomic_fetch_sub_explicit(&bearers->refs, 1, memory_order_acq_rel) == 1)
        mcp_free(bearers);
}

size_t mcp_bearers_count(const struct mcp_bearers *bearers) {
    return bearers != NULL ? bearers->count : 0;
}

/* Looks at every row: where the right one stands does not show. */
static const struct row *find(const struct mcp_bearers *bearers,
                              const unsigned char digest[MCP_BEARER_DIGEST_BYTES]) {
    const struct row *found = NULL;
    for (size_t i = 0; i < mcp_bearers_count(bearers); i++)
        if (memeql_sec(bearers->rows[i].digest, digest, MCP_BEARER_DIGEST_BYTES) != 0)
            found = &bearers->rows[i];
    return found;
}

const char *mcp_bearers_find(const struct mcp_bearers *bearers, struct mcp_str token,
                             unsigned char out_digest[MCP_BEARER_DIGEST_BYTES]) {
    digest_of(token, out_digest);
    const struct row *row = find(bearers, out_digest);
    return row != NULL ? row->name : NULL;
}

bool mcp_bearers_hold(const struct mcp_bearers *bearers, const char *name,
                      const unsigned char digest[MCP_BEARER_DIGEST_BYTES]) {
    const struct row *row = find(bearers, digest);
    return row != NULL && strcmp(row->name, name) == 0;
}
