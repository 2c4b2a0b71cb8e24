/* SPDX-License-Identifier: MIT */
/* serve.c - see serve.h. Effect: the life of a server process. */
#include "serve/serve.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "mcp/log.h"
#include "program/systemd.h"
#include "serve/authority.h"
#include "serve/pages.h"
#include "serve/renewal.h"
#include "serve/tls_files.h"
#include "serve/tokens.h"

enum { STOP_GRACE_MS = 1500, MAX_NAMES = 64, OWN_PAGES = 2 };

struct names {
    const char *items[MAX_NAMES];
    size_t count;
};

static const char *text(const json_t *settings, const char *key, const char *otherwise) {
    const char *value = json_string_value(json_object_get(settings, key));
    return value != NULL ? value : otherwise;
}

static struct names list(const json_t *settings, const char *key) {
    struct names names = {.count = 0};
    const json_t *values = json_object_get(settings, key);
    for (size_t i = 0; i < json_array_size(values) && i < MAX_NAMES; i++)
        names.items[names.count++] = json_string_value(json_array_get(values, i));
    return names;
}

static bool is_stdio(const json_t *settings) {
    return strcmp(text(settings, "transport", "sse"), "stdio") == 0;
}

static unsigned octal(const char *digits) {
    unsigned value = 0;
    for (; *digits >= '0' && *digits <= '7'; digits++)
        value = value * 8 + (unsigned)(*digits - '0');
    return value;
}

void serve_set_log_level(const json_t *settings) {
    enum mcp_log_level level = MCP_LOG_INFO;
    (void)mcp_log_level_parse(text(settings, "log_level", "INFO"), &level);
    mcp_log_set_level(level);
}

void serve_log_broken_promise(void *unused, const char *tool, const struct mcp_err *why) {
    (void)unused;
    MCP_LOG(ERROR, "serve.tool", "event=broken_promise tool=%s code=%s where=\"%s\" sent=error",
            tool, mcp_code_name(why->code), why->where);
}

static void announce(const struct serve_options *options, const struct mcp_listen_options *listen,
                     const char *name) {
    const char *access = listen->bearer_count > 0 || listen->authority != NULL ? "a token is needed"
                         : listen->allow_remote                                ? "open to everyone"
                                                : "protected: loopback only; --token-file opens it";
    MCP_LOG(INFO, options->program, "listening on %s (/mcp, /sse, /health, /metrics) access=\"%s\"",
            name, access);
}

static void release(const struct serve_options *options) {
    if (options->release != NULL)
        options->release(options->user);
}

static void quit(void *user) {
    (void)user;
    mcp_program_quit();
}

static enum mcp_code start(struct mcp_server *server, const struct serve_options *options,
                           const struct mcp_listen_options *listen,
                           struct mcp_listener **out_listener, struct mcp_err *err) {
    if (is_stdio(options->settings))
        return mcp_listener_start_stdio(server, listen, STDIN_FILENO, STDOUT_FILENO, quit, NULL,
                                        out_listener, err);
    MCP_TRY(mcp_listener_start_http(server, listen, out_listener, err));
    announce(options, listen, mcp_listener_name(*out_listener));
    return MCP_OK;
}

/* The files of secrets. Watched before they are read, so that no change falls between. */
static const struct {
    const char *key;
    void (*on_change)(void *renewal);
} watched[] = {{"token_file", serve_renewal_tokens},
               {"tls_cert", serve_renewal_tls},
               {"tls_key", serve_renewal_tls},
               {"oauth_jwks", serve_renewal_keys}};

_Static_assert(MCP_COUNT(watched) < MCP_PROGRAM_MAX_FILES, "and one of the program's own");

/* What the settings name beside themselves. */
struct secrets {
    struct mcp_file_watch *files[MCP_COUNT(watched)];
    struct serve_tokens tokens;
    struct serve_tls_files tls;
    struct serve_authority *authority; /* NULL: none */
};

static void secrets_deinit(struct secrets *secrets) {
    for (size_t i = 0; i < MCP_COUNT(watched); i++)
        mcp_file_watch_close(secrets->files[i]);
    serve_tokens_deinit(&secrets->tokens);
    serve_tls_files_deinit(&secrets->tls);
    serve_authority_free(secrets->authority);
}

static enum mcp_code read_tokens(const json_t *settings, struct serve_tokens *out_tokens,
                                 struct mcp_err *err) {
    const char *path = text(settings, "token_file", "");
    return path[0] != '\0' ? serve_tokens_read(path, out_tokens, err) : MCP_OK;
}

static enum mcp_code read_secrets(const struct serve_options *options, struct secrets *out_secrets,
                                  struct mcp_err *err) {
    const json_t *settings = options->settings;
    for (size_t i = 0; i < MCP_COUNT(watched) && !is_stdio(settings); i++)
        if (text(settings, watched[i].key, "")[0] != '\0')
            out_secrets->files[i] = mcp_program_watch_file(text(settings, watched[i].key, ""));
    MCP_TRY(read_tokens(settings, &out_secrets->tokens, err));
    if (is_stdio(settings))
        return MCP_OK;
    MCP_TRY(serve_tls_files_read(settings, &out_secrets->tls, err));
    return serve_authority_new(settings, options->program, &out_secrets->authority, err);
}

