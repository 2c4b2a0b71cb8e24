/* SPDX-License-Identifier: MIT */
/* conf_check.c - see conf_check.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/conf_check.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "mcp/schema.h"
#include "mcp/uri.h"
#include "orchestrator/domain.h"
#include "orchestrator/share_target.h"
#include "program/conf_yaml.h"

extern const char orch_conf_schema[];

enum { MAX_MESSAGE = 1024, MAX_POINTER = 4096 };

static struct mcp_place place_of(const struct orch_problems *problems, struct mcp_str pointer,
                                 bool at_key) {
    struct mcp_place place = {0};
    if (mcp_yaml_locate(problems->text, pointer, at_key, &place, NULL) != MCP_OK)
        place = (struct mcp_place){0};
    return place;
}

void orch_problems_add(struct orch_problems *problems, struct mcp_str pointer, bool at_key,
                       const char *message) {
    if (json_array_size(problems->list) >= ORCH_MAX_PROBLEMS)
        return;
    struct mcp_place place = place_of(problems, pointer, at_key);
    if (problems->list == NULL)
        problems->list = json_array();
    json_t *entry = json_pack("{s:I, s:I, s:s%, s:s}", "line", (json_int_t)place.line, "column",
                              (json_int_t)place.column, "pointer", pointer.ptr, pointer.len,
                              "message", message);
    if (json_array_append_new(problems->list, entry) != 0)
        problems->is_short_of_memory = true;
}

static bool is_before(const json_t *a, const json_t *b) {
    json_int_t line_a = json_integer_value(json_object_get(a, "line"));
    json_int_t line_b = json_integer_value(json_object_get(b, "line"));
    if (line_a != line_b)
        return line_a < line_b;
    return json_integer_value(json_object_get(a, "column")) <
           json_integer_value(json_object_get(b, "column"));
}

/* Insertion sort: there are at most ORCH_MAX_PROBLEMS, mostly in order. */
static void sort(json_t *list) {
    for (size_t i = 1; i < json_array_size(list); i++) {
        size_t at = i;
        while (at > 0 && is_before(json_array_get(list, i), json_array_get(list, at - 1)))
            at--;
        if (at == i)
            continue;
        json_t *moved = json_incref(json_array_get(list, i));
        (void)json_array_remove(list, i);
        (void)json_array_insert_new(list, at, moved);
    }
}

enum mcp_code orch_problems_finish(struct orch_problems *problems, struct mcp_err *err) {
    if (problems->is_short_of_memory)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    size_t count = json_array_size(problems->list);
    if (count == 0)
        return MCP_OK;
    sort(problems->list);
    const json_t *first = json_array_get(problems->list, 0);
    const char *message = json_string_value(json_object_get(first, "message"));
    enum mcp_code code = MCP_FAIL(err, MCP_E_SCHEMA, "%s", message);
    return mcp_err_at(err, code, "%s:%lld:%lld", problems->file,
                      (long long)json_integer_value(json_object_get(first, "line")),
                      (long long)json_integer_value(json_object_get(first, "column")));
}

/* "/mcp_servers/db/priority" -> "mcp_servers.db.priority"; "the file" for "". */
static void add_path(struct mcp_buf *out, struct mcp_str pointer) {
    if (pointer.len == 0)
        mcp_buf_add(out, MCP_STR("the file"));
    for (size_t i = 1; i < pointer.len; i++)
        mcp_buf_addc(out, (char)(pointer.ptr[i] == '/' ? '.' : pointer.ptr[i]));
}

static struct mcp_str parent_of(struct mcp_str pointer) {
    while (pointer.len > 0 && pointer.ptr[--pointer.len] != '/')
        continue;
    return pointer;
}

static void note(struct orch_problems *problems, struct mcp_str pointer, bool at_key,
                 const struct mcp_buf *message) {
    if (mcp_buf_finish(message, NULL) == MCP_E_NOMEM)
        problems->is_short_of_memory = true;
    else
        orch_problems_add(problems, pointer, at_key, message->data);
}

