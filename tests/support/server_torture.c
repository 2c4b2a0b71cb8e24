/* SPDX-License-Identifier: MIT */
/* server_torture.c - see server_torture.h. */
#include "server_torture.h"

#include <stdlib.h>
#include <string.h>

#include "mcp/alloc.h"
#include "probe_server.h"
#include "torture.h"
#include "vectors.h"

/* As torture_run, but a server starts once and only what comes after is run again: a start is the
 * same each time, and takes many times as long as an answer. */
struct tally {
    size_t made;
    size_t fail_at; /* 0 refuses none */
    long live;
};

static void *count_resize(void *old, size_t bytes, void *user) {
    struct tally *tally = user;
    if (++tally->made == tally->fail_at)
        return NULL;
    void *fresh = realloc(old, bytes);
    if (fresh != NULL && old == NULL)
        tally->live++;
    return fresh;
}

static void count_release(void *old, void *user) {
    struct tally *tally = user;
    if (old != NULL)
        tally->live--;
    free(old);
}

/* The message, or one that says "Internal error". */
static bool is_internal(const json_t *message) {
    if (json_is_array(message)) { /* of a batch, one suffices */
        for (size_t i = 0; i < json_array_size(message); i++)
            if (is_internal(json_array_get(message, i)))
                return true;
        return false;
    }
    const json_t *code = json_object_get(json_object_get(message, "error"), "code");
    return json_integer_value(code) == -32603;
}

/* Each message is the one wanted or an internal error; a notification may be missing. */
static bool is_right_or_internal(const json_t *got, const json_t *want) {
    const json_t *got_sent = json_object_get(got, "sent");
    const json_t *want_sent = json_object_get(want, "sent");
    size_t next = 0;
    for (size_t i = 0; i < json_array_size(got_sent); i++) {
        const json_t *message = json_array_get(got_sent, i);
        while (next < json_array_size(want_sent) &&
               !json_equal(message, json_array_get(want_sent, next)))
            next++;
        if (next++ >= json_array_size(want_sent) && !is_internal(message))
            return false;
    }
    return json_is_object(got) && json_is_object(want);
}

/* Up to the first answer that is not the wanted one, which must say so. */
static void check_answers(const json_t *got, const json_t *want) {
    for (size_t i = 0; i < json_array_size(got); i++) {
        const json_t *one = json_array_get(got, i);
        const json_t *other = json_array_get(want, i);
        if (json_equal(one, other))
            continue;
        /* What is told of a session may be lost for want of memory, and counted as an error. */
        bool is_fine = is_right_or_internal(one, other) || json_object_get(other, "errors") != NULL;
        if (!is_fine)
            json_dumpf(one, stderr, 0);
        assert_true(is_fine);
        return;
    }
}

static enum mcp_code run_refused(struct probe_server *bench, const json_t *test, size_t fail_at,
                                 struct tally *tally) {
    struct mcp_err err = {0};
    tally->made = 0;
    tally->fail_at = fail_at;
    json_t *results = json_array();
    enum mcp_code code = results != NULL
                             ? probe_server_run(bench, json_object_get(test, "in"), results, &err)
                             : MCP_E_NOMEM;
    tally->fail_at = 0;
    check_answers(results, json_object_get(test, "out"));
    json_decref(results);
    if (code != MCP_OK && code != MCP_E_NOMEM)
        print_error("allocation %zu: %s\n", fail_at, err.what);
    assert_true(code == MCP_OK || code == MCP_E_NOMEM);
    return code;
}

static void torture_case(const json_t *test) {
    struct tally tally = {0};
    struct probe_server *bench = NULL;
    mcp_alloc_install(&(struct mcp_allocator){count_resize, count_release, &tally});
    assert_int_equal(probe_server_open(json_object_get(test, "in"), &bench, NULL), MCP_OK);
    const long live = tally.live;
    enum mcp_code code = MCP_E_NOMEM;
    for (size_t fail_at = 1; code != MCP_OK; fail_at = torture_next(fail_at)) {
        code = run_refused(bench, test, fail_at, &tally);
        assert_int_equal(probe_server_renew(bench, NULL), MCP_OK);
        assert_int_equal(tally.live, live);
        assert_true(fail_at < 100000);
    }
    probe_server_close(bench);
    assert_int_equal(tally.live, 0); /* what each answer borrows from the start was given back */
    mcp_alloc_install(NULL);
}

void server_torture(const char *module, bool (*is_worth_it)(const char *name)) {
    json_auto_t *file = vectors_load(module);
    size_t i;
    json_t *test;
    json_array_foreach(json_object_get(file, "cases"), i, test) {
        if (is_worth_it(json_string_value(json_object_get(test, "name"))))
            torture_case(test);
    }
}
