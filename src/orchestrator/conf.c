/* SPDX-License-Identifier: MIT */
/* conf.c - see conf.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/conf.h"

#include <stdio.h>
#include <string.h>

#include "mcp/alloc.h"
#include "orchestrator/conf_check.h"
#include "program/conf_yaml.h"

/* What the pointers of one server lead to. */
struct lists {
    const char **argv; /* its texts are borrowed */
    char **env;
    char **headers;
};

/* What a conf owns besides what it shows. */
struct owned {
    struct orch_conf conf; /* first: the public view is this object */
    struct orch_server *servers;
    struct lists *lists; /* one for each server */
    json_t *root;        /* expanded; servers borrow from it */
    json_t *effective;   /* all defaults filled in, secrets masked */
};

static const char *const transports[] = {
    [MCP_DIAL_AUTO] = "auto",
    [MCP_DIAL_STDIO] = "stdio",
    [MCP_DIAL_SSE] = "sse",
    [MCP_DIAL_STREAMABLE] = "streamable-http",
};

const char *orch_transport_name(enum mcp_dial_transport transport) {
    return (size_t)transport < MCP_COUNT(transports) ? transports[transport] : "";
}

static void free_texts(char **texts) {
    for (size_t i = 0; texts != NULL && texts[i] != NULL; i++)
        mcp_free(texts[i]);
    mcp_free((void *)texts);
}

void orch_conf_free(struct orch_conf *conf) {
    struct owned *owned = (struct owned *)conf;
    if (owned == NULL)
        return;
    for (size_t i = 0; i < owned->conf.server_count; i++) {
        mcp_free((void *)owned->lists[i].argv);
        free_texts(owned->lists[i].env);
        free_texts(owned->lists[i].headers);
    }
    mcp_free(owned->lists);
    mcp_free(owned->servers);
    json_decref(owned->root);
    json_decref(owned->effective);
    mcp_free(owned);
}

void orch_conf_freep(struct orch_conf **conf) {
    orch_conf_free(*conf);
    *conf = NULL;
}

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

/* NULL-terminated [command, args...]; the texts are borrowed. */
static enum mcp_code make_argv(const json_t *server, const char ***out, struct mcp_err *err) {
    const json_t *args = json_object_get(server, "args");
    const char *command = json_string_value(json_object_get(server, "command"));
    if (command == NULL)
        return MCP_OK;
    const char **argv = mcp_alloc((json_array_size(args) + 2) * sizeof *argv);
    if (argv == NULL)
        return no_memory(err);
    argv[0] = command;
    for (size_t i = 0; i < json_array_size(args); i++)
        argv[i + 1] = json_string_value(json_array_get(args, i));
    *out = argv;
    return MCP_OK;
}

/* NULL-terminated [key + separator + value, ...]; the texts are owned. */
static enum mcp_code make_pairs(json_t *object, const char *separator, char ***out,
                                struct mcp_err *err) {
    const char *key = NULL;
    json_t *value = NULL;
    char **pairs = mcp_alloc((json_object_size(object) + 1) * sizeof *pairs);
    if (pairs == NULL)
        return no_memory(err);
    *out = pairs;
    size_t count = 0;
    json_object_foreach(object, key, value) {
        struct mcp_buf pair = MCP_BUF_INIT((size_t)ORCH_MAX_CONFIG_BYTES * 2);
        mcp_buf_addf(&pair, "%s%s", key, separator);
        mcp_buf_add(&pair, mcp_json_str(value));
        if (mcp_buf_finish(&pair, err) != MCP_OK) {
            mcp_buf_deinit(&pair);
            return no_memory(err);
        }
        pairs[count++] = mcp_buf_take(&pair, NULL);
    }
    return MCP_OK;
}

/* FNV-1a, 64 bits: told apart are the few entries of one file, written by one owner. */
static uint64_t fold(uint64_t hash, const char *const *texts) {
    for (size_t i = 0; texts != NULL && texts[i] != NULL; i++) {
        for (const char *at = texts[i]; *at != '\0'; at++)
            hash = (hash ^ (unsigned char)*at) * 0x100000001b3U;
        hash = (hash ^ 0xff) * 0x100000001b3U; /* no byte of UTF-8 */
    }
    return hash;
}

static uint64_t who_of(const struct orch_server *server, json_t *auth) {
    const char *const url[] = {server->url, NULL};
    uint64_t hash = fold(0xcbf29ce484222325U, url);
    hash = fold(hash, server->argv);
    hash = fold(hash, server->env);
    hash = fold(hash, server->headers);
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(auth, key, value) {
        const char *const pair[] = {key, json_string_value(value), NULL};
        hash = fold(hash, pair);
    }
    return hash;
}

