/* SPDX-License-Identifier: MIT */
/* orchestrator.c - see mcp/orchestrator.h. */
#include "mcp/orchestrator.h"

#include <unistd.h>

#include "base/file.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/utf8.h"
#include "orchestrator/gather.h"
#include "orchestrator/life.h"
#include "orchestrator/redis_link.h"

#define DEFAULT_CONFIG "resources/mcp_config.yaml"

struct orch {
    char *config_path;
    struct orch_life *life;
    struct orch_state *state;
    struct orch_fleet *fleet; /* written by the busy thread only, while nobody is inside */
    orch_event_fn *on_event;
    void *user;
};

enum mcp_code orch_new(const char *config_path, struct orch **out_orch, struct orch_error *error) {
    struct mcp_err err = {0};
    MCP_AUTO(orch_freep) struct orch *orch = mcp_alloc(sizeof *orch);
    if (orch == NULL)
        return orch_error_nomem(error);
    json_object_seed(0); /* once, before threads */
    orch->config_path = mcp_strdup(config_path != NULL ? config_path : DEFAULT_CONFIG);
    if (orch->config_path == NULL || orch_life_new(&orch->life, &err) != MCP_OK ||
        orch_state_new(&orch->state, &err) != MCP_OK)
        return orch_error_nomem(error);
    *out_orch = MCP_TAKE(orch);
    return MCP_OK;
}

void orch_free(struct orch *orch) {
    if (orch == NULL)
        return;
    orch_close(orch);
    orch_state_free(orch->state);
    orch_life_free(orch->life);
    mcp_free(orch->config_path);
    mcp_free(orch);
}

void orch_freep(struct orch **orch) {
    orch_free(*orch);
    *orch = NULL;
}

void orch_observe(struct orch *orch, orch_event_fn *on_event, void *user) {
    orch->on_event = on_event;
    orch->user = user;
}

void orch_tolerate_failures(struct orch *orch) {
    orch_state_tolerate(orch->state);
}

void orch_stay_open(struct orch *orch) {
    orch_state_tolerate(orch->state);
    orch_state_be_patient(orch->state);
}

/* `problems` is taken. */
static enum mcp_code complain(const struct mcp_err *err, json_t *problems,
                              struct orch_error *error) {
    json_t *context = problems != NULL ? json_pack("{s:o}", "problems", problems) : NULL;
    if (err->code == MCP_E_NOMEM)
        return orch_error_set(error, ORCH_E_OTHER, err, context);
    return orch_error_set(error, ORCH_E_CONFIGURATION, err, context);
}

/* What the file asks for may have been left out when this was built. */
static enum mcp_code check_build(const struct orch *orch, const struct orch_conf *conf,
                                 struct mcp_err *err) {
    if (!conf->share.target.is_redis || orch_redis_is_built())
        return MCP_OK;
    enum mcp_code code =
        MCP_FAIL(err, MCP_E_UNSUPPORTED,
                 "this mcp-orchestrator was built without Redis; build it with libhiredis and "
                 "-DMCP_REDIS=ON, or set orchestration.cache.backend to memory");
    return mcp_err_at(err, code, "%s:%lu:%lu", orch->config_path, conf->share_line,
                      conf->share_column);
}

static enum mcp_code read_file(const struct orch *orch, struct orch_conf **out_conf,
                               struct orch_error *error) {
    struct mcp_err err = {0};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(ORCH_MAX_CONFIG_BYTES);
    json_t *problems = NULL;
    enum mcp_code code = mcp_file_read(orch->config_path, &text, &err);
    if (code == MCP_OK)
        code = orch_conf_parse(mcp_buf_view(&text), orch->config_path, environ, out_conf, &problems,
                               &err);
    if (code == MCP_OK)
        code = check_build(orch, *out_conf, &err);
    return code == MCP_OK ? MCP_OK : complain(&err, problems, error);
}

/* `conf` is taken on success. Only the busy thread may. */
static enum mcp_code install(const struct orch *orch, struct orch_conf *conf,
                             struct orch_error *error) {
    struct mcp_err err = {0};
    enum mcp_code code = orch_state_install(orch->state, conf, &err);
    return code == MCP_OK ? MCP_OK : complain(&err, NULL, error);
}

