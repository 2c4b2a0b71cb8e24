/* SPDX-License-Identifier: MIT */
/* gather.c - see gather.h. */
#include "orchestrator/gather.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "mcp/alloc.h"
#include "orchestrator/capability.h"
#include "orchestrator/collect.h"
#include "orchestrator/merge.h"
#include "orchestrator/orch_error.h"

/* Servers of a domain (NULL: all) in order of priority; *out_picks is the caller's. */
static enum mcp_code pick(struct orch_state *state, const char *domain,
                          struct orch_pick **out_picks, size_t *out_count,
                          struct orch_error *error) {
    enum mcp_code code = orch_state_pick(state, domain, out_picks, out_count, NULL);
    return code == MCP_OK ? MCP_OK : orch_error_nomem(error);
}

/* Move picks[at] to picks[to], to <= at; the others keep their order. */
static void move_up(struct orch_pick *picks, size_t at, size_t to) {
    struct orch_pick moved = picks[at];
    memmove(&picks[to + 1], &picks[to], (at - to) * sizeof *picks);
    picks[to] = moved;
}

/* Connected servers first; the order is kept among equals. */
static void connected_first(struct orch_pick *picks, size_t count) {
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (picks[i].is_connected)
            move_up(picks, i, used++);
}

/* Put one share into the answer, and what it lacks into `missing`. */
static enum mcp_code add_share(const struct orch_share *share, json_t *answer, json_t *missing) {
    const struct orch_server *server = share->server;
    if (share->value == NULL)
        return orch_merge_missing(missing, server, &share->why, NULL);
    const json_t *fetched = orch_value_root(share->value);
    if (share->is_stale)
        MCP_TRY(orch_merge_stale(missing, server, share->age_ms, &share->why, NULL));
    MCP_TRY(orch_merge_server(answer, server, fetched, NULL));
    return orch_merge_missing_resources(missing, server, fetched, NULL);
}

/* What is being read again was asked for by the file: it is told, and no failure. */
static size_t count_failures(const json_t *missing) {
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(missing); i++) {
        const char *code = json_string_value(json_object_get(json_array_get(missing, i), "code"));
        count += code == NULL || strcmp(code, mcp_code_name(MCP_OK)) != 0;
    }
    return count;
}

/* Whether the answer may be given although something is missing. */
static enum mcp_code judge(struct orch_state *state, const json_t *answer, const json_t *missing,
                           struct orch_error *error) {
    if (json_object_size(answer) == 0)
        return orch_error_set_servers(error, ORCH_E_NO_SERVER, "no server answered", missing);
    if (count_failures(missing) == 0 || !orch_state_fails_fast(state))
        return MCP_OK;
    return orch_error_set_servers(error, ORCH_E_RESOURCE_FETCH, "the answer would be incomplete",
                                  missing);
}

static enum mcp_code merge_all(struct orch_state *state, const struct orch_share *shares,
                               size_t count, json_t **out_resources, json_t **out_missing,
                               struct orch_error *error) {
    json_auto_t *answer = json_object();
    json_auto_t *missing = json_array();
    if (answer == NULL || missing == NULL)
        return orch_error_nomem(error);
    for (size_t i = 0; i < count; i++)
        if (add_share(&shares[i], answer, missing) != MCP_OK)
            return orch_error_nomem(error);
    MCP_TRY(judge(state, answer, missing, error));
    *out_resources = MCP_TAKE(answer);
    if (out_missing != NULL)
        *out_missing = MCP_TAKE(missing);
    return MCP_OK;
}

/* Shares of the picked servers, collected. */
static enum mcp_code collect(const struct orch_visit *visit, enum orch_holding holding,
                             const struct orch_pick *picks, size_t count,
                             struct orch_share **out_shares, struct orch_error *error) {
    struct mcp_err err = {0};
    struct orch_share *shares = mcp_alloc((count + 1) * sizeof *shares);
    if (shares == NULL) {
        (void)orch_error_nomem(error);
        return MCP_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++)
        shares[i] = (struct orch_share){.server = picks[i].server, .slot = picks[i].slot};
    enum mcp_code code = orch_collect_run(visit, holding, shares, count, &err);
    if (code != MCP_OK) {
        orch_collect_free(shares, count);
        (void)orch_error_set(error, ORCH_E_OTHER, &err, NULL);
        return code;
    }
    *out_shares = shares;
    return MCP_OK;
}