static enum mcp_dial_transport transport_of(const json_t *server) {
    const char *text = json_string_value(json_object_get(server, "transport"));
    if (text == NULL)
        return json_object_get(server, "command") != NULL ? MCP_DIAL_STDIO : MCP_DIAL_SSE;
    for (size_t i = 0; i < MCP_COUNT(transports); i++)
        if (strcmp(transports[i], text) == 0)
            return (enum mcp_dial_transport)i;
    return MCP_DIAL_SSE;
}

static json_int_t integer_at(const json_t *object, const char *key, json_int_t otherwise) {
    const json_t *value = json_object_get(object, key);
    return value != NULL ? json_integer_value(value) : otherwise;
}

/* `server` has passed the schema and the checks. */
static enum mcp_code fill_server(const char *id, const json_t *server, struct lists *lists,
                                 struct orch_server *out, struct mcp_err *err) {
    MCP_TRY(make_argv(server, &lists->argv, err));
    MCP_TRY(make_pairs(json_object_get(server, "env"), "=", &lists->env, err));
    MCP_TRY(make_pairs(json_object_get(server, "headers"), ": ", &lists->headers, err));
    *out = (struct orch_server){
        .id = id,
        .name = json_string_value(json_object_get(server, "name")),
        .transport = transport_of(server),
        .priority = (int)integer_at(server, "priority", 0),
        .url = json_string_value(json_object_get(server, "url")),
        .argv = (const char *const *)lists->argv,
        .env = (const char *const *)lists->env,
        .headers = (const char *const *)lists->headers,
        .timeout_ms = (uint64_t)integer_at(server, "timeout", 30) * 1000,
        .auth = json_object_get(server, "auth"),
        .domains = json_object_get(server, "domains"),
        .capabilities = json_object_get(server, "capabilities"),
    };
    if (out->url == NULL && out->transport == MCP_DIAL_AUTO)
        out->transport = MCP_DIAL_STDIO;
    out->who = who_of(out, json_object_get(server, "auth"));
    return MCP_OK;
}

static json_t *masked(json_t *object) {
    json_t *copy = json_object();
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(object, key, value) {
        if (json_object_set_new(copy, key, json_string("***")) != 0) {
            json_decref(copy);
            return NULL;
        }
    }
    return copy;
}

static json_t *list_or_empty(const json_t *server, const char *key) {
    const json_t *list = json_object_get(server, key);
    return list != NULL ? json_deep_copy(list) : json_array();
}

/* False when memory is short; `value` is taken. */
static bool set(json_t *object, const char *key, json_t *value) {
    return json_object_set_new(object, key, value) == 0;
}

static json_t *effective_server(const struct orch_server *server, const json_t *given) {
    json_t *out = json_object();
    bool is_stdio = server->transport == MCP_DIAL_STDIO;
    bool ok = set(out, "name", json_string(server->name));
    if (is_stdio) {
        ok = ok && set(out, "command", json_string(server->argv[0])) &&
             set(out, "args", list_or_empty(given, "args")) &&
             set(out, "env", masked(json_object_get(given, "env")));
    } else {
        ok = ok && set(out, "url", json_string(server->url)) &&
             set(out, "headers", masked(json_object_get(given, "headers")));
    }
    if (server->auth != NULL)
        ok = ok && set(out, "auth", json_deep_copy(server->auth));
    ok = ok && set(out, "priority", json_integer(server->priority)) &&
         set(out, "domains", list_or_empty(given, "domains")) &&
         set(out, "capabilities", list_or_empty(given, "capabilities")) &&
         set(out, "transport", json_string(orch_transport_name(server->transport))) &&
         set(out, "timeout", json_integer((json_int_t)(server->timeout_ms / 1000)));
    if (ok)
        return out;
    json_decref(out);
    return NULL;
}

static enum mcp_code fill_servers(struct owned *owned, json_t *out_effective, struct mcp_err *err) {
    json_t *servers = json_object_get(owned->root, "mcp_servers");
    const char *id = NULL;
    json_t *server = NULL;
    owned->servers = mcp_alloc((json_object_size(servers) + 1) * sizeof *owned->servers);
    owned->lists = mcp_alloc((json_object_size(servers) + 1) * sizeof *owned->lists);
    if (owned->servers == NULL || owned->lists == NULL)
        return no_memory(err);
    owned->conf.servers = owned->servers;
    json_object_foreach(servers, id, server) {
        size_t slot = owned->conf.server_count++;
        MCP_TRY(fill_server(id, server, &owned->lists[slot], &owned->servers[slot], err));
        owned->servers[slot].place = slot;
        if (!set(out_effective, id, effective_server(&owned->servers[slot], server)))
            return no_memory(err);
    }
    return MCP_OK;
}

