/* SPDX-License-Identifier: MIT */
/* render.c - see render.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/render.h"

#include <string.h>

#include "mcp/alloc.h"
#include "mcp/utf8.h"

enum { SHOWN_KEYS = 8 };

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static json_int_t integer_at(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

/* The outcome of building rows with jansson, which forgets refusals, and writing them. */
static enum mcp_code finish(const struct mcp_buf *out, size_t refused, struct mcp_err *err) {
    if (mcp_alloc_refusals() != refused)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return mcp_buf_finish(out, err);
}

/* Append a cell; `text` need not end at its len. */
static void add_cell(json_t *row, const struct mcp_buf *text) {
    (void)json_array_append_new(row, json_stringn(mcp_buf_view(text).ptr, text->len));
}

static void add_text_cell(json_t *row, const char *text) {
    (void)json_array_append_new(row, json_string(text));
}

static json_t *add_row(json_t *rows) {
    json_t *row = json_array();
    return json_array_append_new(rows, row) == 0 ? row : NULL;
}

static void add_head(json_t *rows, const char *const *names, size_t count) {
    json_t *row = add_row(rows);
    for (size_t i = 0; i < count; i++)
        add_text_cell(row, names[i]);
}

static void add_list_cell(json_t *row, const json_t *list) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf cell = MCP_BUF_INIT(1 << 16);
    for (size_t i = 0; i < json_array_size(list); i++) {
        mcp_buf_add(&cell, i > 0 ? MCP_STR(", ") : MCP_STR(""));
        mcp_buf_add(&cell, mcp_json_str(json_array_get(list, i)));
    }
    add_cell(row, &cell);
}

static void add_integer_cell(json_t *row, json_int_t value, const char *unit) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf cell = MCP_BUF_INIT(64);
    mcp_buf_addf(&cell, "%lld%s", (long long)value, unit);
    add_cell(row, &cell);
}

/* The URL, or the words of the command so that each can be told from the next. */
static void add_address_cell(json_t *row, const json_t *server) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf cell = MCP_BUF_INIT(1 << 20);
    const json_t *args = json_object_get(server, "args");
    if (json_object_get(server, "command") == NULL) {
        add_text_cell(row, text_at(server, "url"));
        return;
    }
    mcp_json_add_string(&cell, mcp_json_str(json_object_get(server, "command")));
    for (size_t i = 0; i < json_array_size(args); i++) {
        mcp_buf_addc(&cell, ' ');
        mcp_json_add_string(&cell, mcp_json_str(json_array_get(args, i)));
    }
    add_cell(row, &cell);
}

static void add_settings(struct mcp_buf *out, const json_t *orchestration) {
    json_int_t ttl = integer_at(orchestration, "resource_cache_ttl");
    bool fails_fast = json_is_true(json_object_get(orchestration, "fail_fast"));
    bool logs = json_is_true(json_object_get(orchestration, "enable_logging"));
    mcp_buf_add(out, MCP_STR("cache "));
    if (ttl > 0)
        mcp_buf_addf(out, "%lld s", (long long)ttl);
    else
        mcp_buf_add(out, MCP_STR("off"));
    mcp_buf_addf(out, ", fail fast %s, retries %lld, log %s\n", fails_fast ? "on" : "off",
                 (long long)integer_at(orchestration, "max_retries"),
                 logs ? text_at(orchestration, "log_level") : "off");
}

static void add_count(struct mcp_buf *out, size_t count, const char *noun) {
    mcp_buf_addf(out, "%zu %s%s", count, noun, count == 1 ? "" : "s");
}

enum mcp_code orch_render_configuration(struct mcp_buf *out, const struct orch_look *look,
                                        const char *file, const json_t *configuration,
                                        struct mcp_err *err) {
    static const char *const head[] = {"ID",      "NAME",    "PRIORITY", "TRANSPORT",
                                       "TIMEOUT", "DOMAINS", "ADDRESS"};
    json_auto_t *rows = json_array();
    size_t refused = mcp_alloc_refusals();
    json_t *servers = json_object_get(configuration, "mcp_servers");
    const char *id = NULL;
    json_t *server = NULL;
    add_head(rows, head, MCP_COUNT(head));
    json_object_foreach(servers, id, server) {
        json_t *row = add_row(rows);
        add_text_cell(row, id);
        add_text_cell(row, text_at(server, "name"));
        add_integer_cell(row, integer_at(server, "priority"), "");
        add_text_cell(row, text_at(server, "transport"));
        add_integer_cell(row, integer_at(server, "timeout"), " s");
        add_list_cell(row, json_object_get(server, "domains"));
        add_address_cell(row, server);
    }
    orch_add_text(out, look, ORCH_GREEN, "ok");
    mcp_buf_add(out, MCP_STR("  "));
    orch_add_text(out, look, ORCH_PLAIN, file);
    mcp_buf_add(out, MCP_STR(": "));
    add_count(out, json_object_size(servers), "server");
    mcp_buf_add(out, MCP_STR(", "));
    add_settings(out, json_object_get(configuration, "orchestration"));
    orch_add_table(out, look, rows);
    return finish(out, refused, err);
}

