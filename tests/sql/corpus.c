/* SPDX-License-Identifier: MIT */
/* corpus.c - see corpus.h. */
#include "corpus.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "database/request.h"
#include "mcp/alloc.h"
#include "probe.h"

enum { LONGEST_MS = 3000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_done = PTHREAD_COND_INITIALIZER;
static size_t waiting;
static unsigned failures;
static const struct corpus_text *texts; /* what stands for what in SQL; ends with a NULL mark */
struct run {
    const json_t *row;
    bool is_attack;
};

static void complain(const struct run *run, const char *what, const char *got) {
    failures++;
    (void)printf("FAILED %s: %s: %s\n", json_string_value(json_object_get(run->row, "name")), what,
                 got);
}

/* "E_DENIED|E_SYNTAX" holds "E_DENIED". */
static bool has_code(const char *codes, enum mcp_code code) {
    const char *name = mcp_code_name(code);
    const char *at = strstr(codes, name);
    return at != NULL && (at[strlen(name)] == '|' || at[strlen(name)] == '\0');
}

static void check_attack(const struct run *run, const struct database_reply *reply) {
    const json_t *refused = json_object_get(run->row, "refused");
    const char *said = reply->err != NULL ? reply->err->what : "rows";
    char got[400];
    (void)snprintf(got, sizeof got, "%s: %s", mcp_code_name(reply->code), said);
    if (refused == NULL) {
        if (reply->elapsed_ms > LONGEST_MS || reply->code == MCP_E_IO)
            complain(run, "expected a bounded end", got);
        return;
    }
    const char *without = json_string_value(json_object_get(run->row, "without"));
    const char *what = json_string_value(json_object_get(refused, "what"));
    const char *code = json_string_value(json_object_get(refused, "code"));
    if (reply->code == MCP_OK || code == NULL || what == NULL || !has_code(code, reply->code) ||
        strstr(said, what) == NULL || (without != NULL && strstr(said, without) != NULL))
        complain(run, "expected a refusal", got);
}

static bool equals(const json_t *wanted, const char *format, struct mcp_str text) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf whole = MCP_BUF_INIT(4 << 20);
    json_t *got MCP_AUTO(mcp_json_decref) = NULL;
    mcp_buf_addf(&whole, "%c", format[0]);
    mcp_buf_add(&whole, text);
    mcp_buf_addf(&whole, "%c", format[1]);
    return wanted == NULL ||
           (mcp_json_parse(mcp_buf_view(&whole), &got, NULL) == MCP_OK && json_equal(wanted, got));
}

static void check_query(const struct run *run, const struct database_reply *reply) {
    if (reply->code != MCP_OK) {
        complain(run, "expected rows", reply->err->what);
        return;
    }
    char got[400];
    (void)snprintf(got, sizeof got, "%.*s %.*s", (int)reply->columns.len, reply->columns.ptr,
                   (int)reply->rows.len, reply->rows.ptr);
    const json_t *count = json_object_get(run->row, "row_count");
    const json_t *truncated = json_object_get(run->row, "truncated");
    const json_t *text = json_object_get(run->row, "text");
    if (!equals(json_object_get(run->row, "rows"), "[]", reply->rows))
        complain(run, "other rows", got);
    if (!equals(json_object_get(run->row, "columns"), "  ", reply->columns))
        complain(run, "other columns", got);
    if (count != NULL && !json_equal(count, json_object_get(reply->done, "row_count")))
        complain(run, "other row count", got);
    if (truncated != NULL && !json_equal(truncated, json_object_get(reply->done, "truncated")))
        complain(run, "other truncation", got);
    if (text != NULL && !mcp_str_equal(mcp_json_str(text), reply->text))
        complain(run, "other text", got);
}

static void on_done(const struct database_reply *reply, void *user) {
    struct run *run = user;
    (void)pthread_mutex_lock(&lock);
    if (run->is_attack)
        check_attack(run, reply);
    else
        check_query(run, reply);
    waiting--;
    (void)pthread_cond_signal(&all_done);
    (void)pthread_mutex_unlock(&lock);
    mcp_free(run);
}

static void add_replaced(struct mcp_buf *out, struct mcp_str text) {
    for (size_t i = 0; i < text.len;) {
        const struct corpus_text *found = texts;
        while (found->mark != NULL && (text.len - i < strlen(found->mark) ||
                                       memcmp(text.ptr + i, found->mark, strlen(found->mark)) != 0))
            found++;
        if (found->mark == NULL) {
            mcp_buf_addc(out, text.ptr[i++]);
            continue;
        }
        mcp_buf_add(out, mcp_str_of(found->text));
        i += strlen(found->mark);
    }
}

static void submit(struct database_pool *pool, const json_t *row, bool is_attack) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf sql = MCP_BUF_INIT(1 << 16);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf plain = MCP_BUF_INIT(1 << 16);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 17);
    json_auto_t *options = json_object_get(row, "options") != NULL
                               ? json_copy(json_object_get(row, "options"))
                               : json_object();
    uint64_t ticket = 0;
    struct mcp_err err = {0};
    struct run *run = mcp_alloc(sizeof *run);
    assert_non_null(run);
    *run = (struct run){row, is_attack};
    if (json_object_get(row, "params") != NULL)
        (void)json_object_set(options, "params", json_object_get(row, "params"));
    assert_int_equal(probe_bytes(json_object_get(row, "sql"), &plain, &err), MCP_OK);
    add_replaced(&sql, mcp_buf_view(&plain));
    assert_int_equal(database_request_write(json_object_size(options) > 0 ? options : NULL,
                                            mcp_buf_view(&sql), &text, &err),
                     MCP_OK);
    (void)pthread_mutex_lock(&lock);
    waiting++;
    (void)pthread_mutex_unlock(&lock);
    assert_int_equal(
        database_pool_submit(
            pool, &(struct database_task){DATABASE_JOB_QUERY, mcp_buf_view(&text), on_done, run},
            &ticket, &err),
        MCP_OK);
    database_pool_go(pool, ticket);
}

void corpus_run(struct database_pool *pool, const json_t *rows, bool is_attack,
                const struct corpus_text *replaced) {
    texts = replaced;
    for (size_t i = 0; i < json_array_size(rows); i++)
        submit(pool, json_array_get(rows, i), is_attack);
    (void)pthread_mutex_lock(&lock);
    while (waiting > 0)
        (void)pthread_cond_wait(&all_done, &lock);
    (void)pthread_mutex_unlock(&lock);
}

long corpus_resident_kib(void) {
    char text[128] = "";
    char *after = text;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    (void)fclose(file);
    (void)strtol(text, &after, 10); /* the whole size; the resident one follows */
    return strtol(after, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024);
}

unsigned corpus_failures(void) {
    return failures;
}