struct check {
    const json_t *root;
    struct orch_problems *problems;
};

/* The sentence of the schema names a key or a value; what it misses is whose. */
static bool on_failure(const struct mcp_schema_failure *failure, void *user) {
    struct check *check = user;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf message = MCP_BUF_INIT(MAX_MESSAGE);
    bool is_unknown_key = strcmp(failure->keyword, "additionalProperties") == 0;
    json_t *value = NULL;
    enum mcp_code found = mcp_pointer_get(check->root, failure->instance, &value, NULL);
    add_path(&message, is_unknown_key ? parent_of(failure->instance) : failure->instance);
    mcp_buf_addf(&message, ": %.*s", (int)failure->sentence.len, failure->sentence.ptr);
    bool at_key = is_unknown_key || (found == MCP_OK && json_is_object(value));
    note(check->problems, failure->instance, at_key, &message);
    return json_array_size(check->problems->list) < ORCH_MAX_PROBLEMS;
}

enum mcp_code orch_conf_check_schema(const json_t *root, struct orch_problems *problems,
                                     struct mcp_err *err) {
    MCP_AUTO(mcp_schema_freep) struct mcp_schema *compiled = NULL;
    MCP_TRY(mcp_schema_compile_text(mcp_str_of(orch_conf_schema), NULL, &compiled, err));
    struct check check = {root, problems};
    struct mcp_err failure = {0};
    enum mcp_code code = mcp_schema_validate(compiled, root, on_failure, &check, &failure);
    if (code == MCP_OK || code == MCP_E_SCHEMA)
        return MCP_OK;
    return MCP_FAIL(err, code, "%s", failure.what);
}

/* One entry of mcp_servers under inspection. */
struct entry {
    const json_t *server;
    const char *id;
    struct orch_problems *problems;
};

/* `quoted` (NULL: nothing) follows the message in quotes. */
static void note_at(const struct entry *entry, const char *key, const char *text,
                    const char *quoted) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf pointer = MCP_BUF_INIT(MAX_POINTER);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf message = MCP_BUF_INIT(MAX_MESSAGE);
    mcp_buf_add(&pointer, MCP_STR("/mcp_servers"));
    mcp_pointer_add_key(&pointer, mcp_str_of(entry->id));
    if (key != NULL)
        mcp_pointer_add_key(&pointer, mcp_str_of(key));
    add_path(&message, mcp_buf_view(&pointer));
    mcp_buf_addf(&message, ": %s", text);
    if (quoted != NULL)
        mcp_buf_addf(&message, " \"%s\"", quoted);
    if (mcp_buf_finish(&pointer, NULL) == MCP_E_NOMEM)
        entry->problems->is_short_of_memory = true;
    else
        note(entry->problems, mcp_buf_view(&pointer), true, &message);
}

static const char *text_at(const struct entry *entry, const char *key) {
    return json_string_value(json_object_get(entry->server, key));
}

static void check_url(const struct entry *entry, const char *url) {
    struct mcp_uri uri;
    bool is_uri = mcp_uri_parse(mcp_str_of(url), &uri, NULL) == MCP_OK;
    bool is_http = is_uri && uri.has_authority && uri.host.len > 0 &&
                   ((uri.scheme.len == 4 && strncasecmp(uri.scheme.ptr, "http", 4) == 0) ||
                    (uri.scheme.len == 5 && strncasecmp(uri.scheme.ptr, "https", 5) == 0));
    if (!is_http)
        note_at(entry, "url", "expected an http:// or https:// URL", NULL);
    else if (uri.has_userinfo)
        note_at(entry, "url", "a user name or password does not belong into a URL: use headers",
                NULL);
    else if (uri.has_fragment)
        note_at(entry, "url", "a URL with a fragment (#) names no endpoint", NULL);
}

static bool has(const struct entry *entry, const char *key) {
    return json_object_get(entry->server, key) != NULL;
}