enum mcp_code orch_gather_all(const struct orch_visit *visit, json_t **out_resources,
                              json_t **out_missing, struct orch_error *error) {
    struct orch_state *state = orch_fleet_state(visit->fleet);
    struct orch_pick *picks MCP_AUTO(mcp_freep) = NULL;
    struct orch_share *shares = NULL;
    size_t count = 0;
    MCP_TRY(pick(state, NULL, &picks, &count, error));
    struct orch_visit lenient = *visit;
    lenient.takes_stale = !orch_state_fails_fast(state);
    MCP_TRY(collect(&lenient, ORCH_RESOURCES, picks, count, &shares, error));
    enum mcp_code code = merge_all(state, shares, count, out_resources, out_missing, error);
    orch_collect_free(shares, count);
    return code;
}

static enum mcp_code give_resources(const struct orch_share *share, json_t *missing,
                                    json_t **out_resources) {
    const json_t *fetched = orch_value_root(share->value);
    size_t refused = mcp_alloc_refusals();
    if (share->is_stale)
        MCP_TRY(orch_merge_stale(missing, share->server, share->age_ms, &share->why, NULL));
    MCP_TRY(orch_merge_missing_resources(missing, share->server, fetched, NULL));
    json_auto_t *copy = json_deep_copy(json_object_get(fetched, "resources"));
    if (copy == NULL || mcp_alloc_refusals() != refused)
        return MCP_E_NOMEM;
    *out_resources = MCP_TAKE(copy);
    return MCP_OK;
}

/* Ask one server. OK without *out_resources: it failed, which is noted. */
static enum mcp_code try_server(const struct orch_visit *visit, const struct orch_pick *who,
                                json_t *missing, json_t **out_resources, struct orch_error *error) {
    struct orch_share *share = NULL;
    MCP_TRY(collect(visit, ORCH_RESOURCES, who, 1, &share, error));
    enum mcp_code code = MCP_OK;
    if (share->value != NULL)
        code = give_resources(share, missing, out_resources);
    else
        code = orch_merge_missing(missing, share->server, &share->why, NULL);
    orch_collect_free(share, 1);
    return code == MCP_OK ? MCP_OK : orch_error_nomem(error);
}

/* The servers of one domain, asked one after the other. */
struct round {
    struct orch_state *state;
    const struct orch_pick *picks; /* in the order in which they are asked */
    size_t count;
    size_t winner; /* which one answered; count: none */
    json_t *missing;
};

/* What was read earlier of the best server whose entry may still be given. */
static enum mcp_code stale_answer(struct round *round, json_t **out_resources,
                                  struct orch_error *error) {
    struct orch_state *state = round->state;
    enum mcp_code code = MCP_OK;
    for (round->winner = 0; round->winner < round->count; round->winner++) {
        const struct orch_pick *pick = &round->picks[round->winner];
        struct orch_share share = {.server = pick->server, .slot = pick->slot, .is_stale = true};
        share.value = orch_state_stale(state, share.slot, ORCH_RESOURCES, true, &share.age_ms);
        if (share.value == NULL)
            continue;
        orch_state_why(state, share.slot, &share.why);
        code = give_resources(&share, round->missing, out_resources);
        orch_value_unref(share.value);
        break;
    }
    return code == MCP_OK ? MCP_OK : orch_error_nomem(error);
}

/* The resources of the first of the picks that answers, else what was read of one before. */
static enum mcp_code first_answer(const struct orch_visit *visit, struct round *round,
                                  json_t **out_resources, struct orch_error *error) {
    for (round->winner = 0; round->winner < round->count; round->winner++) {
        MCP_TRY(
            try_server(visit, &round->picks[round->winner], round->missing, out_resources, error));
        if (*out_resources != NULL)
            return MCP_OK;
    }
    if (!orch_state_fails_fast(round->state))
        MCP_TRY(stale_answer(round, out_resources, error));
    if (*out_resources != NULL)
        return MCP_OK;
    if (round->count > 0)
        return orch_error_set_servers(error, ORCH_E_RESOURCE_FETCH,
                                      "no server of this domain answered", round->missing);
    *out_resources = json_object();
    return *out_resources != NULL ? MCP_OK : orch_error_nomem(error);
}

/* Better servers that are not connected were passed over: that is part of the answer. */
static enum mcp_code note_passed(const struct round *round) {
    const struct orch_pick *winner = &round->picks[round->winner];
    for (size_t i = 0; i < round->count && winner->is_connected; i++) {
        const struct orch_pick *other = &round->picks[i];
        struct mcp_err why;
        if (other->is_connected || other->rank > winner->rank)
            continue;
        orch_state_why(round->state, other->slot, &why);
        MCP_TRY(orch_merge_missing(round->missing, other->server, &why, NULL));
    }
    return MCP_OK;
}