/* The program's own file is one of them: its changes are no reason to read secrets again. */
static size_t list_files(const struct secrets *secrets, struct serve_renewal *renewal,
                         struct mcp_program_file out[MCP_PROGRAM_MAX_FILES]) {
    const struct mcp_program_watch *next = renewal->next;
    size_t count = 0;
    for (size_t i = 0; i < MCP_COUNT(watched); i++)
        out[count++] = (struct mcp_program_file){secrets->files[i], watched[i].on_change, renewal};
    if (next != NULL && next->on_reload != NULL)
        out[count++] = (struct mcp_program_file){next->file, next->on_reload, next->user};
    return count;
}

/* Until a signal ends it; SIGHUP renews what is ours before what is the program's. */
static int wait(const struct serve_options *options, struct mcp_listener *listener,
                const struct secrets *secrets) {
    struct mcp_program_file files[MCP_PROGRAM_MAX_FILES];
    struct serve_renewal renewal = {.program = options->program,
                                    .settings = options->settings,
                                    .listener = is_stdio(options->settings) ? NULL : listener,
                                    .authority = secrets->authority,
                                    .next = options->watch};
    struct mcp_program_watch watch =
        options->watch != NULL ? *options->watch : (struct mcp_program_watch){.file = NULL};
    watch.file = NULL;
    watch.files = files;
    watch.file_count = list_files(secrets, &renewal, files);
    watch.on_reload = serve_renewal_run;
    watch.on_tick = watch.on_tick != NULL ? serve_renewal_tick : NULL;
    watch.user = &renewal;
    return mcp_program_wait(&watch);
}

static enum mcp_code serve(struct mcp_server *server, const struct serve_options *options,
                           const struct secrets *secrets, struct mcp_err *err) {
    struct serve_pages own = {server, NULL, secrets->authority, options->health,
                              options->health_user};
    struct mcp_page pages[OWN_PAGES + SERVE_AUTHORITY_PAGES] = {
        {"/health", "application/json", serve_pages_health, &own, false},
        {"/metrics", MCP_SERVER_METRICS_TYPE, serve_pages_metrics, &own, true}};
    struct names hosts = list(options->settings, "allowed_hosts");
    struct names origins = list(options->settings, "allowed_origins");
    struct mcp_listen_options listen = {
        .host = text(options->settings, "host", "127.0.0.1"),
        .port = (uint16_t)json_integer_value(json_object_get(options->settings, "port")),
        .unix_path = json_string_value(json_object_get(options->settings, "unix_socket")),
        .unix_mode = octal(text(options->settings, "unix_mode", "0600")),
        .inherited_fd = is_stdio(options->settings) ? 0 : mcp_program_take_socket(),
        .allow_remote = json_is_true(json_object_get(options->settings, "allow_remote")),
        .tls = secrets->tls.is_given ? &secrets->tls.pair : NULL,
        .bearers = secrets->tokens.rows,
        .bearer_count = secrets->tokens.count,
        .authority = serve_authority_face(secrets->authority),
        .allowed_hosts = hosts.items,
        .allowed_host_count = hosts.count,
        .allowed_origins = origins.items,
        .allowed_origin_count = origins.count,
        .pages = pages,
        .page_count = OWN_PAGES + serve_authority_pages(secrets->authority, pages + OWN_PAGES),
    };
    struct mcp_listener *listener = NULL;
    MCP_TRY(start(server, options, &listen, &listener, err));
    atomic_store(&own.listener, listener);
    if (options->started != NULL)
        options->started(options->user);
    (void)mcp_systemd_notify("READY=1");
    int signal = wait(options, listener, secrets);
    (void)mcp_systemd_notify("STOPPING=1");
    MCP_LOG(INFO, options->program, "stopping signal=%d", signal);
    mcp_listener_stop(listener, STOP_GRACE_MS);
    release(options);
    mcp_listener_free(listener);
    return MCP_OK;
}

int serve_run(struct mcp_server *server, const struct serve_options *options) {
    struct mcp_err err = {0};
    MCP_AUTO(secrets_deinit) struct secrets secrets = {.authority = NULL};
    enum mcp_code code = read_secrets(options, &secrets, &err);
    int exit_code = MCP_EXIT_OK;
    if (code != MCP_OK)
        exit_code = mcp_program_complain(options->program, &err, MCP_EXIT_USAGE);
    else if (serve(server, options, &secrets, &err) != MCP_OK)
        exit_code = mcp_program_complain(options->program, &err, MCP_EXIT_FAILURE);
    mcp_server_free(server);
    return exit_code;
}
