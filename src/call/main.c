/* SPDX-License-Identifier: MIT */
/* main.c - mcp-call: one MCP request from the shell. Layer: call. Includes: dial program. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "call/call_auth.h"
#include "call/call_output.h"
#include "mcp/alloc.h"
#include "mcp/log.h"
#include "program/program.h"

enum {
    EXIT_RPC_ERROR = 3,  /* the server answered with an error */
    EXIT_TOOL_ERROR = 4, /* a tool ran and says that it failed */
    MAX_PARAMS_BYTES = 64 << 20,
    MAX_TOKEN_BYTES = 64 << 10,
    MAX_OUTPUT_BYTES = 256 << 20
};

static const char usage[] =
    "Usage: mcp-call [OPTIONS] URL METHOD [PARAMS]\n"
    "       mcp-call [OPTIONS] METHOD [PARAMS] -- COMMAND [ARG...]\n"
    "       mcp-call [OPTIONS] -- COMMAND [ARG...] METHOD [PARAMS]\n"
    "\n"
    "Connects to an MCP server, sends one request, prints the result as JSON, disconnects.\n"
    "PARAMS is a JSON object, or @FILE (@- for standard input). A COMMAND is started and spoken\n"
    "to over its stdin and stdout.\n"
    "\n"
    "Connection:\n"
    "  -t, --transport T    auto (default), streamable, sse, stdio\n"
    "  -R, --revision R     protocol revision to speak: one like 2025-11-25 (default), "
    "2026-07-28,\n"
    "                       or auto to ask the server\n"
    "  -m, --timeout S      seconds for connecting, and again for the request; 30\n"
    "  -H, --header 'N: v'  header of every HTTP request; may be repeated\n"
    "      --token-file F   bearer token, read from a file\n"
    "      --cacert F       trust these certificates (PEM) instead of the system's\n"
    "  -o, --oauth          when the server wants it, get a token: a URL to open in a browser is\n"
    "                       shown on stderr, and what the browser is sent back with awaited\n"
    "  -e, --env NAME=V     environment of COMMAND; may be repeated\n"
    "\n"
    "OAuth (each implies --oauth):\n"
    "      --oauth-store D  keep tokens and registrations in this directory, for the next call\n"
    "      --headless       the browser is on another machine: paste the URL it ends at into "
    "stdin\n"
    "      --scope S        ask for these scopes instead of what the server wants\n"
    "      --issuer URL     the only authorization server to be used\n"
    "      --client-id ID   a client that is registered already; --client-secret-file F has its\n"
    "                       secret, --redirect-uri U its redirect URI on this machine\n"
    "      --client-id-url U  https URL of a client metadata document\n"
    "      --client-credentials  nobody is asked: the client acts for itself\n"
    "\n"
    "Request and output:\n"
    "  -a, --all            follow every page of a list method\n"
    "  -j, --json           one line (the default when output is not a terminal)\n"
    "  -p, --pretty         indented (the default on a terminal)\n"
    "  -r, --raw            only the text of tool results, resources and prompts\n"
    "  -v, --verbose        tell on stderr what was agreed, notifications, COMMAND's stderr\n"
    "  -h, --help           this text\n"
    "  -V, --version\n"
    "\n"
    "Exit status:\n"
    "  0  the result is on stdout\n"
    "  1  no result: not reached, no answer in time, not MCP; stderr says why\n"
    "  2  the command line is wrong\n"
    "  3  the server answered with an error, which is on stderr as JSON\n"
    "  4  the tool answered that it failed (isError); its result is on stdout\n"
    "\n"
    "Examples:\n"
    "  mcp-call http://localhost:8000/mcp tools/list\n"
    "  mcp-call http://localhost:8002/sse resources/read '{\"uri\":\"product-aliases://list\"}'\n"
    "  mcp-call -r http://localhost:8000/mcp tools/call \\\n"
    "      '{\"name\":\"execute_query\",\"arguments\":{\"query\":\"SELECT 1\"}}'\n"
    "  mcp-call initialize -- npx -y @modelcontextprotocol/server-everything\n";

/* One run: what it opens, in the order it is closed again. */
struct run {
    const struct call_args *args;
    struct mcp_loop *loop;
    struct mcp_dial *dial;
    json_t *params;
    json_t *hello; /* the initialize result */
    json_t *result;
    json_t *rpc_error; /* NULL unless the server answered with one */
    struct mcp_buf token;
    struct call_auth auth;
    char *program; /* absolute path of a command named by a relative one */
};

static void run_deinit(struct run *run) {
    mcp_dial_free(run->dial);
    call_auth_close(&run->auth);
    mcp_loop_free(run->loop);
    json_decref(run->params);
    json_decref(run->hello);
    json_decref(run->result);
    json_decref(run->rpc_error);
    mcp_buf_deinit(&run->token);
    mcp_free(run->program);
}

/* --- what is read before connecting ----------------------------------------------------------- */