static void add_problem(struct mcp_buf *out, const struct orch_look *look, const char *label,
                        const char *who, const char *what) {
    orch_add_text(out, look, ORCH_RED, label);
    mcp_buf_addc(out, ' ');
    orch_add_text(out, look, ORCH_PLAIN, who);
    mcp_buf_add(out, MCP_STR(": "));
    orch_add_text(out, look, ORCH_PLAIN, what);
    mcp_buf_addc(out, '\n');
}

static void add_status_row(json_t *rows, const json_t *server) {
    json_t *row = add_row(rows);
    bool is_connected = json_is_true(json_object_get(server, "connected"));
    const char *address = text_at(server, "url");
    add_text_cell(row, text_at(server, "name"));
    bool has_failed =
        text_at(server, "error")[0] != '\0' || text_at(server, "changed_at")[0] != '\0';
    add_text_cell(row, is_connected ? "connected" : has_failed ? "down" : "connecting");
    add_integer_cell(row, integer_at(server, "priority"), "");
    add_text_cell(row, text_at(server, "transport"));
    add_text_cell(row, text_at(server, "protocol_version"));
    add_text_cell(row, text_at(server, "changed_at"));
    add_text_cell(row, address[0] != '\0' ? address : text_at(server, "command"));
    add_list_cell(row, json_object_get(server, "domains"));
}

/* `lacks A: "execute_query"`: what the file expects of a connected server. */
static void add_lacking(struct mcp_buf *out, const struct orch_look *look, const json_t *server) {
    const json_t *compared = json_object_get(server, "capabilities");
    const json_t *missing = json_object_get(compared, "missing");
    if (json_array_size(missing) == 0)
        return;
    orch_add_text(out, look, ORCH_YELLOW, "lacks");
    mcp_buf_addc(out, ' ');
    orch_add_text(out, look, ORCH_PLAIN, text_at(server, "name"));
    mcp_buf_add(out, MCP_STR(": "));
    for (size_t i = 0; i < json_array_size(missing); i++) {
        mcp_buf_add(out, i > 0 ? MCP_STR(", ") : MCP_STR(""));
        orch_add_text(out, look, ORCH_PLAIN, json_string_value(json_array_get(missing, i)));
    }
    mcp_buf_addc(out, '\n');
}

/* "open, 3 s": how long it is left alone. */
static void add_breaker_cell(json_t *row, const json_t *breaker) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf cell = MCP_BUF_INIT(256);
    json_int_t wait_ms = integer_at(breaker, "retry_in_ms");
    mcp_buf_addf(&cell, "%s", text_at(breaker, "state"));
    if (wait_ms > 0)
        mcp_buf_addf(&cell, ", %lld s", (long long)(wait_ms + 999) / 1000);
    add_cell(row, &cell);
}

static void add_latency_cell(json_t *row, const json_t *latency, const char *key) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf cell = MCP_BUF_INIT(64);
    const json_t *value = json_object_get(latency, key);
    if (value != NULL)
        mcp_buf_addf(&cell, "%.1f", json_number_value(value));
    add_cell(row, &cell);
}

/* "5/7": hits of all that was asked for. */
static void add_share_cell(json_t *row, const json_t *cache) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf cell = MCP_BUF_INIT(64);
    json_int_t hits = integer_at(cache, "hits");
    mcp_buf_addf(&cell, "%lld/%lld", (long long)hits,
                 (long long)(hits + integer_at(cache, "misses")));
    add_cell(row, &cell);
}

static void add_traffic_row(json_t *rows, const json_t *server) {
    json_t *row = add_row(rows);
    const json_t *latency = json_object_get(server, "latency_ms");
    json_int_t pid = integer_at(server, "child_pid");
    add_text_cell(row, text_at(server, "name"));
    add_integer_cell(row, integer_at(server, "requests"), "");
    add_integer_cell(row, integer_at(server, "failures"), "");
    add_integer_cell(row, integer_at(server, "retries"), "");
    add_latency_cell(row, latency, "p50");
    add_latency_cell(row, latency, "p99");
    add_breaker_cell(row, json_object_get(server, "breaker"));
    add_share_cell(row, json_object_get(server, "cache"));
    if (pid != 0)
        add_integer_cell(row, pid, "");
    else
        add_text_cell(row, "");
}

