/* SPDX-License-Identifier: MIT */
/* metrics.c - see metrics.h. Pure: no I/O, no clock, no log. */
#include "server/metrics.h"

#include <inttypes.h>
#include <string.h>

enum { OTHER_METHOD = MCP_METRICS_MAX_METHODS - 1, OTHER_CODE = MCP_METRICS_CODES - 1 };

/* The last one stands for all that are not here. */
static const struct {
    int code;
    const char *label;
} codes[MCP_METRICS_CODES] = {
    {MCP_METRICS_OK, "ok"}, {MCP_METRICS_CANCELLED, "cancelled"},
    {-32700, "-32700"},     {-32600, "-32600"},
    {-32601, "-32601"},     {-32602, "-32602"},
    {-32603, "-32603"},     {-32000, "-32000"},
    {-32001, "-32001"},     {-32002, "-32002"},
    {-32020, "-32020"},     {-32021, "-32021"},
    {-32022, "-32022"},     {-32042, "-32042"},
    {-32800, "-32800"},     {0, "other"},
};

static const struct {
    uint64_t us; /* at most */
    const char *label;
} buckets[MCP_METRICS_BUCKETS] = {
    {100, "0.0001"}, {500, "0.0005"}, {1000, "0.001"},  {5000, "0.005"},
    {10000, "0.01"}, {50000, "0.05"}, {100000, "0.1"},  {500000, "0.5"},
    {1000000, "1"},  {5000000, "5"},  {30000000, "30"}, {UINT64_MAX, "+Inf"},
};

static bool is_told(const struct mcp_method *method) {
    return method->sender == MCP_SIDE_CLIENT && !method->is_notification;
}

/* The n-th request of clients in the table of methods. */
static size_t slot_of(const struct mcp_method *method) {
    size_t slot = 0;
    const struct mcp_method *row = mcp_method_at(0);
    for (size_t i = 1; method != NULL && row != NULL && slot < OTHER_METHOD; i++) {
        if (row == method)
            return is_told(row) ? slot : OTHER_METHOD;
        slot += is_told(row) ? 1 : 0;
        row = mcp_method_at(i);
    }
    return OTHER_METHOD;
}

static const char *slot_name(size_t slot) {
    size_t at = 0;
    for (size_t i = 0; slot < OTHER_METHOD && mcp_method_at(i) != NULL; i++)
        if (is_told(mcp_method_at(i)) && at++ == slot)
            return mcp_method_at(i)->name;
    return "other";
}

static size_t code_index(int code) {
    size_t index = 0;
    while (index < OTHER_CODE && codes[index].code != code)
        index++;
    return index;
}