static enum mcp_code load(const struct orch *orch, struct orch_error *error) {
    MCP_AUTO(orch_conf_freep) struct orch_conf *conf = NULL;
    MCP_TRY(read_file(orch, &conf, error));
    MCP_TRY(install(orch, conf, error));
    conf = NULL; /* taken */
    return MCP_OK;
}

enum mcp_code orch_load_configuration(struct orch *orch, struct orch_error *error) {
    if (!orch_life_begin_load(orch->life)) {
        struct mcp_err err = {0};
        (void)MCP_FAIL(&err, MCP_E_STATE, "connected: close before reading the configuration");
        return orch_error_set(error, ORCH_E_OTHER, &err, NULL);
    }
    enum mcp_code code = load(orch, error);
    orch_life_loaded(orch->life);
    return code;
}

/* While connected. `conf` is taken on success. */
static enum mcp_code go_over(const struct orch *orch, struct orch_conf *conf,
                             const struct orch_reload_plan *plan, bool is_clear,
                             struct orch_error *error) {
    const struct orch_fleet_change order = {plan, conf, is_clear};
    struct mcp_err err = {0};
    if (orch_fleet_change(orch->fleet, &order, &err) == MCP_OK)
        return MCP_OK;
    return orch_error_set(error, ORCH_E_OTHER, &err, NULL);
}

static enum mcp_code reload(const struct orch *orch, bool is_open, bool is_clear,
                            json_t **out_changes, struct orch_error *error) {
    const struct orch_conf *before = orch_state_conf(orch->state);
    MCP_AUTO(orch_conf_freep) struct orch_conf *conf = NULL;
    MCP_AUTO(orch_reload_plan_deinit) struct orch_reload_plan plan = ORCH_RELOAD_PLAN_INIT;
    MCP_TRY(read_file(orch, &conf, error));
    if (orch_reload_plan_make(before, conf, &plan, NULL) != MCP_OK)
        return orch_error_nomem(error);
    json_auto_t *changes = orch_reload_plan_to_json(&plan, before, conf);
    if (changes == NULL)
        return orch_error_nomem(error);
    if (is_open)
        MCP_TRY(go_over(orch, conf, &plan, is_clear, error));
    else
        MCP_TRY(install(orch, conf, error));
    conf = NULL; /* taken */
    if (out_changes != NULL)
        *out_changes = MCP_TAKE(changes);
    return MCP_OK;
}

enum mcp_code orch_reload(struct orch *orch, json_t **out_changes, struct orch_error *error) {
    bool is_clear = false;
    bool is_open = orch_life_begin_reload(orch->life, &is_clear);
    enum mcp_code code = reload(orch, is_open, is_clear, out_changes, error);
    if (is_open)
        orch_life_reloaded(orch->life, code == MCP_OK);
    else
        orch_life_loaded(orch->life);
    return code;
}

static enum mcp_code open_all(struct orch *orch, struct orch_error *error) {
    struct orch_hub hub = {.state = orch->state, .on_event = orch->on_event, .user = orch->user};
    if (orch_state_conf(orch->state) == NULL)
        MCP_TRY(load(orch, error));
    return orch_fleet_open(&hub, &orch->fleet, error);
}

/* Give `from` to the caller's record, which may be NULL. */
static enum mcp_code hand_over(struct orch_error *from, struct orch_error *to) {
    enum mcp_code code = from->err.code;
    if (to == NULL || to->kind != ORCH_E_NONE) {
        orch_error_deinit(from);
        return code;
    }
    *to = *from;
    *from = (struct orch_error)ORCH_ERROR_INIT;
    return code;
}

/* Be inside with connections open, opening them when nobody has. */
static enum mcp_code enter(struct orch *orch, struct orch_visit *out_visit,
                           struct orch_error *error) {
    struct orch_error why = ORCH_ERROR_INIT;
    uint64_t since_ms = mcp_clock_now_ms();
    uint64_t era = 0;
    enum orch_entry entry = orch_life_enter(orch->life, &era, &why);
    if (entry == ORCH_NOT_OPENED)
        return hand_over(&why, error);
    if (entry == ORCH_MUST_OPEN) {
        if (open_all(orch, &why) != MCP_OK) {
            orch_life_not_opened(orch->life, &why);
            return hand_over(&why, error);
        }
        orch_life_opened(orch->life, &era);
    }
    *out_visit = (struct orch_visit){.fleet = orch->fleet, .era = era, .since_ms = since_ms};
    return MCP_OK;
}