static enum mcp_code read_params(struct run *run, struct mcp_err *err) {
    const char *text = run->args->params;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf file = MCP_BUF_INIT(MAX_PARAMS_BYTES);
    if (text == NULL)
        return MCP_OK;
    struct mcp_str bytes = mcp_str_of(text);
    if (text[0] == '@') {
        const char *path = strcmp(text, "@-") == 0 ? "/dev/stdin" : text + 1;
        MCP_TRY(mcp_file_read(path, &file, err));
        bytes = mcp_buf_view(&file);
    }
    enum mcp_code code = mcp_json_parse(bytes, &run->params, err);
    if (code != MCP_OK)
        return mcp_err_at(err, code, "PARAMS:");
    if (!json_is_object(run->params))
        return MCP_FAIL(err, MCP_E_INVALID, "PARAMS is %s: expected an object",
                        mcp_json_type_name(run->params));
    return MCP_OK;
}

static enum mcp_code read_token(struct run *run, struct mcp_err *err) {
    if (run->args->token_file == NULL)
        return MCP_OK;
    run->token = (struct mcp_buf)MCP_BUF_INIT(MAX_TOKEN_BYTES);
    MCP_TRY(mcp_file_read(run->args->token_file, &run->token, err));
    while (run->token.len > 0 && strchr(" \t\r\n", run->token.data[run->token.len - 1]) != NULL)
        run->token.data[--run->token.len] = '\0';
    if (run->token.len == 0)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_INVALID, "the token file is empty"), "%s",
                          run->args->token_file);
    (void)mcp_log_hide(run->token.data); /* a full table hides nothing: it is empty here */
    return MCP_OK;
}

/* The shell's user means the working directory; the library refuses to guess. */
static enum mcp_code resolve_command(struct run *run, struct mcp_err *err) {
    const char *name = run->args->command[0];
    if (name == NULL || name[0] == '/' || strchr(name, '/') == NULL)
        return MCP_OK;
    run->program = mcp_alloc(PATH_MAX);
    if (run->program == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (realpath(name, run->program) == NULL)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_NOT_FOUND, "%s", strerrordesc_np(errno)),
                          "command \"%.100s\"", name);
    run->args->command[0] = run->program;
    return MCP_OK;
}

/* --- the conversation ------------------------------------------------------------------------- */

static void show_notification(void *user, const char *method, const json_t *params) {
    const struct run *run = user;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_OUTPUT_BYTES);
    if (!run->args->is_verbose)
        return;
    if (params != NULL && mcp_json_write(params, &text, NULL) != MCP_OK)
        return;
    (void)fprintf(stderr, "< %s %.*s\n", method, (int)text.len, mcp_buf_view(&text).ptr);
}

struct hello {
    pthread_mutex_t mutex; /* guards: all below */
    pthread_cond_t done;
    bool is_done;
    struct mcp_err err;
    json_t *result;
    json_t *rpc_error;
};

static void on_connected(const struct mcp_reply *reply, void *user) {
    struct hello *hello = user;
    (void)pthread_mutex_lock(&hello->mutex);
    hello->result = json_deep_copy(reply->result);
    hello->rpc_error = json_deep_copy(reply->rpc_error);
    if (reply->err != NULL)
        hello->err = *reply->err;
    hello->is_done = true;
    (void)pthread_cond_signal(&hello->done);
    (void)pthread_mutex_unlock(&hello->mutex);
}

/* As mcp_dial_connect_wait, which keeps what the server said of itself. */
static enum mcp_code connect_to(struct run *run, struct mcp_err *err) {
    struct hello hello = {.is_done = false};
    (void)pthread_mutex_init(&hello.mutex, NULL);
    (void)pthread_cond_init(&hello.done, NULL);
    mcp_dial_connect(run->dial, call_auth_timeout_ms(run->args), on_connected, &hello);
    (void)pthread_mutex_lock(&hello.mutex);
    while (!hello.is_done)
        (void)pthread_cond_wait(&hello.done, &hello.mutex);
    (void)pthread_mutex_unlock(&hello.mutex);
    (void)pthread_cond_destroy(&hello.done);
    (void)pthread_mutex_destroy(&hello.mutex);
    run->hello = hello.result;
    run->rpc_error = hello.rpc_error;
    if (hello.err.code != MCP_OK)
        *err = hello.err;
    return hello.err.code;
}

static void show_agreement(const struct run *run) {
    static const char *const names[] = {"auto", "stdio", "HTTP+SSE", "Streamable HTTP"};
    struct mcp_dial_state state = {.is_ready = false};
    if (!run->args->is_verbose)
        return;
    mcp_dial_describe(run->dial, &state);
    const json_t *info = json_object_get(run->hello, "serverInfo");
    const char *name = json_string_value(json_object_get(info, "name"));
    const char *version = json_string_value(json_object_get(info, "version"));
    (void)fprintf(stderr, "* %s, revision %s, server %s %s\n", names[state.transport],
                  mcp_version_text(state.version), name != NULL ? name : "without a name",
                  version != NULL ? version : "");
}

static void show_stderr(const struct run *run) {
    struct mcp_dial_state state = {.is_ready = false};
    if (!run->args->is_verbose || run->dial == NULL)
        return;
    mcp_dial_describe(run->dial, &state);
    if (state.stderr_tail[0] != '\0')
        (void)fprintf(stderr, "* stderr of the server:\n%s", state.stderr_tail);
}