/* How each is doing: of servers that were asked, or tried, at least once. */
static void add_traffic(struct mcp_buf *out, const struct orch_look *look, const json_t *servers) {
    static const char *const head[] = {"SERVER", "REQUESTS", "FAILED", "RETRIES", "P50 MS",
                                       "P99 MS", "BREAKER",  "CACHE",  "PID"};
    json_auto_t *rows = json_array();
    add_head(rows, head, MCP_COUNT(head));
    for (size_t i = 0; i < json_array_size(servers); i++) {
        const json_t *server = json_array_get(servers, i);
        if (integer_at(server, "requests") + integer_at(server, "failures") +
                integer_at(server, "retries") >
            0)
            add_traffic_row(rows, server);
    }
    orch_add_table(out, look, rows);
}

static void add_cache_line(struct mcp_buf *out, const json_t *stats) {
    if (!json_is_object(stats))
        return;
    mcp_buf_addf(out, "cache: %lld hits, %lld misses (%s), %lld evictions, %lld items\n",
                 (long long)integer_at(stats, "hits"), (long long)integer_at(stats, "misses"),
                 text_at(stats, "hit_rate"), (long long)integer_at(stats, "evictions"),
                 (long long)integer_at(stats, "cached_items"));
}

static void add_shared_line(struct mcp_buf *out, const struct orch_look *look,
                            const json_t *shared) {
    if (!json_is_object(shared))
        return;
    bool is_down = strcmp(text_at(shared, "state"), "down") == 0;
    mcp_buf_add(out, MCP_STR("shared cache: "));
    orch_add_text(out, look, ORCH_PLAIN, text_at(shared, "where"));
    mcp_buf_addc(out, ' ');
    orch_add_text(out, look, is_down ? ORCH_RED : ORCH_GREEN, text_at(shared, "state"));
    mcp_buf_add(out, MCP_STR(" since "));
    orch_add_text(out, look, ORCH_PLAIN, text_at(shared, "since"));
    if (is_down) {
        mcp_buf_add(out, MCP_STR(" ("));
        orch_add_text(out, look, ORCH_PLAIN,
                      text_at(json_object_get(shared, "last_error"), "error"));
        mcp_buf_add(out, MCP_STR("): memory is used alone"));
    }
    mcp_buf_addf(out, ", %lld hits, %lld misses, %lld stored\n",
                 (long long)integer_at(shared, "hits"), (long long)integer_at(shared, "misses"),
                 (long long)integer_at(shared, "stored"));
}

enum mcp_code orch_render_status(struct mcp_buf *out, const struct orch_look *look,
                                 const json_t *status, struct mcp_err *err) {
    static const char *const head[] = {"SERVER",   "STATE", "PRIORITY", "TRANSPORT",
                                       "REVISION", "SINCE", "ADDRESS",  "DOMAINS"};
    json_auto_t *rows = json_array();
    size_t refused = mcp_alloc_refusals();
    const json_t *servers = json_object_get(status, "servers");
    add_head(rows, head, MCP_COUNT(head));
    for (size_t i = 0; i < json_array_size(servers); i++)
        add_status_row(rows, json_array_get(servers, i));
    orch_add_table(out, look, rows);
    for (size_t i = 0; i < json_array_size(servers); i++) {
        const json_t *server = json_array_get(servers, i);
        if (text_at(server, "error")[0] != '\0')
            add_problem(out, look, "down", text_at(server, "name"), text_at(server, "error"));
        add_lacking(out, look, server);
    }
    add_traffic(out, look, servers);
    const json_t *cache = json_object_get(status, "cache_stats");
    add_cache_line(out, cache);
    add_shared_line(out, look, json_object_get(cache, "shared"));
    return finish(out, refused, err);
}