/* Say of each server that failed which one answered for it. */
static enum mcp_code note_instead(const struct orch_server *winner, json_t *missing) {
    for (size_t i = 0; i < json_array_size(missing); i++) {
        json_t *entry = json_array_get(missing, i);
        if (json_object_get(entry, "uri") == NULL &&
            json_object_set_new(entry, "instead", json_string(winner->name)) != 0)
            return MCP_E_NOMEM;
    }
    return MCP_OK;
}

static enum mcp_code tell_fallback(const struct round *round, struct orch_error *error) {
    if (round->winner == round->count) /* nobody has the domain */
        return MCP_OK;
    if (note_passed(round) != MCP_OK ||
        note_instead(round->picks[round->winner].server, round->missing) != MCP_OK)
        return orch_error_nomem(error);
    return MCP_OK;
}

enum mcp_code orch_gather_domain(const struct orch_visit *visit, const char *domain,
                                 json_t **out_resources, json_t **out_missing,
                                 struct orch_error *error) {
    struct orch_state *state = orch_fleet_state(visit->fleet);
    struct orch_pick *picks MCP_AUTO(mcp_freep) = NULL;
    json_auto_t *missing = json_array();
    json_auto_t *resources = NULL;
    size_t count = 0;
    MCP_TRY(pick(state, domain, &picks, &count, error));
    if (missing == NULL)
        return orch_error_nomem(error);
    connected_first(picks, count);
    struct round round = {state, picks, count, count, missing};
    MCP_TRY(first_answer(visit, &round, &resources, error));
    MCP_TRY(tell_fallback(&round, error));
    *out_resources = MCP_TAKE(resources);
    if (out_missing != NULL)
        *out_missing = MCP_TAKE(missing);
    return MCP_OK;
}

/* {"server": display name, key: value}; value is taken in every case. */
static enum mcp_code give_result(const struct orch_server *server, const char *key, json_t *value,
                                 json_t **out_result, struct orch_error *error) {
    json_auto_t *result = json_object();
    bool ok = json_object_set_new(result, "server", json_string(server->name)) == 0;
    ok = json_object_set_new(result, key, value) == 0 && ok;
    if (!ok)
        return orch_error_nomem(error);
    *out_result = MCP_TAKE(result);
    return MCP_OK;
}

static bool lists_uri(struct orch_state *state, size_t slot, const char *uri) {
    MCP_AUTO(orch_value_unrefp)
    struct orch_value *known = orch_state_peek(state, slot, ORCH_RESOURCES);
    const json_t *uris = json_object_get(orch_value_root(known), "uris");
    return json_object_get(uris, uri) != NULL;
}

/* Servers known to list it first, then the connected ones, then the rest. */
static void likely_first(struct orch_state *state, const char *uri, struct orch_pick *picks,
                         size_t count) {
    connected_first(picks, count);
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (lists_uri(state, picks[i].slot, uri))
            move_up(picks, i, used++);
}

/* Ask one server for the URI. OK without *out_contents: it has not got it, which is noted. */
static enum mcp_code try_read(const struct orch_visit *visit, const struct orch_pick *who,
                              const json_t *params, json_t *failures, json_t **out_contents) {
    json_auto_t *result = NULL;
    struct mcp_err why = {0};
    enum mcp_code code =
        orch_fleet_request(visit, who->slot, "resources/read", params, &result, &why);
    json_t *contents = json_object_get(result, "contents");
    if (code == MCP_OK && json_is_array(contents)) {
        *out_contents = json_incref(contents);
        return MCP_OK;
    }
    if (code == MCP_OK)
        (void)MCP_FAIL(&why, MCP_E_PEER, "the answer has no contents array");
    return orch_merge_missing(failures, who->server, &why, NULL);
}

enum mcp_code orch_gather_read(const struct orch_visit *visit, const char *uri, json_t **out_result,
                               struct orch_error *error) {
    struct orch_state *state = orch_fleet_state(visit->fleet);
    struct orch_pick *picks MCP_AUTO(mcp_freep) = NULL;
    json_auto_t *failures = json_array();
    json_auto_t *params = json_pack("{s:s}", "uri", uri);
    size_t count = 0;
    MCP_TRY(pick(state, NULL, &picks, &count, error));
    if (failures == NULL || params == NULL)
        return orch_error_nomem(error);
    likely_first(state, uri, picks, count);
    for (size_t i = 0; i < count; i++) {
        json_t *contents = NULL;
        if (try_read(visit, &picks[i], params, failures, &contents) != MCP_OK)
            return orch_error_nomem(error);
        if (contents != NULL)
            return give_result(picks[i].server, "contents", contents, out_result, error);
    }
    return orch_error_set_servers(error, ORCH_E_RESOURCE_FETCH, "no server gave the resource",
                                  failures);
}

