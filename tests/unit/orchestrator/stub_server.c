/* SPDX-License-Identifier: MIT */
/*
 * An MCP server on stdin and stdout that does what its argument, a JSON object, says:
 *   "name"       serverInfo.name
 *   "resources"  [{"uri", "name"?, "mimeType"?, then one of "text", "blob", "contents", "fail": its
 *                message, "hang": true, "count": true (the text is how often it was read)}];
 *                absent: not declared
 *   "many"       so many resources instead, x://0 and on, each with the text "t"
 *   "ttl_ms", "scope"  ttlMs and cacheScope of every list and read
 *   "mode_file"  what it holds changes every answer: "hang", "slow" (100 ms late), "garbage"
 *   "loop"       true: the second page of the list is the first again
 *   "mute_after" so many messages but server/discover are served, none after
 *                that: needs no end of input to go on
 *   "refuse"     method that is answered with an error
 *   "nonsense"   so many lines that are not JSON come before the first answer
 *   "page"       resources on one page of the list
 *   "tools"      [{"name", "fail"?: true, "die"?: true}]; absent: not declared
 *   "hang"       method that is never answered; with "hang_file", while there is such a file
 *   "die"        method at which the process ends with 7, with last words on stderr
 *   "die_times"  ends only so many times: needs "file"
 *   "subscribe"  true: resources/subscribe is declared; after tools/call of "touch" each resource
 *                subscribed to is told of with notifications/resources/updated
 *   "announce"   true: after each resources/read, notifications/resources/list_changed
 *   "file"       each method is appended to it as a line
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

static json_t *script;
static json_t *subscribed;
static int reads;

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* False when the message is not to be sent. */
static bool suffer(void) {
    char mode[16] = "";
    const struct timespec late = {.tv_nsec = 100000000};
    const char *path = text_at(script, "mode_file");
    FILE *file = path[0] != '\0' ? fopen(path, "r") : NULL;
    if (file == NULL)
        return true;
    (void)fgets(mode, sizeof mode, file);
    (void)fclose(file);
    if (strcmp(mode, "garbage") == 0)
        (void)printf("{\"jsonrpc\": \"2.0\", \"id\": nonsense\n");
    if (strcmp(mode, "slow") == 0)
        (void)nanosleep(&late, NULL);
    (void)fflush(stdout);
    return strcmp(mode, "hang") != 0 && strcmp(mode, "garbage") != 0;
}

static void send(json_t *message) {
    if (!suffer()) {
        json_decref(message);
        return;
    }
    (void)json_dumpf(message, stdout, JSON_COMPACT);
    (void)fputc('\n', stdout);
    (void)fflush(stdout);
    json_decref(message);
}

static void add_terms(json_t *result) {
    if (json_object_get(result, "resources") == NULL &&
        json_object_get(result, "contents") == NULL && json_object_get(result, "tools") == NULL)
        return;
    if (json_object_get(script, "ttl_ms") != NULL)
        (void)json_object_set(result, "ttlMs", json_object_get(script, "ttl_ms"));
    if (json_object_get(script, "scope") != NULL)
        (void)json_object_set(result, "cacheScope", json_object_get(script, "scope"));
}