static bool bool_at(const json_t *object, const char *key, bool otherwise) {
    const json_t *value = json_object_get(object, key);
    return value != NULL ? json_is_true(value) : otherwise;
}

static void copy_text(const json_t *object, const char *key, char *out, size_t room) {
    const char *text = json_string_value(json_object_get(object, key));
    if (text != NULL)
        (void)snprintf(out, room, "%s", text);
}

/* What `cache` says has passed the checks. */
static enum mcp_code fill_share(const json_t *given, struct orch_share_settings *out,
                                json_t **out_effective, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf shown = MCP_BUF_INIT(1024);
    const json_t *backend = json_object_get(given, "backend");
    if (backend != NULL)
        MCP_TRY(orch_share_target_parse(mcp_json_str(backend), &out->target, err));
    (void)snprintf(out->prefix, sizeof out->prefix, "mcp");
    copy_text(given, "prefix", out->prefix, sizeof out->prefix);
    copy_text(given, "password_file", out->password_file, sizeof out->password_file);
    copy_text(given, "ca_file", out->ca_file, sizeof out->ca_file);
    json_int_t timeout_ms = integer_at(given, "timeout_ms", 500);
    out->timeout_ms = (uint64_t)timeout_ms;
    orch_share_target_show(&out->target, &shown);
    MCP_TRY(mcp_buf_finish(&shown, err));
    json_t *effective = json_pack("{s:s, s:s, s:I}", "backend", shown.data, "prefix", out->prefix,
                                  "timeout_ms", timeout_ms);
    bool ok = effective != NULL;
    if (ok && out->password_file[0] != '\0')
        ok = set(effective, "password_file", json_string(out->password_file));
    if (ok && out->ca_file[0] != '\0')
        ok = set(effective, "ca_file", json_string(out->ca_file));
    *out_effective = effective;
    return ok ? MCP_OK : no_memory(err);
}

static enum mcp_code fill_orchestration(struct owned *owned, struct mcp_err *err) {
    const json_t *given = json_object_get(owned->root, "orchestration");
    struct orch_conf *conf = &owned->conf;
    const char *level = json_string_value(json_object_get(given, "log_level"));
    if (level == NULL)
        level = "INFO";
    if (!mcp_log_level_parse(level, &conf->log_level))
        return MCP_FAIL(err, MCP_E_BUG, "log level \"%s\" passed the schema", level);
    json_int_t ttl = integer_at(given, "resource_cache_ttl", 300);
    conf->cache_ttl_ms = (uint64_t)ttl * 1000;
    json_int_t revalidate = integer_at(given, "stale_while_revalidate", 0);
    json_int_t on_error = integer_at(given, "stale_on_error", 3600);
    json_int_t max_mib = integer_at(given, "cache_max_mib", 256);
    conf->revalidate_ms = (uint64_t)revalidate * 1000;
    conf->on_error_ms = (uint64_t)on_error * 1000;
    conf->cache_max_bytes = (size_t)max_mib << 20;
    json_int_t health = integer_at(given, "health_interval", 30);
    conf->idle_ms = (uint64_t)health * 1000;
    conf->fail_fast = bool_at(given, "fail_fast", true);
    conf->enable_logging = bool_at(given, "enable_logging", true);
    conf->max_retries = (unsigned)integer_at(given, "max_retries", 3);
    json_auto_t *cache = NULL;
    MCP_TRY(fill_share(json_object_get(given, "cache"), &conf->share, &cache, err));
    json_t *effective =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:s, s:i, s:O}", "resource_cache_ttl", ttl,
                  "stale_while_revalidate", revalidate, "stale_on_error", on_error, "cache_max_mib",
                  max_mib, "health_interval", health, "fail_fast", conf->fail_fast,
                  "enable_logging", conf->enable_logging, "log_level", level, "max_retries",
                  (int)conf->max_retries, "cache", cache);
    return set(owned->effective, "orchestration", effective) ? MCP_OK : no_memory(err);
}

static void owned_freep(struct owned **owned) {
    orch_conf_free((struct orch_conf *)*owned);
}

