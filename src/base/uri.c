/* SPDX-License-Identifier: MIT */
/* uri.c - see mcp/uri.h. Pure: no I/O, no clock, no log. */
#include "mcp/uri.h"

#include <stdint.h>
#include <string.h>

/* Classes of RFC 3986 appendix A. */
enum {
    ALPHA = 1,
    DIGIT = 2,
    HEX = 4,
    MARK = 8, /* - . _ ~ */
    SUB = 16, /* sub-delims */
    COLON = 32,
    AT = 64,
    SLASH = 128,
    QUESTION = 256,
    PLUS_MINUS_DOT = 512, /* what a scheme allows beside letters and digits */

    UNRESERVED = ALPHA | DIGIT | MARK,
    SCHEME = ALPHA | DIGIT | PLUS_MINUS_DOT,
    REG_NAME = UNRESERVED | SUB,
    USERINFO = REG_NAME | COLON,
    PATH = REG_NAME | COLON | AT | SLASH,
    QUERY = PATH | QUESTION
};

static unsigned class_of(char byte) {
    if ((byte >= 'A' && byte <= 'F') || (byte >= 'a' && byte <= 'f'))
        return ALPHA | HEX;
    if ((byte >= 'G' && byte <= 'Z') || (byte >= 'g' && byte <= 'z'))
        return ALPHA;
    if (byte >= '0' && byte <= '9')
        return DIGIT | HEX;
    switch (byte) {
    case '-':
    case '.':
        return MARK | PLUS_MINUS_DOT;
    case '_':
    case '~':
        return MARK;
    case '+':
        return SUB | PLUS_MINUS_DOT;
    case ':':
        return COLON;
    case '@':
        return AT;
    case '/':
        return SLASH;
    case '?':
        return QUESTION;
    default:
        return byte != '\0' && strchr("!$&'()*,;=", byte) != NULL ? SUB : 0;
    }
}

static bool is_class(char byte, unsigned wanted) {
    return (class_of(byte) & wanted) != 0;
}

static char lower(char byte) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    if (byte < 'A' || byte > 'Z')
        return byte;
    return letters[byte - 'A'];
}

static bool same_text(struct mcp_str a, struct mcp_str b) {
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

static struct mcp_str slice(struct mcp_str text, size_t from, size_t to) {
    return (struct mcp_str){text.ptr + from, to - from};
}

/* Index of the first byte of `set` at or after `from`, else text.len. */
static size_t find(struct mcp_str text, size_t from, const char *set) {
    for (size_t i = from; i < text.len; i++)
        if (text.ptr[i] != '\0' && strchr(set, text.ptr[i]) != NULL)
            return i;
    return text.len;
}

struct split {
    struct mcp_str text;
    struct mcp_uri uri;
    struct mcp_err *err;
};

static enum mcp_code fail_at(const struct split *split, const char *at, const char *what) {
    return mcp_err_at(split->err, MCP_FAIL(split->err, MCP_E_SYNTAX, "%s", what), "byte %zu",
                      (size_t)(at - split->text.ptr));
}

static bool is_escape(struct mcp_str text, size_t at) {
    return text.len - at >= 3 && is_class(text.ptr[at + 1], HEX) && is_class(text.ptr[at + 2], HEX);
}

static enum mcp_code check(const struct split *split, struct mcp_str part, unsigned allowed,
                           const char *what) {
    for (size_t i = 0; i < part.len; i++) {
        if (part.ptr[i] == '%' && (allowed & SUB) != 0) {
            if (!is_escape(part, i))
                return fail_at(split, part.ptr + i, "\"%\" without two hexadecimal digits");
            i += 2;
        } else if (!is_class(part.ptr[i], allowed)) {
            return fail_at(split, part.ptr + i, what);
        }
    }
    return MCP_OK;
}

/* Bytes of "255." style decimal octets: true when `text` is exactly an IPv4 address. */
static bool is_ipv4(struct mcp_str text) {
    size_t octets = 0;
    for (size_t at = 0; at <= text.len; octets++) {
        size_t end = find(text, at, ".");
        unsigned value = 0;
        for (size_t i = at; i < end && i < at + 4; i++) {
            if (!is_class(text.ptr[i], DIGIT))
                return false;
            value = value * 10 + (unsigned)(text.ptr[i] - '0');
        }
        bool has_zero_in_front = end - at > 1 && text.ptr[at] == '0';
        if (end == at || value > 255 || has_zero_in_front)
            return false;
        at = end + 1;
    }
    return octets == 4;
}

/* Groups in a run "1:2:3"; SIZE_MAX when it is not one. An IPv4 tail counts as two. */
static size_t ipv6_groups(struct mcp_str run, bool may_end_in_ipv4) {
    size_t groups = 0;
    if (run.len == 0)
        return 0;
    for (size_t at = 0; at <= run.len; groups++) {
        size_t end = find(run, at, ":");
        if (end == run.len && may_end_in_ipv4 && is_ipv4(slice(run, at, end)))
            return groups + 2;
        if (end == at || end - at > 4)
            return SIZE_MAX;
        for (size_t i = at; i < end; i++)
            if (!is_class(run.ptr[i], HEX))
                return SIZE_MAX;
        at = end + 1;
    }
    return groups;
}

static bool is_ipv6(struct mcp_str text) {
    size_t gap = 0;
    while (gap + 1 < text.len && !(text.ptr[gap] == ':' && text.ptr[gap + 1] == ':'))
        gap++;
    if (gap + 1 >= text.len)
        return ipv6_groups(text, true) == 8;
    size_t before = ipv6_groups(slice(text, 0, gap), false);
    size_t after = ipv6_groups(slice(text, gap + 2, text.len), true);
    return before <= 7 && after <= 7 && before + after <= 7;
}

/* "v1.something" of the grammar's IPvFuture. */
static bool is_ip_future(struct mcp_str text) {
    size_t dot = find(text, 0, ".");
    if (text.len == 0 || lower(text.ptr[0]) != 'v' || dot < 2 || dot + 1 >= text.len)
        return false;
    for (size_t i = 1; i < dot; i++)
        if (!is_class(text.ptr[i], HEX))
            return false;
    for (size_t i = dot + 1; i < text.len; i++)
        if (!is_class(text.ptr[i], USERINFO))
            return false;
    return true;
}

static enum mcp_code take_port(struct split *split, struct mcp_str digits) {
    unsigned port = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!is_class(digits.ptr[i], DIGIT))
            return fail_at(split, digits.ptr + i, "a port is digits");
        port = port * 10 + (unsigned)(digits.ptr[i] - '0');
        if (port > UINT16_MAX)
            return fail_at(split, digits.ptr, "a port is at most 65535");
    }
    if (digits.len > 0 && port == 0)
        return fail_at(split, digits.ptr, "port 0 cannot be addressed");
    split->uri.port = (uint16_t)port;
    return MCP_OK;
}