/* Either a url or a command, as the transport wants. */
static void check_address(const struct entry *entry) {
    const char *transport = text_at(entry, "transport");
    bool has_command = has(entry, "command");
    bool has_url = has(entry, "url");
    bool is_auto = transport != NULL && strcmp(transport, "auto") == 0;
    bool is_stdio = transport != NULL ? strcmp(transport, "stdio") == 0 : has_command;
    if (has_command && has_url)
        note_at(entry, "command", "url and command exclude each other", NULL);
    else if (is_auto && !has_command && !has_url)
        note_at(entry, NULL, "a url, or a command to start, is required", NULL);
    else if (is_stdio && !has_command)
        note_at(entry, NULL, "transport stdio requires a command", NULL);
    else if (!is_stdio && !is_auto && !has_url)
        note_at(entry, NULL, "a url is required, or a command for transport stdio", NULL);
}

/* Keys that make sense beside another one only. */
static void check_company(const struct entry *entry) {
    if (has(entry, "args") && !has(entry, "command"))
        note_at(entry, "args", "belongs to a command", NULL);
    if (has(entry, "env") && !has(entry, "command"))
        note_at(entry, "env", "belongs to a command", NULL);
    if (has(entry, "headers") && !has(entry, "url"))
        note_at(entry, "headers", "belongs to a url", NULL);
    if (has(entry, "auth") && !has(entry, "url"))
        note_at(entry, "auth", "belongs to a url", NULL);
}

static bool has_authorization(const struct entry *entry) {
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)json_object_get(entry->server, "headers"), name, value) {
        if (strcasecmp(name, "Authorization") == 0)
            return true;
    }
    return false;
}

static void check_auth(const struct entry *entry) {
    const json_t *auth = json_object_get(entry->server, "auth");
    const json_t *grant = json_object_get(auth, "grant");
    bool is_alone = mcp_str_equal(mcp_json_str(grant), MCP_STR("client_credentials"));
    bool has_id = json_object_get(auth, "client_id") != NULL;
    if (!json_is_object(auth))
        return;
    if (has_authorization(entry))
        note_at(entry, "auth", "excludes a header Authorization", NULL);
    if (json_object_get(auth, "token_file") != NULL && json_object_size(auth) > 1)
        note_at(entry, "auth", "token_file excludes every other key", NULL);
    bool has_secret = json_object_get(auth, "client_secret_file") != NULL;
    bool has_key = json_object_get(auth, "client_key_file") != NULL;
    if (has_secret && !has_id)
        note_at(entry, "auth", "client_secret_file wants a client_id", NULL);
    if (has_key && !has_id)
        note_at(entry, "auth", "client_key_file wants a client_id", NULL);
    if (has_secret && has_key)
        note_at(entry, "auth", "client_key_file excludes client_secret_file", NULL);
    if (is_alone && !has_id)
        note_at(entry, "auth", "client_credentials want a client_id", NULL);
}

static bool has_control(struct mcp_str text) {
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' && text.ptr[i] != '\t')
            return true;
    return false;
}

/* Texts that become NUL-terminated arguments, variables and header lines. */
static void check_texts(const struct entry *entry) {
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)json_object_get(entry->server, "headers"), name, value) {
        if (has_control(mcp_json_str(value)))
            note_at(entry, "headers", "a line break or control character in the value of", name);
    }
    if (text_at(entry, "name") != NULL &&
        has_control(mcp_json_str(json_object_get(entry->server, "name"))))
        note_at(entry, "name", "a line break or control character in the name", NULL);
}

static void check_domains(const struct entry *entry) {
    const json_t *domains = json_object_get(entry->server, "domains");
    for (size_t i = 0; i < json_array_size(domains); i++) {
        const json_t *domain = json_array_get(domains, i);
        const char *flaw = orch_domain_flaw(mcp_json_str(domain));
        if (flaw != NULL)
            note_at(entry, "domains", flaw, json_string_value(domain));
    }
}