static bool has_tool(const struct orch_value *value, const char *tool) {
    const json_t *tools = json_object_get(orch_value_root(value), "tools");
    for (size_t i = 0; i < json_array_size(tools); i++) {
        const json_t *name = json_object_get(json_array_get(tools, i), "name");
        if (json_is_string(name) && strcmp(json_string_value(name), tool) == 0)
            return true;
    }
    return false;
}

/* Among what is cached, so that a server which hangs does not delay another one's tools. */
static bool find_cached_tool(struct orch_state *state, const struct orch_pick *picks, size_t count,
                             const char *tool, struct orch_pick *out_who) {
    for (size_t i = 0; i < count; i++) {
        MCP_AUTO(orch_value_unrefp) struct orch_value *known = NULL;
        if (picks[i].is_connected)
            known = orch_state_peek(state, picks[i].slot, ORCH_TOOLS);
        if (known != NULL && has_tool(known, tool)) {
            *out_who = picks[i];
            return true;
        }
    }
    return false;
}

static enum mcp_code refuse_tool(const struct orch_share *shares, size_t count, const char *tool,
                                 struct orch_error *error) {
    json_auto_t *failures = json_array();
    char summary[160];
    (void)snprintf(summary, sizeof summary, "no server lists the tool \"%.80s\"", tool);
    for (size_t i = 0; i < count; i++) {
        struct mcp_err why = shares[i].why;
        if (shares[i].value != NULL)
            (void)MCP_FAIL(&why, MCP_E_NOT_FOUND, "does not list it");
        if (orch_merge_missing(failures, shares[i].server, &why, NULL) != MCP_OK)
            return orch_error_nomem(error);
    }
    return orch_error_set_servers(error, ORCH_E_TOOL_CALL, summary, failures);
}

/* The first server by priority that lists the tool. */
static enum mcp_code find_tool(const struct orch_visit *visit, const char *tool,
                               struct orch_pick *out_who, struct orch_error *error) {
    struct orch_state *state = orch_fleet_state(visit->fleet);
    struct orch_pick *picks MCP_AUTO(mcp_freep) = NULL;
    struct orch_share *shares = NULL;
    size_t count = 0;
    MCP_TRY(pick(state, NULL, &picks, &count, error));
    if (find_cached_tool(state, picks, count, tool, out_who))
        return MCP_OK;
    MCP_TRY(collect(visit, ORCH_TOOLS, picks, count, &shares, error));
    size_t at = 0;
    while (at < count && (shares[at].value == NULL || !has_tool(shares[at].value, tool)))
        at++;
    enum mcp_code code = MCP_OK;
    if (at < count)
        *out_who = picks[at];
    else
        code = refuse_tool(shares, count, tool, error);
    orch_collect_free(shares, count);
    return code;
}

enum mcp_code orch_gather_call(const struct orch_visit *visit, const char *tool,
                               const json_t *arguments, json_t **out_result,
                               struct orch_error *error) {
    struct orch_pick who = {0};
    MCP_TRY(find_tool(visit, tool, &who, error));
    assert(who.server != NULL);
    json_auto_t *failures = json_array();
    json_auto_t *given = arguments != NULL ? json_deep_copy(arguments) : json_object();
    json_auto_t *params = json_pack("{s:s, s:O}", "name", tool, "arguments", given);
    if (failures == NULL || params == NULL)
        return orch_error_nomem(error);
    json_t *result = NULL;
    struct mcp_err why = {0};
    if (orch_fleet_request(visit, who.slot, "tools/call", params, &result, &why) == MCP_OK)
        return give_result(who.server, "result", result, out_result, error);
    if (orch_merge_missing(failures, who.server, &why, NULL) != MCP_OK)
        return orch_error_nomem(error);
    return orch_error_set_servers(error, ORCH_E_TOOL_CALL, "the tool call failed", failures);
}

static bool expects_a_tool(const struct orch_server *server) {
    for (size_t i = 0; i < json_array_size(server->capabilities); i++)
        if (orch_capability_is_tool(mcp_json_str(json_array_get(server->capabilities, i))))
            return true;
    return false;
}

enum mcp_code orch_gather_tools(const struct orch_visit *visit, struct orch_error *error) {
    struct orch_state *state = orch_fleet_state(visit->fleet);
    struct orch_pick *picks MCP_AUTO(mcp_freep) = NULL;
    struct orch_share *shares = NULL;
    size_t count = 0;
    size_t wanted = 0;
    MCP_TRY(pick(state, NULL, &picks, &count, error));
    for (size_t i = 0; i < count; i++)
        if (picks[i].is_connected && expects_a_tool(picks[i].server))
            picks[wanted++] = picks[i];
    MCP_TRY(collect(visit, ORCH_TOOLS, picks, wanted, &shares, error));
    orch_collect_free(shares, wanted);
    return MCP_OK;
}
