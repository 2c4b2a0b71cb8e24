/* SPDX-License-Identifier: MIT */
/* status.c - see status.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/status.h"

#include <stdio.h>
#include <string.h>

#include "mcp/alloc.h"
#include "mcp/timestamp.h"
#include "mcp/utf8.h"
#include "orchestrator/capability.h"

static bool set(json_t *object, const char *key, json_t *value) {
    return json_object_set_new(object, key, value) == 0;
}

/* Null for "". Malformed bytes are replaced: an error may quote a peer. */
static json_t *text_or_null(const char *text) {
    if (text == NULL || text[0] == '\0')
        return json_null();
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf repaired = MCP_BUF_INIT(1 << 16);
    (void)mcp_utf8_repair(&repaired, mcp_str_of(text));
    if (mcp_buf_finish(&repaired, NULL) == MCP_E_NOMEM)
        return NULL;
    return json_stringn(mcp_buf_view(&repaired).ptr, repaired.len);
}

static json_t *time_or_null(int64_t wall_ms) {
    char text[MCP_TIMESTAMP_BYTES];
    if (wall_ms == 0)
        return json_null();
    mcp_timestamp_format(wall_ms, text);
    return json_string(text);
}

/* Without the query: a token may hide there. */
static json_t *public_url(const char *url) {
    return json_stringn(url, strcspn(url, "?#"));
}

static bool set_address(json_t *out, const struct orch_row *row) {
    const struct orch_server *server = row->server;
    const char *transport = row->facts.transport[0] != '\0'
                                ? row->facts.transport
                                : orch_transport_name(server->transport);
    bool ok = set(out, "transport", json_string(transport));
    if (server->url != NULL)
        return ok && set(out, "url", public_url(server->url));
    if (server->argv != NULL)
        return ok && set(out, "command", json_string(server->argv[0]));
    return ok;
}

static json_t *capabilities(const struct orch_row *row) {
    json_t *out = NULL;
    const json_t *tools = json_object_get(orch_value_root(row->tools), "tools");
    if (orch_capability_compare(row->server->capabilities, row->declared, tools, &out, NULL) !=
        MCP_OK)
        return NULL;
    return out;
}

const char *orch_status_cache_key(const struct orch_server *server, bool is_tools, char *out,
                                  size_t room) {
    (void)snprintf(out, room, "%s:%s", is_tools ? "tools" : "resources", server->id);
    return out;
}

static json_t *count_of(uint64_t value) {
    return json_integer((json_int_t)value);
}

/* The server's share of the cache. */
static json_t *cache_share(const struct orch_row *row, const struct orch_status_input *input) {
    char key[160];
    const struct orch_traffic *traffic = &row->traffic;
    json_t *out = json_object();
    bool ok = set(out, "hits", count_of(traffic->cache_hits)) &&
              set(out, "misses", count_of(traffic->cache_misses)) &&
              set(out, "stale", count_of(traffic->cache_stale));
    for (int is_tools = 0; ok && input->cache != NULL && is_tools < 2; is_tools++)
        ok = set(
            out, is_tools ? "tools" : "resources",
            orch_cache_describe(input->cache,
                                orch_status_cache_key(row->server, is_tools != 0, key, sizeof key),
                                input->now_ms));
    if (ok)
        return out;
    json_decref(out);
    return NULL;
}

/* Milliseconds with their fraction; null before the first answer. */
static json_t *latency(const struct orch_latency *latency, uint64_t now_ms) {
    if (orch_latency_count(latency, now_ms) == 0)
        return json_null();
    return json_pack("{s:f, s:f}", "p50",
                     (double)orch_latency_percentile(latency, 50, now_ms) / 1000.0, "p99",
                     (double)orch_latency_percentile(latency, 99, now_ms) / 1000.0);
}