static void answer(json_t *id, json_t *result) {
    add_terms(result);
    send(json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", result));
}

static void refuse(json_t *id, int code, const char *message) {
    send(json_pack("{s:s, s:O, s:{s:i, s:s}}", "jsonrpc", "2.0", "id", id, "error", "code", code,
                   "message", message));
}

/* Note the call; how often it came, all processes together, where that decides something. */
static int note(const char *method) {
    const char *path = text_at(script, "file");
    char line[128];
    int count = 0;
    if (path[0] == '\0')
        return 0;
    FILE *file = fopen(path, "a+");
    if (file == NULL)
        return 0;
    (void)fprintf(file, "%s\n", method);
    rewind(file);
    bool counts = json_object_get(script, "die_times") != NULL;
    while (counts && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        count += strcmp(line, method) == 0;
    }
    (void)fclose(file);
    return count;
}

static void initialize(json_t *id, const json_t *params) {
    for (json_int_t i = json_integer_value(json_object_get(script, "nonsense")); i > 0; i--)
        (void)printf("{nonsense\n");
    json_t *capabilities = json_object();
    if (json_object_get(script, "resources") != NULL)
        (void)json_object_set_new(capabilities, "resources",
                                  json_is_true(json_object_get(script, "subscribe"))
                                      ? json_pack("{s:b}", "subscribe", 1)
                                      : json_object());
    if (json_object_get(script, "tools") != NULL)
        (void)json_object_set_new(capabilities, "tools", json_object());
    answer(id, json_pack("{s:O, s:o, s:{s:s, s:s}}", "protocolVersion",
                         json_object_get(params, "protocolVersion"), "capabilities", capabilities,
                         "serverInfo", "name", text_at(script, "name"), "version", "1"));
}

static void list_resources(json_t *id, const json_t *params) {
    json_t *resources = json_object_get(script, "resources");
    json_t *page = json_array();
    size_t count = json_array_size(resources);
    size_t size = (size_t)json_integer_value(json_object_get(script, "page"));
    size_t at = (size_t)strtoul(text_at(params, "cursor"), NULL, 10);
    size_t end = size > 0 && at + size < count ? at + size : count;
    for (; at < end; at++) {
        json_t *one = json_copy(json_array_get(resources, at));
        (void)json_object_del(one, "text");
        (void)json_object_del(one, "blob");
        (void)json_array_append_new(page, one);
    }
    json_t *result = json_pack("{s:o}", "resources", page);
    char cursor[32];
    (void)snprintf(cursor, sizeof cursor, "%zu", end);
    if (json_is_true(json_object_get(script, "loop")))
        (void)json_object_set_new(result, "nextCursor", json_string("again"));
    else if (end < count)
        (void)json_object_set_new(result, "nextCursor", json_string(cursor));
    answer(id, result);
}

static json_t *contents_of(const json_t *resource) {
    if (json_object_get(resource, "contents") != NULL)
        return json_deep_copy(json_object_get(resource, "contents"));
    json_t *content = json_object();
    static const char *const keys[] = {"uri", "mimeType", "text", "blob"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (json_object_get(resource, keys[i]) != NULL)
            (void)json_object_set(content, keys[i], json_object_get(resource, keys[i]));
    if (json_is_true(json_object_get(resource, "count")))
        (void)json_object_set_new(content, "text", json_sprintf("%d", reads));
    return json_pack("[o]", content);
}

static void read_resource(json_t *id, const json_t *params) {
    const json_t *resources = json_object_get(script, "resources");
    const json_t *found = NULL;
    if (json_object_get(script, "many") != NULL)
        found = json_array_get(resources, strtoul(text_at(params, "uri") + 4, NULL, 10));
    for (size_t i = 0; i < json_array_size(resources) && found == NULL; i++)
        if (strcmp(text_at(json_array_get(resources, i), "uri"), text_at(params, "uri")) == 0)
            found = json_array_get(resources, i);
    reads++;
    if (found == NULL)
        refuse(id, -32002, "Resource not found");
    else if (json_object_get(found, "fail") != NULL)
        refuse(id, -32603, text_at(found, "fail"));
    else if (!json_is_true(json_object_get(found, "hang")))
        answer(id, json_pack("{s:o}", "contents", contents_of(found)));
    if (json_is_true(json_object_get(script, "announce")))
        send(json_pack("{s:s, s:s}", "jsonrpc", "2.0", "method",
                       "notifications/resources/list_changed"));
}

static void tell_of_updates(void) {
    const char *uri = NULL;
    json_t *value = NULL;
    json_object_foreach(subscribed, uri, value) {
        send(json_pack("{s:s, s:s, s:{s:s}}", "jsonrpc", "2.0", "method",
                       "notifications/resources/updated", "params", "uri", uri));
    }
}

static void subscribe(json_t *id, const json_t *params) {
    if (subscribed == NULL)
        subscribed = json_object();
    (void)json_object_set_new(subscribed, text_at(params, "uri"), json_true());
    answer(id, json_object());
}

static void call_tool(json_t *id, const json_t *params) {
    const json_t *tools = json_object_get(script, "tools");
    const json_t *arguments = json_object_get(params, "arguments");
    bool fails = false;
    for (size_t i = 0; i < json_array_size(tools); i++) {
        const json_t *tool = json_array_get(tools, i);
        if (strcmp(text_at(tool, "name"), text_at(params, "name")) != 0)
            continue;
        fails = json_is_true(json_object_get(tool, "fail"));
        if (json_is_true(json_object_get(tool, "die")))
            _exit(7);
    }
    char *text = json_dumps(arguments, JSON_COMPACT);
    answer(id, json_pack("{s:[{s:s, s:s}], s:b}", "content", "type", "text", "text",
                         text != NULL ? text : "", "isError", fails));
    free(text);
    if (strcmp(text_at(params, "name"), "touch") == 0)
        tell_of_updates();
}

static bool does_hang(void) {
    const char *path = text_at(script, "hang_file");
    return path[0] == '\0' || access(path, F_OK) == 0;
}

static void serve(const json_t *message) {
    static json_int_t served;
    const json_t *last = json_object_get(script, "mute_after");
    const char *method = text_at(message, "method");
    json_t *id = json_object_get(message, "id");
    const json_t *params = json_object_get(message, "params");
    int count = note(method);
    const json_t *limit = json_object_get(script, "die_times");
    if (strcmp(method, text_at(script, "die")) == 0 &&
        (limit == NULL || count <= json_integer_value(limit))) {
        (void)fprintf(stderr, "starting\nno licence for %s\n", method);
        _exit(7);
    }
    if (id == NULL || (strcmp(method, text_at(script, "hang")) == 0 && does_hang()))
        return;
    served += strcmp(method, "server/discover") != 0;
    if (last != NULL && served > json_integer_value(last))
        return;
    if (strcmp(method, text_at(script, "refuse")) == 0)
        refuse(id, -32603, "not today");
    else if (strcmp(method, "initialize") == 0)
        initialize(id, params);
    else if (strcmp(method, "resources/list") == 0)
        list_resources(id, params);
    else if (strcmp(method, "resources/read") == 0)
        read_resource(id, params);
    else if (strcmp(method, "resources/subscribe") == 0)
        subscribe(id, params);
    else if (strcmp(method, "tools/list") == 0)
        answer(id, json_pack("{s:O}", "tools", json_object_get(script, "tools")));
    else if (strcmp(method, "tools/call") == 0)
        call_tool(id, params);
    else
        refuse(id, -32601, "Method not found");
}

static void make_many(json_int_t count) {
    json_t *resources = json_array();
    for (json_int_t i = 0; i < count; i++) {
        json_t *uri = json_sprintf("x://%lld", (long long)i);
        (void)json_array_append_new(
            resources, json_pack("{s:O, s:o, s:s}", "uri", uri, "name", uri, "text", "t"));
    }
    (void)json_object_set_new(script, "resources", resources);
}

int main(int argc, char **argv) {
    char *line = NULL;
    size_t cap = 0;
    script = json_loads(argc > 1 ? argv[1] : "{}", 0, NULL);
    if (json_object_get(script, "many") != NULL)
        make_many(json_integer_value(json_object_get(script, "many")));
    while (getline(&line, &cap, stdin) > 0) {
        json_t *message = json_loads(line, 0, NULL);
        if (message != NULL)
            serve(message);
        json_decref(message);
    }
    free(line);
    json_decref(script);
    json_decref(subscribed);
    return 0;
}