static void add(atomic_uint_fast64_t *counter, uint64_t by) {
    atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

static uint64_t value_of(const atomic_uint_fast64_t *counter) {
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Two threads that open one row at once take two of those there are, which does no harm. */
static bool may_count(struct mcp_metrics *metrics, const atomic_uint_fast64_t *row) {
    if (value_of(row) > 0)
        return true;
    if (atomic_load_explicit(&metrics->row_count, memory_order_relaxed) >= MCP_METRICS_MAX_ROWS)
        return false;
    return atomic_fetch_add_explicit(&metrics->row_count, 1, memory_order_relaxed) <
           MCP_METRICS_MAX_ROWS;
}

void mcp_metrics_count(struct mcp_metrics *metrics, const struct mcp_metrics_request *request) {
    size_t revision = (size_t)request->version < MCP_METRICS_REVISIONS ? request->version : 0;
    atomic_uint_fast64_t *row =
        &metrics->requests[slot_of(request->method)][revision][code_index(request->code)];
    add(may_count(metrics, row) ? row : &metrics->beyond, 1);
}

void mcp_metrics_time(struct mcp_metrics *metrics, const struct mcp_method *method, uint64_t us) {
    struct mcp_metrics_times *times = &metrics->times[slot_of(method)];
    size_t bucket = 0;
    while (us > buckets[bucket].us)
        bucket++;
    add(&times->buckets[bucket], 1);
    add(&times->sum_us, us);
}

/* --- the text --- */

static void head(struct mcp_buf *out, const char *name, const char *type, const char *help) {
    mcp_buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_row(struct mcp_buf *out, const char *method, const char *revision,
                      const char *code, uint64_t value) {
    if (value > 0)
        mcp_buf_addf(out,
                     "mcp_requests_total{method=\"%s\",revision=\"%s\",code=\"%s\"} %" PRIu64 "\n",
                     method, revision, code, value);
}

static void write_requests(const struct mcp_metrics *metrics, struct mcp_buf *out) {
    head(out, "mcp_requests_total", "counter",
         "Requests that are over, by how they were answered.");
    for (size_t slot = 0; slot < MCP_METRICS_MAX_METHODS; slot++) {
        const char *method = slot_name(slot);
        for (size_t revision = 0; revision < MCP_METRICS_REVISIONS; revision++)
            for (size_t code = 0; code < MCP_METRICS_CODES; code++)
                write_row(out, method,
                          revision > 0 ? mcp_version_text((enum mcp_version)revision) : "none",
                          codes[code].label, value_of(&metrics->requests[slot][revision][code]));
    }
    write_row(out, "other", "other", "other", value_of(&metrics->beyond));
}

static void write_seconds(struct mcp_buf *out, uint64_t us) {
    mcp_buf_addf(out, "%" PRIu64 ".%06" PRIu64 "\n", us / 1000000, us % 1000000);
}

/* The count is that of the buckets, which therefore agree even while another thread counts. */
static void write_method_times(const struct mcp_metrics_times *times, const char *method,
                               struct mcp_buf *out) {
    uint64_t counts[MCP_METRICS_BUCKETS];
    uint64_t total = 0;
    for (size_t i = 0; i < MCP_METRICS_BUCKETS; i++)
        counts[i] = total += value_of(&times->buckets[i]);
    if (total == 0)
        return;
    for (size_t i = 0; i < MCP_METRICS_BUCKETS; i++)
        mcp_buf_addf(out, "mcp_request_seconds_bucket{method=\"%s\",le=\"%s\"} %" PRIu64 "\n",
                     method, buckets[i].label, counts[i]);
    mcp_buf_addf(out, "mcp_request_seconds_sum{method=\"%s\"} ", method);
    write_seconds(out, value_of(&times->sum_us));
    mcp_buf_addf(out, "mcp_request_seconds_count{method=\"%s\"} %" PRIu64 "\n", method, total);
}

static void write_times(const struct mcp_metrics *metrics, struct mcp_buf *out) {
    head(out, "mcp_request_seconds", "histogram", "From reading a request to its answer.");
    for (size_t slot = 0; slot < MCP_METRICS_MAX_METHODS; slot++)
        write_method_times(&metrics->times[slot], slot_name(slot), out);
}

/* Whole characters only. */
static void write_label(struct mcp_buf *out, const char *text) {
    struct mcp_str rest = mcp_str_of(text);
    if (rest.len > MCP_METRICS_MAX_LABEL) {
        rest.len = MCP_METRICS_MAX_LABEL;
        while (rest.len > 0 && ((unsigned char)rest.ptr[rest.len] & 0xC0) == 0x80)
            rest.len--;
    }
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.ptr[i] == '\\' || rest.ptr[i] == '"' || rest.ptr[i] == '\n')
            mcp_buf_addc(out, '\\');
        if (rest.ptr[i] == '\n')
            mcp_buf_addc(out, 'n');
        else
            mcp_buf_addc(out, rest.ptr[i]);
    }
}

static void write_gauge(struct mcp_buf *out, const char *name, const char *help, size_t value) {
    head(out, name, "gauge", help);
    mcp_buf_addf(out, "%s %zu\n", name, value);
}

void mcp_metrics_write(const struct mcp_metrics *metrics, const struct mcp_metrics_gauges *gauges,
                       struct mcp_buf *out) {
    write_requests(metrics, out);
    write_times(metrics, out);
    write_gauge(out, "mcp_requests_in_flight", "Requests being answered.", gauges->in_flight);
    write_gauge(out, "mcp_sessions", "Legacy sessions.", gauges->sessions);
    write_gauge(out, "mcp_streams", "Standalone and listening streams.", gauges->streams);
    write_gauge(out, "mcp_subscriptions", "Resources subscribed to.", gauges->subscriptions);
    write_gauge(out, "mcp_worker_queue", "Requests that wait for a worker.", gauges->worker_queue);
    head(out, "process_start_time_seconds", "gauge", "When the server began, since 1970.");
    mcp_buf_addf(out, "process_start_time_seconds ");
    write_seconds(out, gauges->started_ms > 0 ? (uint64_t)gauges->started_ms * 1000 : 0);
    head(out, "mcp_build_info", "gauge", "Name and version of the server.");
    mcp_buf_addf(out, "mcp_build_info{name=\"");
    write_label(out, gauges->name);
    mcp_buf_addf(out, "\",version=\"");
    write_label(out, gauges->version);
    mcp_buf_addf(out, "\"} 1\n");
}
