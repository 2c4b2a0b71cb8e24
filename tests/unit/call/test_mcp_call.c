/* SPDX-License-Identifier: MIT */
/* The program itself: what it prints where, and how it ends. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "dial/child_spawn.h"
#include "script_server.h"

enum { MAX_WORDS = 16, OUTPUT_BYTES = 65536 };

struct outcome {
    int status;
    char out[OUTPUT_BYTES];
    char errors[OUTPUT_BYTES];
};

/* One read; false at the end of the pipe. */
static bool drain(int descriptor, char *text) {
    size_t used = strlen(text);
    ssize_t got = read(descriptor, text + used, OUTPUT_BYTES - 1 - used);
    if (got > 0)
        text[used + (size_t)got] = '\0';
    return got > 0 || (got < 0 && errno == EAGAIN);
}

/* Words are the program's arguments, NULL-terminated; `input` goes to its stdin. */
static void run(struct outcome *outcome, const char *input, const char *const *words) {
    static char program[] = MCP_CALL_PROGRAM;
    static char path[] = "PATH=/usr/bin:/bin";
    static char texts[MAX_WORDS][4096];
    char *argv[MAX_WORDS + 1] = {program};
    char *const env[] = {path, NULL};
    struct mcp_spawned spawned;
    for (size_t i = 0; words[i] != NULL; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "%s", words[i]);
        argv[i + 1] = texts[i];
    }
    memset(outcome, 0, sizeof *outcome);
    assert_int_equal(mcp_child_spawn(program, argv, env, &spawned, NULL), MCP_OK);
    if (input != NULL)
        assert_int_equal(write(spawned.in, input, strlen(input)), (ssize_t)strlen(input));
    (void)close(spawned.in);
    bool has_out = true;
    bool has_errors = true;
    while (has_out || has_errors) {
        has_out = has_out && drain(spawned.out, outcome->out);
        has_errors = has_errors && drain(spawned.errors, outcome->errors);
        script_sleep_ms(2);
    }
    (void)close(spawned.out);
    (void)close(spawned.errors);
    assert_int_equal(waitpid(spawned.pid, &outcome->status, 0), spawned.pid);
    outcome->status = WIFEXITED(outcome->status) ? WEXITSTATUS(outcome->status) : -1;
}

static struct outcome last;

#define RUN(input, ...) run(&last, (input), (const char *const[]){__VA_ARGS__, NULL})

static void expect(int status, const char *out, const char *errors) {
    if (last.status != status || strstr(last.out, out) == NULL ||
        strstr(last.errors, errors) == NULL)
        print_error("status %d\nout: %s\nerrors: %s\n", last.status, last.out, last.errors);
    assert_int_equal(last.status, status);
    assert_non_null(strstr(last.out, out));
    assert_non_null(strstr(last.errors, errors));
}

/* A server in shell: hello to the first message, then $REPLY to the third. */
#define SERVER                                                                                     \
    "read l; echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"2025-06-18\","  \
    "\"serverInfo\":{\"name\":\"shell\",\"version\":\"7\"}}}'; read l; read l; echo said >&2; "
#define RESULT(json) "echo '{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":" json "}'; cat >/dev/null"

static void help_teaches(void **state) {
    (void)state;
    RUN(NULL, "--help");
    expect(0, "mcp-call [OPTIONS] URL METHOD [PARAMS]", "");
    expect(0, "Exit status:", "");
    expect(0, "Examples:", "");
    RUN(NULL, "--version");
    expect(0, "mcp-call ", "");
}

static void a_wrong_command_line_ends_with_2(void **state) {
    (void)state;
    RUN(NULL, "--nonsense");
    expect(2, "", "unknown option \"--nonsense\"");
    assert_string_equal(last.out, "");
    RUN(NULL, "http://h/", "tools/call", "{\"a\"");
    expect(2, "", "PARAMS");
    RUN(NULL, "http://h/", "tools/call", "@/nowhere/params.json");
    expect(2, "", "/nowhere/params.json");
    RUN("[1]", "http://h/", "tools/call", "@-");
    expect(2, "", "expected an object");
    RUN(NULL, "ftp://h/", "ping");
    expect(2, "", "only http and https");
    RUN(NULL, "--token-file", "/dev/null", "http://h/", "ping");
    expect(2, "", "/dev/null");
}

static void a_result_is_one_line_of_json(void **state) {
    (void)state;
    RUN(NULL, "ping", "--", "sh", "-c", SERVER RESULT("{\"a\":[1,2]}"));
    assert_string_equal(last.out, "{\"a\":[1,2]}\n");
    expect(0, "", "");
    assert_string_equal(last.errors, "");
}

static void the_command_may_come_first(void **state) {
    (void)state;
    RUN(NULL, "--pretty", "--", "sh", "-c", SERVER RESULT("{\"a\":1}"), "tools/call", "{}");
    assert_string_equal(last.out, "{\n  \"a\": 1\n}\n");
    expect(0, "", "");
}

static void params_may_come_from_standard_input(void **state) {
    static const char server[] = SERVER
        "case \"$l\" in *'\"params\":{\"deep\":{\"x\":5}}'*) " RESULT("{\"got\":true}") "; ;; esac";
    (void)state;
    RUN("{\"deep\":{\"x\":5}}", "tools/call", "@-", "--", "sh", "-c", server);
    expect(0, "{\"got\":true}", "");
}

static void raw_prints_text(void **state) {
    (void)state;
    RUN(NULL, "-r", "ping", "--", "sh", "-c",
        SERVER RESULT("{\"content\":[{\"type\":\"text\",\"text\":\"plain words\"}]}"));
    assert_string_equal(last.out, "plain words\n");
}