/* "[::1]" or a name at the start of `part`; *out_end is the byte after it. */
static enum mcp_code take_host(struct split *split, struct mcp_str part, size_t *out_end) {
    struct mcp_str *host = &split->uri.host;
    if (part.len == 0 || part.ptr[0] != '[') {
        *out_end = find(part, 0, ":");
        *host = slice(part, 0, *out_end);
        return check(split, *host, REG_NAME, "not allowed in a host");
    }
    size_t close = find(part, 0, "]");
    *host = slice(part, 1, close);
    if (close == part.len || !(is_ipv6(*host) || is_ip_future(*host)))
        return fail_at(split, part.ptr, "not an IPv6 address in brackets");
    *out_end = close + 1;
    return MCP_OK;
}

/* `part` is what stands between "//" and the path. */
static enum mcp_code take_authority(struct split *split, struct mcp_str part) {
    struct mcp_uri *uri = &split->uri;
    struct mcp_str rest = part;
    size_t at = find(part, 0, "@");
    if (at < part.len) {
        uri->has_userinfo = true;
        uri->userinfo = slice(part, 0, at);
        rest = slice(part, at + 1, part.len);
    }
    MCP_TRY(check(split, uri->userinfo, USERINFO, "not allowed in user information"));
    size_t end = 0;
    MCP_TRY(take_host(split, rest, &end));
    if (end == rest.len)
        return MCP_OK;
    if (rest.ptr[end] != ':')
        return fail_at(split, rest.ptr + end, "expected a port or the path");
    return take_port(split, slice(rest, end + 1, rest.len));
}

/* Sets *out_rest to where the path or authority begins. */
static enum mcp_code take_scheme(struct split *split, size_t *out_rest) {
    struct mcp_str text = split->text;
    size_t end = find(text, 0, ":/?#");
    *out_rest = 0;
    if (end == text.len || text.ptr[end] != ':')
        return MCP_OK;
    if (end == 0 || !is_class(text.ptr[0], ALPHA))
        return fail_at(split, text.ptr, "a scheme begins with a letter");
    split->uri.scheme = slice(text, 0, end);
    *out_rest = end + 1;
    return check(split, split->uri.scheme, SCHEME, "not allowed in a scheme");
}

