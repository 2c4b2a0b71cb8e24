/* SPDX-License-Identifier: MIT */
/* hostile_library.c - a case against the library: the hostile server and a good one on one loop. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "hostile_rig.h"
#include "mcp/dial.h"

/* What is done with the hostile server, on a thread of its own. */
struct visit {
    const struct hostile_case *hostile;
    struct mcp_dial *dial;
    uint64_t connect_ms;
    uint64_t timeout_ms; /* of the steps after it */
    struct mcp_err err;
    uint64_t last_ms; /* the last step */
    uint64_t last_timeout_ms;
    int is_done; /* atomic */
};

static void on_form(void *user, struct mcp_ask *ask) {
    (void)user;
    (void)mcp_ask_answer(ask, json_pack("{s:s, s:{}}", "action", "accept", "content"), NULL);
}

static void open_dial(struct mcp_loop *loop, const struct mcp_dial_target *target,
                      enum mcp_client_era era, struct mcp_dial **out_dial) {
    const struct mcp_client_options options = {.name = "test",
                                               .version = "1",
                                               .era = era,
                                               .probe_timeout_ms = HOSTILE_CONNECT_MS,
                                               .on_form = on_form};
    struct mcp_err err = {0};
    if (mcp_dial_new(loop, target, &options, out_dial, &err) != MCP_OK)
        fail_msg("%s: %s", err.where, err.what);
}

static void open_hostile(struct mcp_loop *loop, struct visit *visit) {
    const struct hostile_case *hostile = visit->hostile;
    const json_t *transport = json_object_get(hostile->spec, "transport");
    char url[256];
    struct mcp_dial_target target = {.max_message_bytes = HOSTILE_MESSAGE_BYTES};
    enum mcp_client_era era =
        strstr(hostile->way, "modern") != NULL ? MCP_ERA_MODERN : MCP_ERA_LEGACY;
    if (strncmp(hostile->way, "stdio", 5) == 0) {
        target.argv = hostile_argv(hostile);
    } else {
        target.url = hostile_url(hostile, url);
        target.transport = strcmp(hostile->way, "sse") == 0 ? MCP_DIAL_SSE : MCP_DIAL_STREAMABLE;
    }
    if (transport != NULL) { /* "auto" */
        target.transport = MCP_DIAL_AUTO;
        era = MCP_ERA_AUTO;
    }
    open_dial(loop, &target, era, &visit->dial);
}

/* --- the visit ---------------------------------------------------------------------------------
 */

static enum mcp_code request(struct visit *visit, const char *method, json_t *params) {
    json_auto_t *result = NULL;
    json_auto_t *owned = params;
    return mcp_dial_request_wait(visit->dial, method, owned, visit->timeout_ms, &result, NULL,
                                 &visit->err);
}

static enum mcp_code list(struct visit *visit, const char *method, const char *key) {
    json_auto_t *result = NULL;
    return mcp_dial_list_wait(visit->dial, method, key, visit->timeout_ms, &result, &visit->err);
}

static enum mcp_code take_step(struct visit *visit, const char *step) {
    bool is_connect = strcmp(step, "connect") == 0;
    visit->last_timeout_ms = is_connect ? visit->connect_ms : visit->timeout_ms;
    if (is_connect)
        return mcp_dial_connect_wait(visit->dial, visit->connect_ms, &visit->err);
    if (strcmp(step, "resources/list") == 0)
        return list(visit, step, "resources");
    if (strcmp(step, "tools/list") == 0)
        return list(visit, step, "tools");
    if (strcmp(step, "resources/read") == 0)
        return request(visit, step, json_pack("{s:s}", "uri", "test://one"));
    if (strcmp(step, "tools/call") == 0)
        return request(visit, step, json_pack("{s:s, s:{}}", "name", "one", "arguments"));
    return request(visit, step, NULL);
}