static void initialize_shows_what_the_server_is(void **state) {
    static const char server[] = SERVER "cat >/dev/null";
    (void)state;
    RUN(NULL, "initialize", "--", "sh", "-c", server);
    expect(0, "\"serverInfo\":{\"name\":\"shell\",\"version\":\"7\"}", "");
}

static void verbose_tells_more(void **state) {
    static const char server[] = SERVER
        "echo '{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"x\":1}}"
        "'; " RESULT("{}");
    (void)state;
    RUN(NULL, "-v", "ping", "--", "sh", "-c", server);
    expect(0, "{}", "* stdio, revision 2025-06-18, server shell 7");
    expect(0, "", "< notifications/message {\"x\":1}");
    expect(0, "", "said\n");
}

static void all_pages_are_followed(void **state) {
    static const char server[] =
        SERVER "echo '{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"tools\":[1],\"nextCursor\":\"c\"}"
               "}'; read l; echo '{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"tools\":[2]}}'; "
               "cat >/dev/null";
    (void)state;
    RUN(NULL, "--all", "tools/list", "--", "sh", "-c", server);
    assert_string_equal(last.out, "{\"tools\":[1,2]}\n");
}

static void errors_of_the_server_end_with_3(void **state) {
    static const char server[] = SERVER
        "echo '{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32601,\"message\":\"Method "
        "not found\"}}'; cat >/dev/null";
    (void)state;
    RUN(NULL, "nope/nope", "--", "sh", "-c", server);
    expect(3, "", "{\"code\":-32601,\"message\":\"Method not found\"}\n");
    assert_string_equal(last.out, "");
}

static void a_failed_tool_ends_with_4(void **state) {
    (void)state;
    RUN(NULL, "tools/call", "{}", "--", "sh", "-c",
        SERVER RESULT("{\"content\":[],\"isError\":true}"));
    expect(4, "\"isError\":true", "");
}

static void no_result_ends_with_1(void **state) {
    (void)state;
    RUN(NULL, "http://127.0.0.1:1/mcp", "ping");
    expect(1, "", "is the server running?");
    RUN(NULL, "ping", "--", "no-such-program-at-all");
    expect(1, "", "no such program in any directory of PATH");
    RUN(NULL, "ping", "--", "./no-such-file");
    expect(1, "", "./no-such-file");
    RUN(NULL, "-m", "0.2", "ping", "--", "sh", "-c", "cat >/dev/null");
    expect(1, "", "no answer within 200 ms");
    RUN(NULL, "ping", "--", "sh", "-c", "echo broken >&2; exit 9");
    expect(1, "", "exited with status 9; its last words: broken");
}

static bool answer(struct script_peer *peer, const struct script_request *request, void *user) {
    char text[512];
    const char *id = strstr(request->body, "\"id\":");
    (void)user;
    if (id == NULL) {
        script_reply(peer, strcmp(request->method, "POST") == 0 ? "202 Accepted" : "405 No", "",
                     "");
        return true;
    }
    (void)snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"result\":%s}",
                   strtol(id + 5, NULL, 10), "{\"protocolVersion\":\"2025-06-18\"}");
    script_reply(peer, "200 OK", "Content-Type: application/json\r\n", text);
    return true;
}

static void headers_and_tokens_go_to_a_url(void **state) {
    char path[] = "/tmp/mcp-call-token-XXXXXX";
    char url[256];
    (void)state;
    int descriptor = mkostemp(path, O_CLOEXEC);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, "tok-9\n", 6), 6);
    (void)close(descriptor);
    struct script_server *server = script_server_start(answer, NULL);
    RUN(NULL, "-H", "X-One: 1", "-H", "X-Two: 2", "--token-file", path,
        script_server_url(server, "/mcp", url), "ping");
    expect(0, "{", "");
    assert_true(script_server_count(server, "X-One: 1\r\n") >= 2);
    assert_true(script_server_count(server, "X-Two: 2\r\n") >= 2);
    assert_true(script_server_count(server, "Authorization: Bearer tok-9\r\n") >= 2);
    script_server_stop(server);
    (void)unlink(path);
}

static void the_environment_is_added(void **state) {
    static const char server[] =
        SERVER "echo \"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":2,\\\"result\\\":{\\\"mine\\\":"
               "\\\"$MINE\\\"}}\"; cat >/dev/null";
    (void)state;
    RUN(NULL, "-e", "MINE=yes", "ping", "--", "sh", "-c", server);
    expect(0, "{\"mine\":\"yes\"}", "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_teaches),
        cmocka_unit_test(a_wrong_command_line_ends_with_2),
        cmocka_unit_test(a_result_is_one_line_of_json),
        cmocka_unit_test(the_command_may_come_first),
        cmocka_unit_test(params_may_come_from_standard_input),
        cmocka_unit_test(raw_prints_text),
        cmocka_unit_test(initialize_shows_what_the_server_is),
        cmocka_unit_test(verbose_tells_more),
        cmocka_unit_test(all_pages_are_followed),
        cmocka_unit_test(errors_of_the_server_end_with_3),
        cmocka_unit_test(a_failed_tool_ends_with_4),
        cmocka_unit_test(no_result_ends_with_1),
        cmocka_unit_test(headers_and_tokens_go_to_a_url),
        cmocka_unit_test(the_environment_is_added),
    };
    return cmocka_run_group_tests_name("call.mcp_call", tests, NULL, NULL);
}