enum mcp_code orch_render_flaws(struct mcp_buf *out, const struct orch_look *look,
                                const json_t *status, const json_t *flaws, struct mcp_err *err) {
    for (size_t i = 0; i < json_array_size(flaws); i++) {
        const json_t *flaw = json_array_get(flaws, i);
        add_problem(out, look, text_at(flaw, "flaw"), text_at(flaw, "name"),
                    text_at(flaw, "error"));
    }
    if (json_array_size(flaws) == 0) {
        orch_add_text(out, look, ORCH_GREEN, "ok");
        mcp_buf_add(out, MCP_STR("  "));
        add_count(out, json_array_size(json_object_get(status, "servers")), "server");
        mcp_buf_add(out, MCP_STR(" reached, each offers what the file expects\n"));
    }
    return mcp_buf_finish(out, err);
}

/* Of base64 with its padding. */
static size_t byte_count(const json_t *base64) {
    struct mcp_str text = mcp_json_str(base64);
    size_t padding = 0;
    while (padding < 2 && padding < text.len && text.ptr[text.len - 1 - padding] == '=')
        padding++;
    return text.len / 4 * 3 - (text.len >= 4 ? padding : 0);
}

/* "{name, price, 3 more}" */
static void add_keys(struct mcp_buf *out, const json_t *object) {
    json_t *open = (json_t *)(uintptr_t)object; /* NOLINT: iterated, not changed */
    size_t shown = 0;
    mcp_buf_addc(out, '{');
    for (void *at = json_object_iter(open); at != NULL && shown < SHOWN_KEYS;
         at = json_object_iter_next(open, at)) {
        mcp_buf_add(out, shown++ > 0 ? MCP_STR(", ") : MCP_STR(""));
        mcp_buf_add(out, mcp_str_of(json_object_iter_key(at)));
    }
    if (json_object_size(object) > shown)
        mcp_buf_addf(out, ", %zu more", json_object_size(object) - shown);
    mcp_buf_addc(out, '}');
}

void orch_describe_value(struct mcp_buf *out, const json_t *value) {
    const json_t *blob = json_object_get(value, "blob");
    if (json_is_string(blob) && json_object_size(value) == 2) {
        mcp_buf_addf(out, "%s, ", text_at(value, "mimeType"));
        add_count(out, byte_count(blob), "byte");
    } else if (json_is_object(value)) {
        add_keys(out, value);
    } else if (json_is_array(value)) {
        mcp_buf_add(out, MCP_STR("list, "));
        add_count(out, json_array_size(value), "item");
    } else if (json_is_string(value)) {
        mcp_buf_add(out, MCP_STR("text, "));
        add_count(out, json_string_length(value), "byte");
    } else {
        mcp_buf_add(out, mcp_str_of(mcp_json_type_name(value)));
    }
}

static void add_content_cell(json_t *row, const json_t *value) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf cell = MCP_BUF_INIT(1 << 12);
    orch_describe_value(&cell, value);
    add_cell(row, &cell);
}

static void add_resource_cells(json_t *row, const char *name, const json_t *value) {
    add_text_cell(row, name);
    add_content_cell(row, value);
}

/* "missing", "failed" or "stale". */
static const char *state_of(const json_t *entry) {
    const char *state = text_at(entry, "state");
    return state[0] != '\0' ? state : "missing";
}

static void add_missing(struct mcp_buf *out, const struct orch_look *look, const json_t *missing) {
    for (size_t i = 0; i < json_array_size(missing); i++) {
        const json_t *entry = json_array_get(missing, i);
        MCP_AUTO(mcp_buf_deinit) struct mcp_buf who = MCP_BUF_INIT(1 << 16);
        mcp_buf_addf(&who, "%s", text_at(entry, "name"));
        if (json_object_get(entry, "uri") != NULL)
            mcp_buf_addf(&who, ", %s", text_at(entry, "uri"));
        if (json_object_get(entry, "age_ms") != NULL)
            mcp_buf_addf(&who, " (%lld s old)", (long long)integer_at(entry, "age_ms") / 1000);
        if (json_object_get(entry, "instead") != NULL)
            mcp_buf_addf(&who, " (%s answered instead)", text_at(entry, "instead"));
        if (who.data != NULL)
            add_problem(out, look, state_of(entry), who.data, text_at(entry, "error"));
    }
}

/* Priority and name stand in the first row of a server only. */
static void add_server_rows(json_t *rows, const char *server, const json_t *part) {
    json_t *resources = json_object_get(part, "resources");
    const char *name = NULL;
    json_t *value = NULL;
    json_t *row = add_row(rows);
    add_integer_cell(row, integer_at(part, "priority"), "");
    add_text_cell(row, server);
    if (json_object_size(resources) == 0)
        add_text_cell(row, "(no resources)");
    json_object_foreach(resources, name, value) {
        if (row == NULL) {
            row = add_row(rows);
            add_text_cell(row, "");
            add_text_cell(row, "");
        }
        add_resource_cells(row, name, value);
        row = NULL;
    }
}

