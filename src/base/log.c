/* SPDX-License-Identifier: MIT */
/* log.c - see mcp/log.h. */
#include "mcp/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/timestamp.h"
#include "mcp/utf8.h"

enum { RAW_BYTES = 2 * MCP_LOG_MAX_LINE_BYTES };

#define CUT_MARK "... (truncated)"

static atomic_int threshold = MCP_LOG_INFO;
static mcp_log_sink_fn *current_sink;
static void *current_user;

static pthread_mutex_t secrets_lock = PTHREAD_MUTEX_INITIALIZER; /* guards: secrets, secret_count */
static char *secrets[MCP_LOG_MAX_SECRETS];
static size_t secret_count;

static const char *const level_names[] = {"DEBUG", "INFO", "WARN", "ERROR", "OFF"};

void mcp_log_set_level(enum mcp_log_level level) {
    atomic_store(&threshold, (int)level);
}

void mcp_log_set_sink(mcp_log_sink_fn *sink, void *user) {
    current_sink = sink;
    current_user = user;
}

bool mcp_log_enabled(enum mcp_log_level level) {
    return (int)level >= atomic_load_explicit(&threshold, memory_order_relaxed) &&
           level < MCP_LOG_OFF;
}

bool mcp_log_level_parse(const char *text, enum mcp_log_level *out_level) {
    static const struct {
        const char *name;
        enum mcp_log_level level;
    } names[] = {
        {"DEBUG", MCP_LOG_DEBUG},  {"INFO", MCP_LOG_INFO},   {"WARN", MCP_LOG_WARN},
        {"WARNING", MCP_LOG_WARN}, {"ERROR", MCP_LOG_ERROR}, {"CRITICAL", MCP_LOG_ERROR},
        {"OFF", MCP_LOG_OFF},
    };
    for (size_t i = 0; text != NULL && i < MCP_COUNT(names); i++) {
        if (strcasecmp(text, names[i].name) == 0) {
            *out_level = names[i].level;
            return true;
        }
    }
    return false;
}

static void forget_secrets(void) {
    while (secret_count > 0)
        mcp_free(secrets[--secret_count]);
}

static bool keep_secret(const char *secret) {
    for (size_t i = 0; i < secret_count; i++)
        if (strcmp(secrets[i], secret) == 0)
            return true;
    if (secret_count == MCP_LOG_MAX_SECRETS)
        return false;
    char *copy = mcp_strdup(secret);
    if (copy == NULL)
        return false;
    secrets[secret_count++] = copy;
    return true;
}

bool mcp_log_hide(const char *secret) {
    bool is_hidden = true;
    (void)pthread_mutex_lock(&secrets_lock);
    if (secret == NULL)
        forget_secrets();
    else if (secret[0] != '\0')
        is_hidden = keep_secret(secret);
    (void)pthread_mutex_unlock(&secrets_lock);
    return is_hidden;
}

/* Bytes of the longest secret at the start of `text`; what a cut text ends in may be half of one.
 */
static size_t secret_at(struct mcp_str text, bool is_cut) {
    size_t longest = 0;
    for (size_t i = 0; i < secret_count; i++) {
        size_t len = strlen(secrets[i]);
        if (len > text.len)
            len = is_cut ? text.len : 0;
        if (len > longest && memcmp(text.ptr, secrets[i], len) == 0)
            longest = len;
    }
    return longest;
}

/* Shortens in place or grows by at most what the caller left free; `raw` is overwritten. */
static void hide_secrets(struct mcp_str raw, bool is_cut, struct mcp_buf *out) {
    (void)pthread_mutex_lock(&secrets_lock);
    size_t run = 0;
    for (size_t i = 0; i < raw.len && secret_count > 0;) {
        size_t len = secret_at((struct mcp_str){raw.ptr + i, raw.len - i}, is_cut);
        if (len > 0) {
            mcp_buf_add(out, (struct mcp_str){raw.ptr + run, i - run});
            mcp_buf_add(out, MCP_STR("***"));
            run = i + len;
        }
        i += len > 0 ? len : 1;
    }
    (void)pthread_mutex_unlock(&secrets_lock);
    mcp_buf_add(out, (struct mcp_str){raw.ptr + run, raw.len - run});
}

/* One code point at a time, so that the cut falls between two. True when all of it fitted. */
static bool add_line(struct mcp_buf *line, struct mcp_str text) {
    for (size_t at = 0; at < text.len && line->status == MCP_OK;) {
        size_t start = at;
        (void)mcp_utf8_next(text, &at);
        mcp_utf8_add_printable(line, (struct mcp_str){text.ptr + start, at - start});
    }
    return line->status == MCP_OK;
}

static void emit(enum mcp_log_level level, struct mcp_buf *line) {
    if (current_sink != NULL) {
        current_sink(level, line->data, current_user);
        return;
    }
    line->data[line->len] = '\n'; /* in the place of the NUL: one write, one line */
    ssize_t done = 0;
    do {
        done = write(STDERR_FILENO, line->data, line->len + 1);
    } while (done < 0 && errno == EINTR);
}

void mcp_log_write(enum mcp_log_level level, const char *area, const char *format, ...) {
    if (!mcp_log_enabled(level))
        return;
    int saved_errno = errno;
    char raw[RAW_BYTES];
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    size_t len = wanted < 0 ? 0 : (size_t)wanted;
    bool is_cut = len >= sizeof raw;
    if (is_cut)
        len = sizeof raw - 1;

    /* Buffers over the stack: full size from the start, so they never ask for memory. The worst
     * text is secrets of one byte, each replaced by three. */
    char hidden_bytes[3 * RAW_BYTES];
    char line_bytes[MCP_LOG_MAX_LINE_BYTES];
    struct mcp_buf hidden = {
        .data = hidden_bytes, .cap = sizeof hidden_bytes, .max = sizeof hidden_bytes - 1};
    struct mcp_buf line = {
        .data = line_bytes, .cap = sizeof line_bytes, .max = sizeof line_bytes - sizeof CUT_MARK};
    hide_secrets((struct mcp_str){raw, len}, is_cut, &hidden);

    char now[MCP_TIMESTAMP_BYTES];
    mcp_timestamp_format(mcp_clock_wall_ms(), now);
    mcp_buf_addf(&line, "%s %s %s ", now, level_names[level], area);
    if (!add_line(&line, mcp_buf_view(&hidden)) || is_cut) {
        line.status = MCP_OK;
        line.max = sizeof line_bytes - 1;
        mcp_buf_add(&line, MCP_STR(CUT_MARK));
    }
    emit(level, &line);
    errno = saved_errno;
}
