/* SPDX-License-Identifier: MIT */
/* postgres_value.c - see postgres_value.h. Pure: no I/O, no clock, no log. */
#include "database/postgres_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of pg_type: they never change. */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_OID = 26,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701
};

static enum mcp_code unreadable(const char *type, struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_PEER, "the database sent a %s that is none", type);
}

static enum mcp_code read_integer(const char *text, bool is_exact, struct database_value *out,
                                  struct mcp_err *err) {
    static const int64_t exact_in_double = (int64_t)1 << 53;
    char *end = NULL;
    errno = 0;
    long long integer = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0)
        return unreadable("integer", err);
    bool is_beyond = integer > exact_in_double || integer < -exact_in_double;
    out->type = is_exact && is_beyond ? DATABASE_EXACT_INTEGER : DATABASE_INTEGER;
    out->integer = integer;
    return MCP_OK;
}

static enum mcp_code read_real(const char *text, struct database_value *out, struct mcp_err *err) {
    char *end = NULL;
    out->type = DATABASE_REAL;
    out->real = strtod(text, &end);
    return end == text || *end != '\0' ? unreadable("number", err) : MCP_OK;
}

static int nibble(char digit) {
    static const char digits[] = "0123456789abcdef";
    const char *at = digit != '\0' ? strchr(digits, digit) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

static enum mcp_code read_bytes(struct mcp_str text, struct mcp_buf *storage,
                                struct database_value *out, struct mcp_err *err) {
    if (text.len < 2 || text.ptr[0] != '\\' || text.ptr[1] != 'x' || text.len % 2 != 0)
        return unreadable("bytea", err);
    for (size_t i = 2; i < text.len; i += 2) {
        int high = nibble(text.ptr[i]);
        int low = nibble(text.ptr[i + 1]);
        if (high < 0 || low < 0)
            return unreadable("bytea", err);
        mcp_buf_addc(storage, (char)(high * 16 + low));
    }
    MCP_TRY(mcp_buf_finish(storage, err));
    out->type = DATABASE_BLOB;
    out->bytes = storage->len > 0 ? mcp_buf_view(storage) : MCP_STR("");
    return MCP_OK;
}

enum mcp_code database_postgres_value(unsigned oid, struct mcp_str text, bool is_exact,
                                      struct mcp_buf *storage, struct database_value *out_value,
                                      struct mcp_err *err) {
    struct database_value value = {DATABASE_NULL, 0, 0, {"", 0}};
    enum mcp_code code = MCP_OK;
    mcp_buf_clear(storage);
    if (text.ptr != NULL) {
        switch (oid) {
        case OID_BOOL:
            value.type = DATABASE_BOOLEAN;
            value.integer = text.len > 0 && text.ptr[0] == 't';
            break;
        case OID_INT2:
        case OID_INT4:
        case OID_INT8:
        case OID_OID:
            code = read_integer(text.ptr, is_exact, &value, err);
            break;
        case OID_FLOAT4:
        case OID_FLOAT8:
            code = read_real(text.ptr, &value, err);
            break;
        case OID_BYTEA:
            code = read_bytes(text, storage, &value, err);
            break;
        default:
            value.type = DATABASE_TEXT;
            value.bytes = text;
            break;
        }
    }
    if (code == MCP_OK)
        *out_value = value;
    return code;
}