static enum mcp_code request(struct run *run, struct mcp_err *err) {
    const struct call_args *args = run->args;
    if (strcmp(args->method, "initialize") == 0) {
        run->result = json_incref(run->hello);
        return MCP_OK;
    }
    if (!args->follows_pages)
        return mcp_dial_request_wait(run->dial, args->method, run->params,
                                     call_auth_timeout_ms(args), &run->result, &run->rpc_error,
                                     err);
    return mcp_dial_list_wait(run->dial, args->method, call_list_key(args->method),
                              args->timeout_ms, &run->result, err);
}

static enum mcp_code open_dial(struct run *run, struct mcp_err *err) {
    const struct call_args *args = run->args;
    const struct mcp_dial_target target = {
        .transport = args->transport,
        .url = args->url,
        .argv = args->command,
        .env = args->env,
        .headers = args->headers,
        .bearer = run->token.len > 0 ? run->token.data : NULL,
        .authorizer = run->auth.authorizer,
        .ca_file = args->ca_file,
        .connect_timeout_ms = args->timeout_ms,
    };
    const struct mcp_client_options options = {.name = "mcp-call",
                                               .version = MCP_VERSION_STRING,
                                               .era = args->era,
                                               .offer = args->offer,
                                               .on_notification = show_notification,
                                               .user = run};
    return mcp_dial_new(run->loop, &target, &options, &run->dial, err);
}

static enum mcp_code converse(struct run *run, struct mcp_err *err) {
    MCP_TRY(resolve_command(run, err));
    MCP_TRY(mcp_loop_new(&run->loop, err));
    MCP_TRY(call_auth_open(run->loop, run->args, &run->auth, err));
    MCP_TRY(open_dial(run, err));
    MCP_TRY(connect_to(run, err));
    show_agreement(run);
    return request(run, err);
}

/* --- what is told afterwards ------------------------------------------------------------------ */

static enum call_format format_for(const struct run *run, int descriptor) {
    if (run->args->format != CALL_AUTO)
        return run->args->format;
    return isatty(descriptor) == 1 ? CALL_PRETTY : CALL_COMPACT;
}

static int complain(const struct mcp_err *err) {
    int code = err->code == MCP_E_INVALID ? MCP_EXIT_USAGE : MCP_EXIT_FAILURE;
    return mcp_program_complain("mcp-call", err, code);
}

static int show(const struct run *run, const json_t *value, FILE *stream) {
    struct mcp_err err = {0};
    enum call_format format = format_for(run, fileno(stream));
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_OUTPUT_BYTES);
    if (stream == stderr && format == CALL_RAW)
        format = CALL_COMPACT;
    if (call_output_result(value, format, &text, &err) != MCP_OK)
        return complain(&err);
    if (fwrite(text.data, 1, text.len, stream) != text.len || fflush(stream) != 0) {
        (void)MCP_FAIL(&err, MCP_E_IO, "the output cannot be written");
        return complain(&err);
    }
    return MCP_EXIT_OK;
}

static int tell(const struct run *run, enum mcp_code code, const struct mcp_err *err) {
    if (run->rpc_error != NULL) {
        int failed = show(run, run->rpc_error, stderr);
        return failed != MCP_EXIT_OK ? failed : EXIT_RPC_ERROR;
    }
    if (code != MCP_OK)
        return complain(err);
    int failed = show(run, run->result, stdout);
    if (failed != MCP_EXIT_OK)
        return failed;
    return json_is_true(json_object_get(run->result, "isError")) ? EXIT_TOOL_ERROR : MCP_EXIT_OK;
}

static int run_call(const struct call_args *args) {
    struct run run = {.args = args};
    struct mcp_err err = {0};
    int status = MCP_EXIT_USAGE;
    if (read_params(&run, &err) != MCP_OK || read_token(&run, &err) != MCP_OK) {
        (void)mcp_program_complain("mcp-call", &err, status);
    } else {
        enum mcp_code code = converse(&run, &err);
        show_stderr(&run);
        status = tell(&run, code, &err);
    }
    run_deinit(&run);
    return status;
}

int main(int argc, char **argv) {
    struct call_args args = {.action = CALL_RUN};
    struct mcp_err err = {0};
    (void)signal(SIGPIPE, SIG_IGN);
    mcp_json_use_allocator();
    if (call_args_parse(argc - 1, (const char *const *)argv + 1, &args, &err) != MCP_OK)
        return mcp_program_complain("mcp-call", &err, MCP_EXIT_USAGE);
    int status = MCP_EXIT_OK;
    if (args.action == CALL_HELP)
        status = mcp_program_help(usage, NULL);
    else if (args.action == CALL_VERSION)
        status = printf("mcp-call %s\n", MCP_VERSION_STRING) > 0 ? MCP_EXIT_OK : MCP_EXIT_FAILURE;
    else
        status = run_call(&args);
    call_args_deinit(&args);
    return status;
}
