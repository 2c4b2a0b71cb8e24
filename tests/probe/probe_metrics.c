/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/metrics.json. */
#include <string.h>

#include "mcp/alloc.h"
#include "probe.h"
#include "server/metrics.h"

probe_fn probe_metrics;

enum { MAX_BYTES = 256 * 1024 };

static const struct mcp_method *find_method(const char *name) {
    const struct mcp_method *method = NULL;
    for (size_t i = 0; (method = mcp_method_at(i)) != NULL; i++)
        if (method->sender == MCP_SIDE_CLIENT && strcmp(method->name, name) == 0)
            return method;
    return NULL;
}

static int read_code(const json_t *code) {
    if (json_is_integer(code))
        return (int)json_integer_value(code);
    return strcmp(json_string_value(code), "ok") == 0 ? MCP_METRICS_OK : MCP_METRICS_CANCELLED;
}

static void count(struct mcp_metrics *metrics, const json_t *request) {
    const struct mcp_method *method =
        find_method(json_string_value(json_object_get(request, "method")));
    const struct mcp_metrics_request row = {
        .method = method,
        .version = mcp_version_parse(mcp_json_str(json_object_get(request, "revision"))),
        .code = read_code(json_object_get(request, "code"))};
    for (json_int_t i = probe_int(request, "times", 1); i > 0; i--) {
        mcp_metrics_count(metrics, &row);
        if (json_object_get(request, "us") != NULL)
            mcp_metrics_time(metrics, method, (uint64_t)probe_int(request, "us", 0));
    }
}

static size_t size_of(const json_t *gauges, const char *key) {
    return (size_t)probe_int(gauges, key, 0);
}

static struct mcp_metrics_gauges read_gauges(const json_t *gauges) {
    return (struct mcp_metrics_gauges){.name = json_string_value(json_object_get(gauges, "name")),
                                       .version =
                                           json_string_value(json_object_get(gauges, "version")),
                                       .in_flight = size_of(gauges, "in_flight"),
                                       .sessions = size_of(gauges, "sessions"),
                                       .streams = size_of(gauges, "streams"),
                                       .subscriptions = size_of(gauges, "subscriptions"),
                                       .worker_queue = size_of(gauges, "worker_queue"),
                                       .started_ms = probe_int(gauges, "started_ms", 0)};
}

/* The lines that name `of`; all of them without it. */
static enum mcp_code give_lines(const struct mcp_buf *text, const char *of, json_t **out,
                                struct mcp_err *err) {
    json_auto_t *lines = json_array();
    for (const char *line = text->data; line != NULL && *line != '\0';) {
        size_t len = strcspn(line, "\n");
        bool is_asked = strncmp(line, of, strlen(of)) == 0;
        if (is_asked && json_array_append_new(lines, json_stringn(line, len)) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
        line += len + (line[len] == '\n' ? 1 : 0);
    }
    return probe_give(MCP_TAKE(lines), out, err);
}

enum mcp_code probe_metrics(const json_t *in, json_t **out, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_BYTES);
    struct mcp_metrics *metrics MCP_AUTO(mcp_freep) = mcp_alloc(sizeof *metrics);
    if (metrics == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    size_t i = 0;
    const json_t *request = NULL;
    json_array_foreach(json_object_get(in, "requests"), i, request) {
        count(metrics, request);
    }
    const struct mcp_metrics_gauges gauges = read_gauges(json_object_get(in, "gauges"));
    mcp_metrics_write(metrics, &gauges, &text);
    MCP_TRY(mcp_buf_finish(&text, err));
    const char *of = json_string_value(json_object_get(in, "of"));
    return give_lines(&text, of != NULL ? of : "", out, err);
}
