/* SPDX-License-Identifier: MIT */
/* cli.c - see cli.h. */
#include "orchestrator/cli.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "mcp/alloc.h"
#include "mcp/log.h"
#include "mcp/orchestrator.h"
#include "orchestrator/orch_error.h"
#include "orchestrator/progress.h"
#include "orchestrator/render.h"
#include "orchestrator/status.h"
#include "orchestrator/watch.h"
#include "program/program.h"

#define PROGRAM "mcp-orchestrator"

extern const char orch_cli_schema[];

enum { MAX_OUTPUT_BYTES = 1 << 30 };

static const char usage[] =
    "Usage: mcp-orchestrator [OPTION]... COMMAND\n"
    "\n"
    "Connect to the MCP servers of a configuration file and use them as one.\n"
    "\n"
    "Commands:\n"
    "  check             read the file, say what is wrong with it; --connect: try every server\n"
    "  status            connect to every server and show how each is doing; --watch: until a\n"
    "                    signal ends it\n"
    "  gather            read every resource of every server\n"
    "  domain NAME       read the resources of the best server for a domain\n"
    "  read URI          read one resource from whoever has it\n"
    "  call TOOL [JSON]  call a tool with the arguments in JSON, an object\n"
    "\n"
    "Examples:\n"
    "  mcp-orchestrator check\n"
    "  mcp-orchestrator --json gather > resources.json\n"
    "  mcp-orchestrator status --watch --interval 5\n"
    "  mcp-orchestrator --partial domain products\n"
    "  mcp-orchestrator read product-aliases://list\n"
    "  mcp-orchestrator call execute_query '{\"query\": \"SELECT 1\"}'\n"
    "\n"
    "Answers go to standard output, everything else to standard error. Exit codes:\n"
    "  0  done, nothing is missing; status --watch ended by SIGINT or SIGTERM\n"
    "  1  failed: no server, a server that fail_fast insists on, a tool that failed\n"
    "  2  wrong command line or configuration file\n"
    "  3  done in part: what is missing is named\n"
    "\n"
    "Options:\n";

/* One run of the program. */
struct run {
    const char *config;
    bool is_json;
    bool is_partial;
    bool connects;
    bool watches;
    uint64_t interval_ms; /* of watching */
    const json_t *words;  /* the command and its arguments */
    struct orch *orch;
    struct orch_progress *progress;
    struct orch_look look;
    struct mcp_buf out;
};

static const char *word(const struct run *run, size_t at) {
    return json_string_value(json_array_get(run->words, at));
}

static bool is_plain_terminal(void) {
    const char *plain = getenv("NO_COLOR"); /* NOLINT(concurrency-mt-unsafe): read, never set */
    const char *terminal = getenv("TERM");  /* NOLINT(concurrency-mt-unsafe) */
    return (plain != NULL && *plain != '\0') || terminal == NULL || strcmp(terminal, "dumb") == 0;
}

static struct orch_look look_of(int fd) {
    struct orch_look look = {0};
    struct winsize size = {0};
    if (!isatty(fd))
        return look;
    look.has_colour = !is_plain_terminal();
    if (ioctl(fd, TIOCGWINSZ, &size) == 0)
        look.columns = size.ws_col;
    return look;
}