/* Path, query and fragment, from byte `at` on. */
static enum mcp_code take_rest(struct split *split, size_t at) {
    struct mcp_str text = split->text;
    struct mcp_uri *uri = &split->uri;
    size_t path_end = find(text, at, "?#");
    size_t query_end = find(text, path_end, "#");
    uri->path = slice(text, at, path_end);
    uri->has_query = path_end < query_end;
    uri->has_fragment = query_end < text.len;
    if (uri->has_query)
        uri->query = slice(text, path_end + 1, query_end);
    if (uri->has_fragment)
        uri->fragment = slice(text, query_end + 1, text.len);
    MCP_TRY(check(split, uri->path, PATH, "not allowed in a path"));
    MCP_TRY(check(split, uri->query, QUERY, "not allowed in a query"));
    return check(split, uri->fragment, QUERY, "not allowed in a fragment");
}

static enum mcp_code split_text(struct split *split) {
    struct mcp_str text = split->text;
    size_t at = 0;
    MCP_TRY(take_scheme(split, &at));
    if (text.len - at >= 2 && text.ptr[at] == '/' && text.ptr[at + 1] == '/') {
        size_t end = find(text, at + 2, "/?#");
        split->uri.has_authority = true;
        MCP_TRY(take_authority(split, slice(text, at + 2, end)));
        at = end;
    }
    return take_rest(split, at);
}

enum mcp_code mcp_uri_parse(struct mcp_str text, struct mcp_uri *out_uri, struct mcp_err *err) {
    const struct mcp_str none = MCP_STR("");
    struct split split = {
        .text = text.len > 0 ? text : none,
        .uri = {.scheme = none,
                .userinfo = none,
                .host = none,
                .path = none,
                .query = none,
                .fragment = none},
        .err = err,
    };
    if (text.len > MCP_URI_MAX_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "a URI of more than %d bytes", MCP_URI_MAX_BYTES);
    MCP_TRY(split_text(&split));
    *out_uri = split.uri;
    return MCP_OK;
}

static bool starts(struct mcp_str text, const char *prefix) {
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.ptr, prefix, len) == 0;
}

static bool is_text(struct mcp_str text, const char *other) {
    return mcp_str_equal(text, mcp_str_of(other));
}

static struct mcp_str skip(struct mcp_str text, size_t bytes) {
    return slice(text, bytes, text.len);
}

static void drop_last_segment(struct mcp_buf *out) {
    while (out->len > 0 && out->data[out->len - 1] != '/')
        out->len--;
    if (out->len > 0)
        out->len--;
}

/* RFC 3986 section 5.2.4; `out` receives nothing but the path. */
static void remove_dot_segments(struct mcp_str path, struct mcp_buf *out) {
    struct mcp_str in = path;
    while (in.len > 0) {
        if (starts(in, "../")) {
            in = skip(in, 3);
        } else if (starts(in, "./") || starts(in, "/./")) {
            in = skip(in, 2);
        } else if (is_text(in, "/.")) {
            in = MCP_STR("/");
        } else if (starts(in, "/../") || is_text(in, "/..")) {
            in = in.len > 3 ? skip(in, 3) : MCP_STR("/");
            drop_last_segment(out);
        } else if (is_text(in, ".") || is_text(in, "..")) {
            in = MCP_STR("");
        } else {
            size_t end = find(in, 1, "/");
            mcp_buf_add(out, slice(in, 0, end));
            in = skip(in, end);
        }
    }
}

/* RFC 3986 section 5.2.3, then 5.2.4. */
static void merge_paths(const struct mcp_uri *base, struct mcp_str reference,
                        struct mcp_buf *scratch, struct mcp_buf *out_path) {
    size_t keep = base->path.len;
    while (keep > 0 && base->path.ptr[keep - 1] != '/')
        keep--;
    if (base->has_authority && base->path.len == 0)
        mcp_buf_addc(scratch, '/');
    mcp_buf_add(scratch, slice(base->path, 0, keep));
    mcp_buf_add(scratch, reference);
    remove_dot_segments(mcp_buf_view(scratch), out_path);
}

/* RFC 3986 section 5.3. The authority is copied as it stood in the text it came from. */
static void recompose(const struct mcp_uri *uri, struct mcp_str authority, struct mcp_buf *out) {
    mcp_buf_add(out, uri->scheme);
    mcp_buf_addc(out, ':');
    if (uri->has_authority)
        mcp_buf_add(out, MCP_STR("//"));
    else if (starts(uri->path, "//"))
        mcp_buf_add(out, MCP_STR("/.")); /* else the path would read back as an authority */
    mcp_buf_add(out, authority);
    mcp_buf_add(out, uri->path);
    if (uri->has_query)
        mcp_buf_addc(out, '?');
    mcp_buf_add(out, uri->query);
    if (uri->has_fragment)
        mcp_buf_addc(out, '#');
    mcp_buf_add(out, uri->fragment);
}

/* Userinfo, host and port are adjacent to the path in every text that has an authority. */
static struct mcp_str authority_of(const struct mcp_uri *uri) {
    if (!uri->has_authority)
        return MCP_STR("");
    const char *start = uri->has_userinfo ? uri->userinfo.ptr : uri->host.ptr;
    if (!uri->has_userinfo && start > uri->scheme.ptr && start[-1] == '[')
        start--;
    return (struct mcp_str){start, (size_t)(uri->path.ptr - start)};
}