static json_t *breaker(const struct orch_breaker *breaker, uint64_t now_ms) {
    uint64_t wait_ms = orch_breaker_wait_ms(breaker, now_ms);
    return json_pack("{s:s, s:o, s:I, s:I, s:o}", "state", orch_breaker_phase_name(breaker->phase),
                     "reason", text_or_null(orch_breaker_reason_name(breaker->reason)),
                     "failures_in_a_row", (json_int_t)breaker->failures, "short_lives_in_a_row",
                     (json_int_t)breaker->short_lives, "retry_in_ms",
                     wait_ms > 0 ? count_of(wait_ms) : json_null());
}

static bool set_traffic(json_t *out, const struct orch_row *row,
                        const struct orch_status_input *input) {
    const struct orch_traffic *traffic = &row->traffic;
    return set(out, "requests", count_of(traffic->requests)) &&
           set(out, "refusals", count_of(traffic->refusals)) &&
           set(out, "failures", count_of(traffic->failures)) &&
           set(out, "retries", count_of(traffic->retries)) &&
           set(out, "latency_ms", latency(&traffic->latency, input->now_ms)) &&
           set(out, "breaker", breaker(&traffic->breaker, input->now_ms)) &&
           set(out, "cache", cache_share(row, input)) &&
           set(out, "stderr_tail", text_or_null(row->stderr_tail));
}

static json_t *last_error(const struct orch_row *row) {
    if (row->last_error_ms == 0)
        return json_null();
    return json_pack("{s:o, s:s, s:o}", "error", text_or_null(row->last_error), "code",
                     mcp_code_name(row->last_error_code), "at", time_or_null(row->last_error_ms));
}

static json_t *server_status(const struct orch_row *row, const struct orch_status_input *input) {
    const struct orch_server *server = row->server;
    json_t *out = json_object();
    json_t *domains = server->domains != NULL ? json_deep_copy(server->domains) : json_array();
    json_t *pid = row->facts.child_pid != 0 ? json_integer(row->facts.child_pid) : json_null();
    bool ok = set(out, "id", json_string(server->id)) &&
              set(out, "name", json_string(server->name)) &&
              set(out, "connected", json_boolean(row->is_connected)) &&
              set(out, "priority", json_integer(server->priority));
    ok = set(out, "domains", domains) && ok;
    ok = ok && set(out, "error", text_or_null(row->error)) && set_address(out, row) &&
         set(out, "protocol_version", text_or_null(row->facts.version)) &&
         set(out, "last_connected", time_or_null(row->last_connected_ms)) &&
         set(out, "changed_at", time_or_null(row->changed_ms)) &&
         set(out, "error_at", time_or_null(row->error_ms)) &&
         set(out, "last_error", last_error(row));
    ok = set(out, "child_pid", pid) && ok;
    ok = ok && set(out, "capabilities", capabilities(row)) && set_traffic(out, row, input);
    if (ok)
        return out;
    json_decref(out);
    return NULL;
}

/* "66.67%"; "0.00%" while nothing was asked. */
static json_t *hit_rate(const struct orch_cache_stats *stats) {
    char text[16];
    uint64_t total = stats->hits + stats->misses;
    double percent = total > 0 ? (double)stats->hits / (double)total * 100.0 : 0.0;
    (void)snprintf(text, sizeof text, "%.2f%%", percent);
    return json_string(text);
}

static json_t *share_error(const struct orch_share_facts *facts) {
    if (facts->last_error_ms == 0)
        return json_null();
    return json_pack("{s:o, s:o}", "error", text_or_null(facts->last_error), "at",
                     time_or_null(facts->last_error_ms));
}

/* Null when the cache is not shared. */
static json_t *share_status(const struct orch_share_facts *facts) {
    if (facts == NULL || !facts->is_redis)
        return json_null();
    json_t *out = json_object();
    bool ok =
        set(out, "where", text_or_null(facts->where)) &&
        set(out, "state", json_string(orch_share_phase_name(facts->phase))) &&
        set(out, "since", time_or_null(facts->since_ms)) &&
        set(out, "last_error", share_error(facts)) && set(out, "hits", count_of(facts->hits)) &&
        set(out, "misses", count_of(facts->misses)) && set(out, "stored", count_of(facts->stored));
    if (ok)
        return out;
    json_decref(out);
    return NULL;
}