static void log_event(const struct orch_event *event) {
    static const struct {
        enum mcp_log_level level;
        const char *what;
    } rows[] = {
        [ORCH_EV_CONNECTING] = {MCP_LOG_DEBUG, "connecting"},
        [ORCH_EV_CONNECTED] = {MCP_LOG_INFO, "connected"},
        [ORCH_EV_RETRYING] = {MCP_LOG_WARN, "retrying"},
        [ORCH_EV_CONNECT_ENDED] = {MCP_LOG_WARN, "not connected"},
        [ORCH_EV_DISCONNECTED] = {MCP_LOG_WARN, "connection lost"},
        [ORCH_EV_FETCHING] = {MCP_LOG_DEBUG, "fetching"},
        [ORCH_EV_FETCHED] = {MCP_LOG_DEBUG, "fetched"},
        [ORCH_EV_FETCH_FAILED] = {MCP_LOG_WARN, "fetch incomplete"},
        [ORCH_EV_CHANGED] = {MCP_LOG_INFO, "changed"},
        [ORCH_EV_AUTHORIZE] = {MCP_LOG_WARN, "authorization is wanted: open this in a browser"},
        [ORCH_EV_IGNORED] = {MCP_LOG_WARN, "message ignored"},
        [ORCH_EV_CACHE_DOWN] = {MCP_LOG_WARN, "shared cache down: memory is used alone"},
        [ORCH_EV_CACHE_UP] = {MCP_LOG_INFO, "shared cache up again"},
    };
    if (mcp_log_enabled(rows[event->kind].level) && event->server_id[0] == '\0')
        mcp_log_write(rows[event->kind].level, "orch", "event=\"%s\" detail=\"%s\"",
                      rows[event->kind].what, event->detail);
    else if (mcp_log_enabled(rows[event->kind].level))
        mcp_log_write(rows[event->kind].level, "orch", "server=%s event=\"%s\" detail=\"%s\"",
                      event->server_id, rows[event->kind].what, event->detail);
}

static void on_event(const struct orch_event *event, void *user) {
    const struct run *run = user;
    orch_progress_note(run->progress, event);
    log_event(event);
}

/* Standard output gets all of `out`, or the program fails. */
static int flush(struct run *run, int exit_code) {
    struct mcp_str text = mcp_buf_view(&run->out);
    struct mcp_err err = {0};
    if (fwrite(text.ptr, 1, text.len, stdout) == text.len && fflush(stdout) == 0)
        return exit_code;
    (void)MCP_FAIL(&err, MCP_E_IO, "standard output cannot be written");
    return mcp_program_complain(PROGRAM, &err, MCP_EXIT_FAILURE);
}

static int complain(const struct mcp_err *err) {
    return mcp_program_complain(PROGRAM, err, MCP_EXIT_FAILURE);
}

/* `value` is taken; NULL: there was no memory for it. */
static int give_json(struct run *run, json_t *value, int exit_code) {
    struct mcp_err err = {0};
    json_auto_t *owned = value;
    if (owned == NULL)
        (void)MCP_FAIL(&err, MCP_E_NOMEM, "out of memory");
    else if (mcp_json_write_pretty(owned, &run->out, &err) == MCP_OK)
        return flush(run, exit_code);
    return complain(&err);
}

/* After a render: print, unless it failed. */
static int give_text(struct run *run, enum mcp_code code, const struct mcp_err *err,
                     int exit_code) {
    return code == MCP_OK ? flush(run, exit_code) : complain(err);
}

/* Report a failure of the library, on stdout too when JSON is wanted. */
static int report_as(struct run *run, const struct orch_error *error, int exit_code) {
    struct orch_look look = look_of(STDERR_FILENO);
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf more = MCP_BUF_INIT(1 << 20);
    (void)mcp_program_complain(PROGRAM, &error->err, exit_code);
    if (orch_render_context(&more, &look, error->context, NULL) == MCP_OK && more.len > 0)
        (void)fputs(more.data, stderr);
    if (!run->is_json)
        return exit_code;
    return give_json(run, json_pack("{s:o}", "error", orch_error_to_json(error)), exit_code);
}

static int report(struct run *run, const struct orch_error *error) {
    return report_as(run, error,
                     error->kind == ORCH_E_CONFIGURATION ? (int)MCP_EXIT_USAGE
                                                         : (int)MCP_EXIT_FAILURE);
}

/* Servers as they are against what the file says of them. */
static int check_live(struct run *run, struct orch_error *error) {
    struct mcp_err err = {0};
    json_auto_t *status = NULL;
    orch_tolerate_failures(run->orch);
    if (orch_initialize(run->orch, error) == MCP_OK)
        (void)(orch_learn_tools(run->orch, error) == MCP_OK);
    else if (error->kind != ORCH_E_NO_SERVER)
        return report(run, error);
    orch_error_deinit(error);
    if (orch_get_status(run->orch, &status, error) != MCP_OK)
        return report(run, error);
    json_auto_t *flaws = orch_status_flaws(status);
    int exit_code = json_array_size(flaws) > 0 ? (int)ORCH_EXIT_PARTIAL : (int)MCP_EXIT_OK;
    if (run->is_json)
        return give_json(run, json_pack("{s:O}", "flaws", flaws), exit_code);
    enum mcp_code code = orch_render_flaws(&run->out, &run->look, status, flaws, &err);
    return give_text(run, code, &err, exit_code);
}