enum mcp_code orch_initialize(struct orch *orch, struct orch_error *error) {
    struct orch_visit visit = {0};
    MCP_TRY(enter(orch, &visit, error));
    orch_life_leave(orch->life, visit.era);
    return MCP_OK;
}

enum mcp_code orch_gather_all_resources(struct orch *orch, json_t **out_resources,
                                        json_t **out_missing, struct orch_error *error) {
    struct orch_visit visit = {0};
    MCP_TRY(enter(orch, &visit, error));
    enum mcp_code code = orch_gather_all(&visit, out_resources, out_missing, error);
    orch_life_leave(orch->life, visit.era);
    return code;
}

enum mcp_code orch_get_resources_for_domain(struct orch *orch, const char *domain,
                                            json_t **out_resources, json_t **out_missing,
                                            struct orch_error *error) {
    struct orch_visit visit = {0};
    MCP_TRY(enter(orch, &visit, error));
    enum mcp_code code = orch_gather_domain(&visit, domain, out_resources, out_missing, error);
    orch_life_leave(orch->life, visit.era);
    return code;
}

/* Text from outside must be UTF-8 before it can be sent. */
static enum mcp_code check_text(const char *text, const char *what, struct orch_error *error) {
    struct mcp_err err = {0};
    if (mcp_utf8_valid_prefix(mcp_str_of(text)) == mcp_str_of(text).len)
        return MCP_OK;
    (void)MCP_FAIL(&err, MCP_E_INVALID, "the %s is not UTF-8", what);
    return orch_error_set(error, ORCH_E_OTHER, &err, NULL);
}

enum mcp_code orch_read_resource(struct orch *orch, const char *uri, json_t **out_result,
                                 struct orch_error *error) {
    MCP_TRY(check_text(uri, "URI", error));
    struct orch_visit visit = {0};
    MCP_TRY(enter(orch, &visit, error));
    enum mcp_code code = orch_gather_read(&visit, uri, out_result, error);
    orch_life_leave(orch->life, visit.era);
    return code;
}

enum mcp_code orch_call_tool(struct orch *orch, const char *tool, const json_t *arguments,
                             json_t **out_result, struct orch_error *error) {
    MCP_TRY(check_text(tool, "name of the tool", error));
    struct orch_visit visit = {0};
    MCP_TRY(enter(orch, &visit, error));
    enum mcp_code code = orch_gather_call(&visit, tool, arguments, out_result, error);
    orch_life_leave(orch->life, visit.era);
    return code;
}

enum mcp_code orch_learn_tools(struct orch *orch, struct orch_error *error) {
    struct orch_visit visit = {0};
    MCP_TRY(enter(orch, &visit, error));
    enum mcp_code code = orch_gather_tools(&visit, error);
    orch_life_leave(orch->life, visit.era);
    return code;
}

enum mcp_code orch_get_status(struct orch *orch, json_t **out_status, struct orch_error *error) {
    struct mcp_err err = {0};
    enum mcp_code code =
        orch_state_status(orch->state, orch_life_is_open(orch->life), out_status, &err);
    return code == MCP_OK ? MCP_OK : orch_error_set(error, ORCH_E_OTHER, &err, NULL);
}

enum mcp_code orch_get_configuration(struct orch *orch, json_t **out_configuration,
                                     struct orch_error *error) {
    struct mcp_err err = {0};
    json_t *copy = NULL;
    enum mcp_code code = orch_state_effective(orch->state, &copy, &err);
    if (code == MCP_OK && copy == NULL) {
        MCP_TRY(orch_load_configuration(orch, error));
        code = orch_state_effective(orch->state, &copy, &err);
    }
    if (code != MCP_OK)
        return orch_error_set(error, ORCH_E_OTHER, &err, NULL);
    *out_configuration = copy;
    return MCP_OK;
}

size_t orch_invalidate(struct orch *orch, const char *server) {
    return orch_state_invalidate(orch->state, server);
}

void orch_close(struct orch *orch) {
    if (orch->state == NULL || !orch_life_begin_close(orch->life))
        return;
    orch_fleet_end(orch->fleet);
    orch_life_wait_until_left(orch->life);
    orch_fleet_free(orch->fleet);
    orch->fleet = NULL;
    orch_state_clear(orch->state);
    orch_life_closed(orch->life);
}
