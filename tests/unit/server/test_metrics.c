/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "server/metrics.h"
#include "vectors.h"

probe_fn probe_metrics;

enum { ROOM = 256 * 1024, DIGITS = 20 };

static size_t count_of(const char *text, const char *part) {
    size_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        count++;
    return count;
}

/* Whatever may be told apart, once, and from every method something that took no time. */
static void count_everything(struct mcp_metrics *metrics, int codes) {
    for (size_t i = 0; mcp_method_at(i) != NULL; i++) {
        mcp_metrics_time(metrics, mcp_method_at(i), 0);
        for (int version = 0; version < MCP_METRICS_REVISIONS; version++)
            for (int code = 0; code < codes; code++)
                mcp_metrics_count(metrics, &(struct mcp_metrics_request){
                                               mcp_method_at(i), (enum mcp_version)version,
                                               code < 2 ? code : -32602 - code});
    }
}

static void the_text_stays_below_its_bound(void **state) {
    (void)state;
    static struct mcp_metrics metrics;
    static char name[2 * MCP_METRICS_MAX_LABEL];
    memset(name, '"', sizeof name - 1);
    const struct mcp_metrics_gauges gauges = {name, name, 1, 1, 1, 1, 1, INT64_MAX / 1000};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(ROOM);
    count_everything(&metrics, 4);
    mcp_metrics_write(&metrics, &gauges, &text);
    assert_int_equal(mcp_buf_finish(&text, NULL), MCP_OK);
    assert_int_equal(count_of(text.data, "mcp_requests_total{"), MCP_METRICS_MAX_ROWS + 1);
    assert_int_equal(count_of(text.data, "\"other\",revision=\"other\",code=\"other\""), 1);
    /* every number there is could grow to its last digit, and a row name be the longest */
    size_t longest = strlen("mcp_requests_total{method=\"resources/templates/list\","
                            "revision=\"2025-11-25\",code=\"cancelled\"} \n") +
                     DIGITS;
    size_t rows = MCP_METRICS_MAX_ROWS + 1;
    size_t others = count_of(text.data, "\n") - rows;
    assert_true(text.len + others * DIGITS + rows * longest - rows * 60 < MCP_METRICS_MAX_BYTES);
}

/* Every request of clients has a name of its own: the table has room for one more. */
static void every_request_has_its_row(void **state) {
    (void)state;
    static struct mcp_metrics metrics;
    const struct mcp_metrics_gauges gauges = {.name = NULL};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(ROOM);
    size_t requests = 0;
    for (size_t i = 0; mcp_method_at(i) != NULL; i++) {
        const struct mcp_method *method = mcp_method_at(i);
        if (method->sender != MCP_SIDE_CLIENT || method->is_notification)
            continue;
        requests++;
        mcp_metrics_count(&metrics, &(struct mcp_metrics_request){method, MCP_VERSION_NEWEST, 0});
    }
    mcp_metrics_write(&metrics, &gauges, &text);
    assert_true(requests < MCP_METRICS_MAX_METHODS);
    assert_int_equal(count_of(text.data, "code=\"ok\"} 1\n"), requests);
    assert_int_equal(count_of(text.data, "method=\"other\""), 0);
}

/* The last row there is, and the first one that is not: N-1, N, N+1. */
static void rows_beyond_the_last_count_as_other(void **state) {
    (void)state;
    static struct mcp_metrics metrics;
    const struct mcp_method *ping = mcp_method_at(0);
    const struct mcp_metrics_request first = {ping, MCP_VERSION_NEWEST, MCP_METRICS_OK};
    const struct mcp_metrics_request last = {ping, MCP_VERSION_NEWEST, -32603};
    const struct mcp_metrics_request more = {ping, MCP_VERSION_NEWEST, -32602};
    mcp_metrics_count(&metrics, &first);
    atomic_store(&metrics.row_count, MCP_METRICS_MAX_ROWS - 1);
    mcp_metrics_count(&metrics, &last);
    assert_int_equal(atomic_load(&metrics.beyond), 0);
    mcp_metrics_count(&metrics, &more);
    assert_int_equal(atomic_load(&metrics.beyond), 1);
    mcp_metrics_count(&metrics, &first);
    mcp_metrics_count(&metrics, &last);
    assert_int_equal(atomic_load(&metrics.beyond), 1);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("server.metrics", probe_metrics);
}

int main(void) {
    const struct CMUnitTest more[] = {cmocka_unit_test(the_text_stays_below_its_bound),
                                      cmocka_unit_test(every_request_has_its_row),
                                      cmocka_unit_test(rows_beyond_the_last_count_as_other),
                                      cmocka_unit_test(survives_any_refused_allocation)};
    return vectors_run("server.metrics", probe_metrics, more, MCP_COUNT(more));
}