static int check(struct run *run, struct orch_error *error) {
    struct mcp_err err = {0};
    json_auto_t *configuration = NULL;
    if (run->connects)
        return check_live(run, error);
    if (orch_get_configuration(run->orch, &configuration, error) != MCP_OK)
        return report(run, error);
    if (run->is_json)
        return give_json(run, json_incref(configuration), MCP_EXIT_OK);
    enum mcp_code code =
        orch_render_configuration(&run->out, &run->look, run->config, configuration, &err);
    return give_text(run, code, &err, MCP_EXIT_OK);
}

static int judge_status(const json_t *status) {
    const json_t *servers = json_object_get(status, "servers");
    size_t connected = 0;
    for (size_t i = 0; i < json_array_size(servers); i++)
        connected += json_is_true(json_object_get(json_array_get(servers, i), "connected"));
    if (connected == 0)
        return MCP_EXIT_FAILURE;
    return connected < json_array_size(servers) ? (int)ORCH_EXIT_PARTIAL : (int)MCP_EXIT_OK;
}

static int watch(struct run *run, struct orch_error *error) {
    const struct orch_watch_order order = {.orch = run->orch,
                                           .config = run->config,
                                           .interval_ms = run->interval_ms,
                                           .is_json = run->is_json,
                                           .is_terminal = isatty(STDOUT_FILENO) != 0,
                                           .look_of = look_of};
    enum mcp_code code = orch_watch_run(&order, error);
    return code == MCP_OK ? (int)MCP_EXIT_OK : report(run, error);
}

/* Shows what there is, so a server that is down is part of the answer. */
static int status(struct run *run, struct orch_error *error) {
    struct mcp_err err = {0};
    if (run->watches)
        return watch(run, error);
    json_auto_t *answer = NULL;
    orch_tolerate_failures(run->orch);
    bool is_open = orch_initialize(run->orch, error) == MCP_OK;
    if (is_open)
        (void)(orch_learn_tools(run->orch, NULL) == MCP_OK);
    if (!is_open && error->kind != ORCH_E_NO_SERVER)
        return report(run, error);
    orch_error_deinit(error);
    if (orch_get_status(run->orch, &answer, error) != MCP_OK)
        return report(run, error);
    int exit_code = judge_status(answer);
    if (run->is_json)
        return give_json(run, json_incref(answer), exit_code);
    return give_text(run, orch_render_status(&run->out, &run->look, answer, &err), &err, exit_code);
}

static int exit_of(const json_t *missing) {
    return json_array_size(missing) > 0 ? (int)ORCH_EXIT_PARTIAL : (int)MCP_EXIT_OK;
}

static int gather(struct run *run, struct orch_error *error) {
    struct mcp_err err = {0};
    json_auto_t *answer = NULL;
    json_auto_t *missing = NULL;
    if (orch_gather_all_resources(run->orch, &answer, &missing, error) != MCP_OK)
        return report(run, error);
    if (run->is_json)
        return give_json(run, json_pack("{s:O, s:O}", "servers", answer, "missing", missing),
                         exit_of(missing));
    enum mcp_code code = orch_render_gather(&run->out, &run->look, answer, missing, &err);
    return give_text(run, code, &err, exit_of(missing));
}

static int domain(struct run *run, struct orch_error *error) {
    struct mcp_err err = {0};
    json_auto_t *answer = NULL;
    json_auto_t *missing = NULL;
    if (orch_get_resources_for_domain(run->orch, word(run, 1), &answer, &missing, error) != MCP_OK)
        return report(run, error);
    if (run->is_json)
        return give_json(run,
                         json_pack("{s:s, s:O, s:O}", "domain", word(run, 1), "resources", answer,
                                   "missing", missing),
                         exit_of(missing));
    enum mcp_code code = orch_render_domain(&run->out, &run->look, answer, missing, &err);
    return give_text(run, code, &err, exit_of(missing));
}