static json_t *cache_status(const struct orch_cache *cache, const struct orch_share_facts *share) {
    if (cache == NULL)
        return json_null();
    json_t *out = json_object();
    struct orch_cache_stats stats = orch_cache_stats(cache);
    bool ok =
        set(out, "hits", count_of(stats.hits)) && set(out, "misses", count_of(stats.misses)) &&
        set(out, "evictions", count_of(stats.evictions)) &&
        set(out, "total_requests", count_of(stats.hits + stats.misses)) &&
        set(out, "hit_rate", hit_rate(&stats)) &&
        set(out, "cached_items", count_of(stats.cached_items)) &&
        set(out, "cached_bytes", count_of(stats.cached_bytes)) &&
        set(out, "stale", count_of(stats.stale)) &&
        set(out, "backend", json_string(share != NULL && share->is_redis ? "redis" : "memory")) &&
        set(out, "shared", share_status(share));
    if (ok)
        return out;
    json_decref(out);
    return NULL;
}

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

enum mcp_code orch_status_build(const struct orch_status_input *input, json_t **out_status,
                                struct mcp_err *err) {
    const struct orch_registry *registry = input->registry;
    json_auto_t *out = json_object();
    json_auto_t *servers = json_array();
    size_t refused = mcp_alloc_refusals();
    size_t count = registry != NULL ? orch_registry_count(registry) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct orch_row *row = orch_registry_row(registry, orch_registry_order(registry)[i]);
        if (json_array_append_new(servers, server_status(row, input)) != 0)
            return no_memory(err);
    }
    bool ok = set(out, "initialized", json_boolean(input->is_initialized)) &&
              json_object_set(out, "servers", servers) == 0 &&
              set(out, "cache_stats", cache_status(input->cache, input->share));
    if (!ok || mcp_alloc_refusals() != refused)
        return no_memory(err);
    *out_status = MCP_TAKE(out);
    return MCP_OK;
}

static bool add_flaw(json_t *flaws, const json_t *server, const char *flaw, json_t *error,
                     json_t *word) {
    json_t *entry =
        json_pack("{s:O?, s:O?, s:s, s:o?}", "id", json_object_get(server, "id"), "name",
                  json_object_get(server, "name"), "flaw", flaw, "error", error);
    if (word != NULL && json_object_set(entry, "capability", word) != 0) {
        json_decref(entry);
        return false;
    }
    return json_array_append_new(flaws, entry) == 0;
}

static bool add_missing(json_t *flaws, const json_t *server) {
    const json_t *compared = json_object_get(server, "capabilities");
    const json_t *missing = json_object_get(compared, "missing");
    for (size_t i = 0; i < json_array_size(missing); i++) {
        json_t *word = json_array_get(missing, i);
        json_t *error = json_sprintf("the file expects \"%s\", which it does not offer",
                                     json_string_value(word));
        if (!add_flaw(flaws, server, "capability", error, word))
            return false;
    }
    return true;
}

json_t *orch_status_flaws(const json_t *status) {
    size_t refused = mcp_alloc_refusals();
    json_auto_t *flaws = json_array();
    const json_t *servers = json_object_get(status, "servers");
    bool ok = true;
    for (size_t i = 0; ok && i < json_array_size(servers); i++) {
        const json_t *server = json_array_get(servers, i);
        if (!json_is_true(json_object_get(server, "connected")))
            ok = add_flaw(flaws, server, "unreachable",
                          json_incref(json_object_get(server, "error")), NULL);
        else
            ok = add_missing(flaws, server);
    }
    return ok && mcp_alloc_refusals() == refused ? MCP_TAKE(flaws) : NULL;
}
