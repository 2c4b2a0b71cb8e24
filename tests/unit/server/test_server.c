/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fixture_server.h"
#include "mcp/alloc.h"
#include "torture.h"
#include "trace_outlet.h"
#include "vectors.h"

probe_fn probe_server;

static enum mcp_code start_and_stop(void *user, struct mcp_err *err) {
    (void)user;
    struct fixture fixture;
    MCP_TRY(fixture_open(&fixture, NULL, NULL, err));
    fixture_close(&fixture);
    return MCP_OK;
}

static void a_start_survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(start_and_stop, NULL);
}

/* As torture_run, but from the first allocation after the start on: that is the same each time. */
struct tally {
    size_t made;
    size_t fail_at;
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

static enum mcp_code run_counted(const json_t *in, struct tally *tally) {
    struct mcp_err err = {0};
    json_t *out = NULL;
    mcp_alloc_install(&(struct mcp_allocator){count_resize, count_release, tally});
    enum mcp_code code = probe_server(in, &out, &err);
    json_decref(out);
    mcp_alloc_install(NULL);
    if (code != MCP_OK && code != MCP_E_NOMEM)
        print_error("allocation %zu: %s\n", tally->fail_at, err.what);
    assert_int_equal(tally->live, 0);
    return code;
}

static size_t allocations_of_start(const json_t *in) {
    struct tally tally = {0};
    json_t *options = json_object_get(in, "options");
    json_t *empty = json_pack("{s:[], s:O*}", "steps", "options", options);
    assert_int_equal(run_counted(empty, &tally), MCP_OK);
    mcp_alloc_install(&(struct mcp_allocator){count_resize, count_release, &tally});
    json_decref(empty);
    mcp_alloc_install(NULL);
    return tally.made;
}

/* The older revisions walk the same paths as the newest. */
static bool is_worth_it(const char *name) {
    return strstr(name, "in_2024") == NULL && strstr(name, "in_2025_0") == NULL &&
           strstr(name, "echoes_") == NULL;
}

static void every_answer_survives_any_refused_allocation(void **state) {
    (void)state;
    json_auto_t *file = vectors_load("server.server");
    size_t i;
    json_t *test;
    json_array_foreach(json_object_get(file, "cases"), i, test) {
        const json_t *in = json_object_get(test, "in");
        enum mcp_code code = MCP_E_NOMEM;
        if (!is_worth_it(json_string_value(json_object_get(test, "name"))))
            continue;
        for (size_t fail_at = allocations_of_start(in); code != MCP_OK; fail_at++) {
            struct tally tally = {.fail_at = fail_at};
            code = run_counted(in, &tally);
            assert_true(code == MCP_OK || code == MCP_E_NOMEM);
            assert_true(fail_at < 100000);
        }
    }
}

int main(void) {
    mcp_json_use_allocator();
    const struct CMUnitTest more[] = {
        cmocka_unit_test(a_start_survives_any_refused_allocation),
        cmocka_unit_test(every_answer_survives_any_refused_allocation),
    };
    return vectors_run("server.server", probe_server, more, MCP_COUNT(more));
}