static int read_one(struct run *run, struct orch_error *error) {
    struct mcp_err err = {0};
    json_auto_t *result = NULL;
    if (orch_read_resource(run->orch, word(run, 1), &result, error) != MCP_OK)
        return report(run, error);
    if (run->is_json)
        return give_json(run, json_incref(result), MCP_EXIT_OK);
    enum mcp_code code = orch_render_contents(&run->out, isatty(STDOUT_FILENO) != 0,
                                              json_object_get(result, "contents"), &err);
    return give_text(run, code, &err, MCP_EXIT_OK);
}

static enum mcp_code take_arguments(const struct run *run, json_t **out, struct mcp_err *err) {
    const char *text = word(run, 2);
    if (text == NULL)
        return MCP_OK;
    json_auto_t *arguments = NULL;
    enum mcp_code code = mcp_json_parse(mcp_str_of(text), &arguments, err);
    if (code == MCP_OK && !json_is_object(arguments))
        code = MCP_FAIL(err, MCP_E_INVALID, "expected a JSON object, got %s",
                        mcp_json_type_name(arguments));
    if (code != MCP_OK)
        return mcp_err_at(err, code, "arguments of the tool%s", err->where[0] != '\0' ? ": " : "");
    *out = MCP_TAKE(arguments);
    return MCP_OK;
}

static int call(struct run *run, struct orch_error *error) {
    struct mcp_err err = {0};
    json_auto_t *arguments = NULL;
    json_auto_t *answer = NULL;
    if (take_arguments(run, &arguments, &err) != MCP_OK) {
        (void)orch_error_set(error, ORCH_E_OTHER, &err, NULL);
        return report_as(run, error, MCP_EXIT_USAGE);
    }
    if (orch_call_tool(run->orch, word(run, 1), arguments, &answer, error) != MCP_OK)
        return report(run, error);
    const json_t *result = json_object_get(answer, "result");
    bool is_error = json_is_true(json_object_get(result, "isError"));
    int exit_code = is_error ? (int)MCP_EXIT_FAILURE : (int)MCP_EXIT_OK;
    if (run->is_json)
        return give_json(run, json_incref(answer), exit_code);
    enum mcp_code code = orch_render_contents(&run->out, isatty(STDOUT_FILENO) != 0,
                                              json_object_get(result, "content"), &err);
    return give_text(run, code, &err, exit_code);
}

static const struct command {
    const char *name;
    size_t min_words; /* with the command */
    size_t max_words;
    bool connects;
    int (*run)(struct run *run, struct orch_error *error);
} commands[] = {
    {"check", 1, 1, false, check},  {"status", 1, 1, true, status}, {"gather", 1, 1, true, gather},
    {"domain", 2, 2, true, domain}, {"read", 2, 2, true, read_one}, {"call", 2, 3, true, call},
};

static enum mcp_code find_command(const struct run *run, const struct command **out,
                                  struct mcp_err *err) {
    size_t count = json_array_size(run->words);
    if (count == 0)
        return MCP_FAIL(err, MCP_E_INVALID,
                        "a command is missing: check, status, gather, domain, read or call; see "
                        "--help");
    for (size_t i = 0; i < MCP_COUNT(commands); i++) {
        if (strcmp(commands[i].name, word(run, 0)) != 0)
            continue;
        if (count < commands[i].min_words)
            return MCP_FAIL(err, MCP_E_INVALID, "%s needs an argument: see --help",
                            commands[i].name);
        if (count > commands[i].max_words)
            return MCP_FAIL(err, MCP_E_INVALID, "%s: one word too many, \"%.64s\"",
                            commands[i].name, word(run, commands[i].max_words));
        *out = &commands[i];
        return MCP_OK;
    }
    return MCP_FAIL(err, MCP_E_INVALID,
                    "unknown command \"%.64s\": expected check, status, gather, domain, read or "
                    "call",
                    word(run, 0));
}