enum mcp_code orch_render_gather(struct mcp_buf *out, const struct orch_look *look, json_t *answer,
                                 const json_t *missing, struct mcp_err *err) {
    static const char *const head[] = {"PRIORITY", "SERVER", "RESOURCE", "VALUE"};
    json_auto_t *rows = json_array();
    size_t refused = mcp_alloc_refusals();
    const char *name = NULL;
    json_t *part = NULL;
    add_head(rows, head, MCP_COUNT(head));
    json_object_foreach(answer, name, part) {
        add_server_rows(rows, name, part);
    }
    orch_add_table(out, look, rows);
    add_missing(out, look, missing);
    return finish(out, refused, err);
}

enum mcp_code orch_render_domain(struct mcp_buf *out, const struct orch_look *look,
                                 json_t *resources, const json_t *missing, struct mcp_err *err) {
    static const char *const head[] = {"RESOURCE", "VALUE"};
    json_auto_t *rows = json_array();
    size_t refused = mcp_alloc_refusals();
    const char *name = NULL;
    json_t *value = NULL;
    add_head(rows, head, MCP_COUNT(head));
    json_object_foreach(resources, name, value) {
        add_resource_cells(add_row(rows), name, value);
    }
    if (json_object_size(resources) == 0)
        mcp_buf_add(out, MCP_STR("nothing\n"));
    orch_add_table(out, look, rows);
    add_missing(out, look, missing);
    return finish(out, refused, err);
}

/* Line breaks and tabs stay, everything else that could steer a terminal does not. */
static void add_lines(struct mcp_buf *out, struct mcp_str text) {
    size_t start = 0;
    for (size_t i = 0; i <= text.len; i++) {
        bool is_end = i == text.len;
        if (!is_end && text.ptr[i] != '\n' && text.ptr[i] != '\t')
            continue;
        mcp_utf8_add_printable(out, (struct mcp_str){text.ptr + start, i - start});
        if (!is_end)
            mcp_buf_addc(out, text.ptr[i]);
        start = i + 1;
    }
}

static void add_content(struct mcp_buf *out, bool is_terminal, const json_t *content) {
    const json_t *text = json_object_get(content, "text");
    const json_t *bytes = json_object_get(content, "blob");
    if (bytes == NULL)
        bytes = json_object_get(content, "data");
    if (json_is_string(text) && is_terminal) {
        add_lines(out, mcp_json_str(text));
    } else if (json_is_string(text)) {
        mcp_buf_add(out, mcp_json_str(text));
    } else if (json_is_string(bytes)) {
        mcp_buf_add(out, MCP_STR("("));
        add_count(out, byte_count(bytes), "byte");
        mcp_buf_add(out, MCP_STR(" of "));
        mcp_utf8_add_printable(out, mcp_json_str(json_object_get(content, "mimeType")));
        mcp_buf_add(out, MCP_STR(": --json shows them)"));
    } else {
        mcp_buf_add(out, MCP_STR("("));
        mcp_utf8_add_printable(out, mcp_json_str(json_object_get(content, "type")));
        mcp_buf_add(out, MCP_STR(": --json shows it)"));
    }
    if (out->len > 0 && out->data[out->len - 1] != '\n')
        mcp_buf_addc(out, '\n');
}

enum mcp_code orch_render_contents(struct mcp_buf *out, bool is_terminal, const json_t *contents,
                                   struct mcp_err *err) {
    for (size_t i = 0; i < json_array_size(contents); i++)
        add_content(out, is_terminal, json_array_get(contents, i));
    return mcp_buf_finish(out, err);
}

enum mcp_code orch_render_context(struct mcp_buf *out, const struct orch_look *look,
                                  const json_t *context, struct mcp_err *err) {
    const json_t *problems = json_object_get(context, "problems");
    const json_t *servers = json_object_get(context, "servers");
    for (size_t i = 1; i < json_array_size(problems); i++) { /* the first is in the message */
        const json_t *problem = json_array_get(problems, i);
        mcp_buf_addf(out, "  %lld:%lld: ", (long long)integer_at(problem, "line"),
                     (long long)integer_at(problem, "column"));
        orch_add_text(out, look, ORCH_PLAIN, text_at(problem, "message"));
        mcp_buf_addc(out, '\n');
    }
    if (json_array_size(servers) > 1)
        add_missing(out, look, servers);
    return mcp_buf_finish(out, err);
}