static enum mcp_code build(json_t *root, struct orch_conf **out_conf, struct mcp_err *err) {
    MCP_AUTO(owned_freep) struct owned *owned = mcp_alloc(sizeof *owned);
    json_auto_t *servers = json_object();
    if (owned == NULL || servers == NULL)
        return no_memory(err);
    owned->root = json_incref(root);
    owned->effective = json_object();
    MCP_TRY(fill_servers(owned, servers, err));
    if (json_object_set(owned->effective, "mcp_servers", servers) != 0)
        return no_memory(err);
    MCP_TRY(fill_orchestration(owned, err));
    owned->conf.effective = owned->effective;
    *out_conf = &MCP_TAKE(owned)->conf;
    return MCP_OK;
}

/* Take command and args out of every server, so that nothing in them is expanded, and put them
 * back: an argument must reach the program byte for byte. */
static bool swap_verbatim(json_t *root, json_t *aside, bool put_back) {
    static const char *const keys[] = {"command", "args"};
    const char *id = NULL;
    json_t *server = NULL;
    bool ok = true;
    json_object_foreach(json_object_get(root, "mcp_servers"), id, server) {
        for (size_t i = 0; i < MCP_COUNT(keys); i++) {
            char key[160];
            json_t *value = json_object_get(server, keys[i]);
            (void)snprintf(key, sizeof key, "%s/%s", keys[i], id);
            if (value != NULL && put_back)
                ok = json_object_set(server, keys[i], json_object_get(aside, key)) == 0 && ok;
            else if (value != NULL)
                ok = json_object_set(aside, key, value) == 0 &&
                     json_object_set_new(server, keys[i], json_null()) == 0 && ok;
        }
    }
    return ok;
}

static enum mcp_code expand(json_t *root, char *const *envp, struct orch_problems *problems,
                            struct mcp_err *err) {
    json_auto_t *aside = json_object();
    if (aside == NULL || !swap_verbatim(root, aside, false))
        return no_memory(err);
    struct mcp_err why = {0};
    enum mcp_code code = mcp_conf_expand(root, envp, &why);
    if (!swap_verbatim(root, aside, true))
        return no_memory(err);
    if (code == MCP_OK)
        return MCP_OK;
    if (code == MCP_E_NOMEM)
        return no_memory(err);
    orch_problems_add(problems, mcp_str_of(why.where), false, why.what);
    return MCP_OK;
}

static enum mcp_code check(json_t *root, char *const *envp, struct orch_problems *problems,
                           struct mcp_err *err) {
    orch_conf_check_plain(root, problems);
    MCP_TRY(expand(root, envp, problems, err));
    if (json_array_size(problems->list) == 0) {
        MCP_TRY(orch_conf_check_schema(root, problems, err));
        MCP_TRY(orch_conf_check_servers(json_object_get(root, "mcp_servers"), problems, err));
        orch_conf_check_cache(root, problems);
    }
    return orch_problems_finish(problems, err);
}

static void locate_share(struct mcp_str text, struct orch_conf *conf) {
    struct mcp_place place = {0};
    if (conf->share.target.is_redis &&
        mcp_yaml_locate(text, MCP_STR("/orchestration/cache/backend"), false, &place, NULL) ==
            MCP_OK) {
        conf->share_line = place.line;
        conf->share_column = place.column;
    }
}

/* At most the last 80 bytes of a path: the place behind it must not be cut off. */
static const char *short_name(const char *file) {
    enum { MAX = 80 };
    size_t len = strlen(file);
    return len > MAX ? file + len - MAX : file;
}

enum mcp_code orch_conf_parse(struct mcp_str text, const char *file, char *const *envp,
                              struct orch_conf **out_conf, json_t **out_problems,
                              struct mcp_err *err) {
    const char *name = short_name(file);
    if (text.len > ORCH_MAX_CONFIG_BYTES)
        return mcp_err_at(err,
                          MCP_FAIL(err, MCP_E_LIMIT, "more than %d bytes", ORCH_MAX_CONFIG_BYTES),
                          "%s", name);
    json_auto_t *root = NULL;
    enum mcp_code code = mcp_yaml_parse(text, &root, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "%s:", name);
    struct orch_problems problems = {.text = text, .file = name};
    code = check(root, envp, &problems, err);
    json_auto_t *list = problems.list;
    if (code == MCP_OK) {
        MCP_TRY(build(root, out_conf, err));
        locate_share(text, *out_conf);
        return MCP_OK;
    }
    if (code == MCP_E_SCHEMA && out_problems != NULL)
        *out_problems = MCP_TAKE(list);
    return code;
}