/* The log as the file wants it; the library itself never logs. */
static enum mcp_code set_up_log(struct orch *orch, struct orch_error *error) {
    json_auto_t *configuration = NULL;
    enum mcp_log_level level = MCP_LOG_INFO;
    MCP_TRY(orch_get_configuration(orch, &configuration, error));
    const json_t *given = json_object_get(configuration, "orchestration");
    bool is_on = json_is_true(json_object_get(given, "enable_logging"));
    (void)mcp_log_level_parse(json_string_value(json_object_get(given, "log_level")), &level);
    mcp_log_set_level(is_on ? level : MCP_LOG_OFF);
    return MCP_OK;
}

/* A command waits in calls, not for signals: they end it, and its children with it. */
static void let_signals_end(void) {
    sigset_t ends;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGHUP);
    (void)pthread_sigmask(SIG_UNBLOCK, &ends, NULL);
}

static int connect_and_run(struct run *run, const struct command *command) {
    struct orch_error error = ORCH_ERROR_INIT;
    struct mcp_err err = {0};
    int exit_code = MCP_EXIT_FAILURE;
    if (command->connects && set_up_log(run->orch, &error) != MCP_OK) {
        exit_code = report(run, &error);
        orch_error_deinit(&error);
        return exit_code;
    }
    if (run->is_partial)
        orch_tolerate_failures(run->orch);
    if (!run->watches)
        let_signals_end();
    if (command->connects && !run->watches && orch_progress_start(&run->progress, &err) != MCP_OK)
        MCP_LOG(WARN, "orch.progress", "what=%s", err.what);
    orch_observe(run->orch, on_event, run);
    exit_code = command->run(run, &error);
    orch_close(run->orch);
    orch_progress_stop(run->progress);
    orch_error_deinit(&error);
    return exit_code;
}

static int run_words(const json_t *values, const json_t *words) {
    struct orch_error error = ORCH_ERROR_INIT;
    struct mcp_err err = {0};
    const struct command *command = NULL;
    struct run run = {.config = json_string_value(json_object_get(values, "config")),
                      .is_json = json_is_true(json_object_get(values, "json")),
                      .is_partial = json_is_true(json_object_get(values, "partial")),
                      .connects = json_is_true(json_object_get(values, "connect")),
                      .watches = json_is_true(json_object_get(values, "watch")),
                      .interval_ms =
                          1000 * (uint64_t)json_integer_value(json_object_get(values, "interval")),
                      .words = words,
                      .look = look_of(STDOUT_FILENO),
                      .out = MCP_BUF_INIT(MAX_OUTPUT_BYTES)};
    if (find_command(&run, &command, &err) != MCP_OK || command == NULL)
        return mcp_program_complain(PROGRAM, &err, MCP_EXIT_USAGE);
    run.watches = run.watches && command->run == status;
    if (orch_new(run.config, &run.orch, &error) != MCP_OK)
        return complain(&error.err);
    int exit_code = connect_and_run(&run, command);
    orch_free(run.orch);
    mcp_buf_deinit(&run.out);
    return exit_code;
}

int orch_cli_run(int argc, char **argv) {
    struct mcp_err err = {0};
    json_auto_t *schema = NULL;
    json_auto_t *values = NULL;
    json_auto_t *words = NULL;
    enum mcp_program_wish wish = mcp_program_wish(argc - 1, argv + 1);
    if (mcp_json_parse(mcp_str_of(orch_cli_schema), &schema, &err) != MCP_OK)
        return complain(&err);
    if (wish == MCP_WISH_HELP)
        return mcp_program_help(usage, schema);
    if (wish == MCP_WISH_VERSION)
        return printf(PROGRAM " %s\n", ORCH_VERSION) > 0 ? MCP_EXIT_OK : MCP_EXIT_FAILURE;
    if (mcp_program_settings(schema, argc - 1, argv + 1, &values, &words, &err) != MCP_OK)
        return mcp_program_complain(PROGRAM, &err, MCP_EXIT_USAGE);
    return run_words(values, words);
}
