/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/share_plan.json. */
#include <stdlib.h>
#include <string.h>

#include "orchestrator/share_plan.h"
#include "probe.h"

probe_fn probe_share_plan;

static struct orch_cache_limits limits_of(const json_t *in) {
    return (struct orch_cache_limits){
        .ttl_ms = (uint64_t)probe_int(in, "ttl_ms", 1000),
        .revalidate_ms = (uint64_t)probe_int(in, "revalidate_ms", 0),
        .on_error_ms = (uint64_t)probe_int(in, "on_error_ms", 0),
    };
}

static size_t items_of(const json_t *list, struct orch_share_item *out) {
    size_t count = json_array_size(list) < 9 ? json_array_size(list) : 9;
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        out[i] = (struct orch_share_item){.is_text = json_is_string(item),
                                          .is_number = json_is_integer(item),
                                          .text = mcp_json_str(item),
                                          .number = json_integer_value(item)};
    }
    return count;
}

static json_t *step_of(enum orch_share_step step, size_t best, uint64_t wait_ms) {
    static const char *const places[] = {"public", "private"};
    static const char *const names[] = {"give", "claim", "wait", "fetch"};
    json_t *out = json_pack("{s:s, s:o}", "step", names[step], "best",
                            best < 2 ? json_string(places[best]) : json_null());
    if (step == ORCH_SHARE_WAIT && out != NULL)
        (void)json_object_set_new(out, "wait_ms", json_integer((json_int_t)wait_ms));
    return out;
}

static enum mcp_code next(const json_t *in, json_t **out, struct mcp_err *err) {
    struct orch_share_item items[9];
    struct orch_share_view view;
    size_t count = items_of(json_object_get(in, "view"), items);
    MCP_TRY(orch_share_view_read(items, count, &view, err));
    const struct orch_share_question question = {
        .may_claim = !json_is_false(json_object_get(in, "may_claim")),
        .is_claim = json_is_true(json_object_get(in, "claim")),
        .waited_ms = (uint64_t)probe_int(in, "waited_ms", 0),
        .max_wait_ms = (uint64_t)probe_int(in, "max_wait_ms", 1000),
    };
    const struct orch_cache_limits limits = limits_of(json_object_get(in, "limits"));
    size_t best = 0;
    uint64_t wait_ms = 0;
    enum orch_share_step step = orch_share_next(&question, &view, &limits, &best, &wait_ms);
    json_t *result = step_of(step, best, wait_ms);
    if (best < 2 && result != NULL)
        (void)json_object_set_new(result, "age_ms",
                                  json_integer((json_int_t)orch_share_age(&view.offers[best])));
    return probe_give(result, out, err);
}

static enum mcp_code life(const json_t *in, json_t **out, struct mcp_err *err) {
    const struct orch_cache_limits limits = limits_of(json_object_get(in, "limits"));
    const json_t *ttl = json_object_get(in, "life");
    const struct orch_cache_terms terms = {
        .ttl_ms = json_is_integer(ttl) ? (uint64_t)json_integer_value(ttl) : ORCH_TTL_UNSAID};
    return probe_give(json_integer((json_int_t)orch_share_life(&terms, &limits)), out, err);
}

/* ["up" or "down", NOW, RANDOM?] */
static json_t *change(struct orch_share_health *health, const json_t *step) {
    const char *name = json_string_value(json_array_get(step, 0));
    const char *random = json_string_value(json_array_get(step, 2));
    json_int_t now_ms = json_integer_value(json_array_get(step, 1));
    const struct orch_share_moment moment = {.now_ms = (uint64_t)now_ms,
                                             .wall_ms = now_ms + 1000000,
                                             .random =
                                                 random != NULL ? strtoull(random, NULL, 10) : 0};
    bool is_news = strcmp(name, "up") == 0 ? orch_share_health_up(health, &moment)
                                           : orch_share_health_down(health, &moment);
    json_t *out = json_pack("{s:s, s:b, s:I}", "state", orch_share_phase_name(health->phase),
                            "told", is_news, "since", (json_int_t)health->since_ms);
    if (health->phase == ORCH_SHARE_DOWN && out != NULL)
        (void)json_object_set_new(
            out, "retry_in_ms", json_integer((json_int_t)(health->retry_at_ms - (uint64_t)now_ms)));
    return out;
}

enum mcp_code probe_share_plan(const json_t *in, json_t **out, struct mcp_err *err) {
    const json_t *steps = json_object_get(in, "health");
    struct orch_share_health health;
    if (json_object_get(in, "view") != NULL)
        return next(in, out, err);
    if (json_object_get(in, "life") != NULL)
        return life(in, out, err);
    json_auto_t *results = json_array();
    orch_share_health_init(&health, 0);
    for (size_t i = 0; i < json_array_size(steps); i++)
        if (json_array_append_new(results, change(&health, json_array_get(steps, i))) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return probe_give(MCP_TAKE(results), out, err);
}