/* RFC 3986 section 5.2.2 after the split. `target` is the reference and becomes the result; its
 * path is built in `out_path`, and has to be set from there. */
static void transform(const struct mcp_uri *base, struct mcp_uri *target, struct mcp_buf *scratch,
                      struct mcp_buf *out_path) {
    bool is_complete = target->scheme.len > 0 || target->has_authority;
    if (is_complete || starts(target->path, "/")) {
        remove_dot_segments(target->path, out_path);
    } else if (target->path.len > 0) {
        merge_paths(base, target->path, scratch, out_path);
    } else {
        mcp_buf_add(out_path, base->path);
        if (!target->has_query) {
            target->query = base->query;
            target->has_query = base->has_query;
        }
    }
    if (!is_complete)
        target->has_authority = base->has_authority;
    if (target->scheme.len == 0)
        target->scheme = base->scheme;
}

enum mcp_code mcp_uri_resolve(struct mcp_str base, struct mcp_str reference, struct mcp_buf *out,
                              struct mcp_err *err) {
    struct mcp_uri from = {0};
    struct mcp_uri target = {0};
    MCP_TRY(mcp_uri_parse(base, &from, err));
    MCP_TRY(mcp_uri_parse(reference, &target, err));
    if (from.scheme.len == 0)
        return MCP_FAIL(err, MCP_E_INVALID, "the base is not an absolute URI");

    MCP_AUTO(mcp_buf_deinit) struct mcp_buf merged = MCP_BUF_INIT(2 * MCP_URI_MAX_BYTES + 1);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf path = MCP_BUF_INIT(2 * MCP_URI_MAX_BYTES + 1);
    bool is_complete = target.scheme.len > 0 || target.has_authority;
    struct mcp_str authority = authority_of(is_complete ? &target : &from);
    transform(&from, &target, &merged, &path);
    MCP_TRY(mcp_buf_finish(&merged, err));
    MCP_TRY(mcp_buf_finish(&path, err));
    target.path = mcp_buf_view(&path);
    recompose(&target, authority, out);
    return mcp_buf_finish(out, err);
}

static unsigned effective_port(const struct mcp_uri *uri) {
    if (uri->port != 0)
        return uri->port;
    if (same_text(uri->scheme, MCP_STR("http")) || same_text(uri->scheme, MCP_STR("ws")))
        return 80;
    if (same_text(uri->scheme, MCP_STR("https")) || same_text(uri->scheme, MCP_STR("wss")))
        return 443;
    return 0;
}

bool mcp_uri_host_is_loopback(struct mcp_str host) {
    bool is_127 = host.len > 4 && memcmp(host.ptr, "127.", 4) == 0;
    return same_text(host, MCP_STR("localhost")) || mcp_str_equal(host, MCP_STR("::1")) ||
           (is_127 && is_ipv4(host));
}

bool mcp_uri_same_origin(const struct mcp_uri *a, const struct mcp_uri *b) {
    return a->scheme.len > 0 && a->host.len > 0 && same_text(a->scheme, b->scheme) &&
           same_text(a->host, b->host) && effective_port(a) == effective_port(b);
}

static unsigned hex_value(char digit) {
    return is_class(digit, DIGIT) ? (unsigned)(digit - '0') : (unsigned)(lower(digit) - 'a' + 10);
}

enum mcp_code mcp_uri_decode(struct mcp_str text, struct mcp_buf *out, struct mcp_err *err) {
    size_t run = 0;
    const struct split split = {.text = text, .err = err};
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '%')
            continue;
        if (!is_escape(text, i))
            return fail_at(&split, text.ptr + i, "\"%\" without two hexadecimal digits");
        unsigned value = hex_value(text.ptr[i + 1]) << 4 | hex_value(text.ptr[i + 2]);
        if (value == 0)
            return fail_at(&split, text.ptr + i, "an encoded NUL");
        mcp_buf_add(out, slice(text, run, i));
        mcp_buf_addc(out, (char)value);
        i += 2;
        run = i + 1;
    }
    if (run < text.len)
        mcp_buf_add(out, slice(text, run, text.len));
    return mcp_buf_finish(out, err);
}

void mcp_uri_encode(struct mcp_str text, struct mcp_buf *out) {
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (is_class(text.ptr[i], UNRESERVED)) {
            mcp_buf_addc(out, text.ptr[i]);
        } else {
            const char escape[3] = {'%', digits[byte >> 4], digits[byte & 15]};
            mcp_buf_add(out, (struct mcp_str){escape, sizeof escape});
        }
    }
}
