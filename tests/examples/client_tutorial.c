/* SPDX-License-Identifier: MIT */
#include <mcp/dial.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

enum { TIMEOUT_MS = 10000, COUNT = 3 };

static const char *text_of(const json_t *result) {
    const json_t *content = json_array_get(json_object_get(result, "content"), 0);
    return json_string_value(json_object_get(content, "text"));
}

static json_t *call_of(double celsius) {
    return json_pack("{s:s, s:{s:f}}", "name", "to_fahrenheit", "arguments", "celsius", celsius);
}

/* Blocking: a thread of ours waits for each answer. */
static enum mcp_code ask_and_wait(struct mcp_dial *dial, struct mcp_err *err) {
    json_auto_t *list = NULL;
    json_auto_t *result = NULL;
    json_auto_t *call = call_of(100);
    MCP_TRY(mcp_dial_list_wait(dial, "tools/list", "tools", TIMEOUT_MS, &list, err));
    (void)printf("%zu tools\n", json_array_size(json_object_get(list, "tools")));
    MCP_TRY(mcp_dial_request_wait(dial, "tools/call", call, TIMEOUT_MS, &result, NULL, err));
    (void)printf("100 degrees Celsius: %s\n", text_of(result));
    return MCP_OK;
}

/* With callbacks, on the loop's thread: nobody waits between the questions. */
struct question {
    double celsius;
    char answer[256];
    sem_t *done;
};

static void on_answer(const struct mcp_reply *reply, void *user) {
    struct question *question = user;
    const char *text = reply->code == MCP_OK ? text_of(reply->result) : reply->err->what;
    (void)snprintf(question->answer, sizeof question->answer, "%s", text != NULL ? text : "");
    (void)sem_post(question->done);
}

static void ask_all(struct mcp_dial *dial) {
    struct question questions[COUNT] = {{.celsius = -40}, {.celsius = 0}, {.celsius = 37}};
    sem_t done;
    (void)sem_init(&done, 0, 0);
    for (size_t i = 0; i < COUNT; i++) {
        json_auto_t *call = call_of(questions[i].celsius); /* copied: ours again at once */
        questions[i].done = &done;
        mcp_dial_request(dial, "tools/call", call, TIMEOUT_MS, on_answer, &questions[i]);
    }
    for (size_t i = 0; i < COUNT;)
        i += sem_wait(&done) == 0; /* on_answer is called once for each, whatever happens */
    for (size_t i = 0; i < COUNT; i++)
        (void)printf("%.0f degrees Celsius: %s\n", questions[i].celsius, questions[i].answer);
    (void)sem_destroy(&done);
}

int main(int argc, char **argv) {
    const char *command[] = {argc > 1 ? argv[1] : "weather", NULL};
    const bool is_url = strstr(command[0], "://") != NULL;
    const struct mcp_dial_target target = {.url = is_url ? command[0] : NULL,
                                           .argv = is_url ? NULL : command};
    const struct mcp_client_options options = {.name = "tutorial", .version = "1.0.0"};
    struct mcp_loop *loop = NULL;
    struct mcp_dial *dial = NULL;
    struct mcp_err err = {0};
    if (mcp_loop_new(&loop, &err) == MCP_OK &&
        mcp_dial_new(loop, &target, &options, &dial, &err) == MCP_OK &&
        mcp_dial_connect_wait(dial, TIMEOUT_MS, &err) == MCP_OK &&
        ask_and_wait(dial, &err) == MCP_OK)
        ask_all(dial);
    else
        (void)fprintf(stderr, "tutorial: %s %s\n", err.where, err.what);
    mcp_dial_free(dial);
    mcp_loop_free(loop);
    return err.code == MCP_OK ? 0 : 1;
}