/* Every step that the case names, up to the first that fails. */
static void *pay_visit(void *user) {
    static const char *const usual[] = {"connect", "resources/list", "resources/read"};
    struct visit *visit = user;
    const json_t *steps = json_object_get(visit->hostile->spec, "steps");
    size_t count = steps != NULL ? json_array_size(steps) : 3;
    enum mcp_code code = MCP_OK;
    for (size_t i = 0; i < count && code == MCP_OK; i++) {
        uint64_t before_ms = hostile_now_ms();
        code = take_step(visit,
                         steps != NULL ? json_string_value(json_array_get(steps, i)) : usual[i]);
        visit->last_ms = hostile_now_ms() - before_ms;
    }
    __atomic_store_n(&visit->is_done, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

/* --- the other server --------------------------------------------------------------------------
 */

static void ask_good(struct mcp_dial *good) {
    json_auto_t *params = json_pack("{s:s}", "uri", "test://one");
    json_auto_t *result = NULL;
    struct mcp_err err = {0};
    uint64_t before_ms = hostile_now_ms();
    enum mcp_code code =
        mcp_dial_request_wait(good, "resources/read", params, HOSTILE_GOOD_MS, &result, NULL, &err);
    if (code != MCP_OK)
        print_error("the other server: %s: %s\n", err.where, err.what);
    uint64_t took_ms = hostile_now_ms() - before_ms;
    assert_int_equal(code, MCP_OK);
    if (took_ms > HOSTILE_GOOD_MS)
        print_error("the other server took %llu ms\n", (unsigned long long)took_ms);
    assert_true(took_ms <= HOSTILE_GOOD_MS);
    hostile_note_good(took_ms);
}

/* --- the verdict -------------------------------------------------------------------------------
 */

static void judge(const struct visit *visit) {
    const struct hostile_case *hostile = visit->hostile;
    const json_t *error = hostile_error(hostile, false);
    const char *code = json_string_value(json_object_get(error, "code"));
    bool is_right =
        error == NULL ? visit->err.code == MCP_OK
                      : strcmp(mcp_code_name(visit->err.code), code) == 0 &&
                            hostile_is_told(json_object_get(error, "what"), visit->err.what, false);
    if (!is_right)
        print_error("%s: %s at \"%s\": \"%s\" after %llu ms\n", hostile->title,
                    mcp_code_name(visit->err.code), visit->err.where, visit->err.what,
                    (unsigned long long)visit->last_ms);
    assert_true(is_right);
    if (visit->last_ms > hostile_sum.longest_ms)
        hostile_sum.longest_ms = visit->last_ms;
    if (visit->last_ms > visit->last_timeout_ms + HOSTILE_ALLOWANCE_MS)
        print_error("%s took %llu ms\n", hostile->title, (unsigned long long)visit->last_ms);
    assert_true(visit->last_ms <= visit->last_timeout_ms + HOSTILE_ALLOWANCE_MS);
}

static void run(struct visit *visit) {
    struct mcp_loop *loop = NULL;
    struct mcp_dial *good = NULL;
    pthread_t thread;
    char url[256];
    const struct mcp_dial_target target = {.url = hostile_good_url(url)};
    assert_int_equal(mcp_loop_new(&loop, NULL), MCP_OK);
    open_dial(loop, &target, MCP_ERA_LEGACY, &good);
    assert_int_equal(mcp_dial_connect_wait(good, HOSTILE_TIMEOUT_MS, NULL), MCP_OK);
    open_hostile(loop, visit);
    assert_int_equal(pthread_create(&thread, NULL, pay_visit, visit), 0);
    while (!__atomic_load_n(&visit->is_done, __ATOMIC_SEQ_CST)) {
        ask_good(good);
        hostile_pause();
    }
    (void)pthread_join(thread, NULL);
    ask_good(good);
    uint64_t before_ms = hostile_now_ms();
    mcp_dial_free(visit->dial);
    assert_true(hostile_now_ms() - before_ms <= HOSTILE_ALLOWANCE_MS + 4000);
    mcp_dial_free(good);
    mcp_loop_free(loop);
}

void hostile_run_library(void **state) {
    struct visit visit = {.hostile = *state};
    struct hostile_use before;
    visit.connect_ms = hostile_number(visit.hostile, "connect_ms", HOSTILE_CONNECT_MS);
    visit.timeout_ms = hostile_number(visit.hostile, "timeout_ms", HOSTILE_TIMEOUT_MS);
    hostile_mark(&before);
    run(&visit);
    judge(&visit);
    hostile_check_use(visit.hostile, &before,
                      hostile_number(visit.hostile, "memory_mib", HOSTILE_MEMORY_MIB));
    assert_int_equal(hostile_visits(), 0);
    hostile_sum.cases++;
}