static size_t line_of_name(const struct orch_problems *problems, const char *id) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf pointer = MCP_BUF_INIT(MAX_POINTER);
    mcp_buf_add(&pointer, MCP_STR("/mcp_servers"));
    mcp_pointer_add_key(&pointer, mcp_str_of(id));
    mcp_buf_add(&pointer, MCP_STR("/name"));
    return place_of(problems, mcp_buf_view(&pointer), true).line;
}

/* `names` maps each display name seen so far to the id that has it. */
static void check_name(const struct entry *entry, json_t *names) {
    const char *name = text_at(entry, "name");
    if (name == NULL)
        return;
    const char *other = json_string_value(json_object_get(names, name));
    if (other == NULL) {
        if (json_object_set_new(names, name, json_string(entry->id)) != 0)
            entry->problems->is_short_of_memory = true;
        return;
    }
    char message[512];
    (void)snprintf(message, sizeof message,
                   "\"%.128s\" is the name of %.64s on line %zu too: names must be unique, because "
                   "answers are keyed by them",
                   name, other, line_of_name(entry->problems, other));
    note_at(entry, "name", message, NULL);
}

enum mcp_code orch_conf_check_servers(json_t *servers, struct orch_problems *problems,
                                      struct mcp_err *err) {
    json_auto_t *names = json_object();
    if (names == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    const char *id = NULL;
    json_t *server = NULL;
    json_object_foreach(servers, id, server) {
        if (!json_is_object(server))
            continue;
        struct entry entry = {server, id, problems};
        check_address(&entry);
        check_company(&entry);
        check_texts(&entry);
        check_auth(&entry);
        check_domains(&entry);
        check_name(&entry, names);
        if (text_at(&entry, "url") != NULL)
            check_url(&entry, text_at(&entry, "url"));
    }
    return MCP_OK;
}

static const char backend_pointer[] = "/orchestration/cache/backend";

static const json_t *backend_of(const json_t *root) {
    const json_t *cache = json_object_get(json_object_get(root, "orchestration"), "cache");
    return json_object_get(cache, "backend");
}

void orch_conf_check_plain(const json_t *root, struct orch_problems *problems) {
    if (orch_share_target_tells(mcp_json_str(backend_of(root))))
        orch_problems_add(problems, mcp_str_of(backend_pointer), false,
                          "orchestration.cache.backend: a password does not belong into the file: "
                          "use ${NAME} for it, or password_file");
}

static void check_password(const json_t *root, const struct orch_share_target *target,
                           struct orch_problems *problems) {
    const json_t *cache = json_object_get(json_object_get(root, "orchestration"), "cache");
    bool has_file = json_object_get(cache, "password_file") != NULL;
    if (has_file && target->password[0] != '\0')
        orch_problems_add(problems, MCP_STR("/orchestration/cache/password_file"), true,
                          "orchestration.cache.password_file: there is a password in backend too");
    if (!has_file && target->user[0] != '\0' && target->password[0] == '\0')
        orch_problems_add(problems, mcp_str_of(backend_pointer), false,
                          "orchestration.cache.backend: a user without a password: add "
                          ":${NAME}, or password_file");
}

void orch_conf_check_cache(const json_t *root, struct orch_problems *problems) {
    const json_t *backend = backend_of(root);
    struct orch_share_target target;
    struct mcp_err why = {0};
    char message[sizeof why.what + 64];
    if (!json_is_string(backend))
        return;
    enum mcp_code code = orch_share_target_parse(mcp_json_str(backend), &target, &why);
    (void)snprintf(message, sizeof message, "orchestration.cache.backend: %s", why.what);
    if (code == MCP_E_NOMEM)
        problems->is_short_of_memory = true;
    else if (code != MCP_OK)
        orch_problems_add(problems, mcp_str_of(backend_pointer), false, message);
    else
        check_password(root, &target, problems);
}
