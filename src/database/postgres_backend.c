/* SPDX-License-Identifier: MIT */
/* postgres_backend.c - see postgres_backend.h. Effect: one connection. */
#include "database/postgres_backend.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "database/postgres_session.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"

enum {
    MAX_OPTIONS = 64, /* of a connection */
    MAX_TEXT_BYTES = 16 * 1024,
    LOCK_MS = 500,
    IDLE_AFTER_MS = 5000,
    NOTICE_PERIOD_MS = 10 /* how soon the server sees that this process is gone: a cancel */
};

/* Before what the URL says. */
static const char *const defaults[][2] = {
    {"connect_timeout", "4"},
    {"gssencmode", "disable"},
    {"application_name", "mcp-database"},
};

static void forget_notice(void *user, const PGresult *result) {
    (void)user;
    (void)result;
}

static void free_options(PQconninfoOption **options) {
    if (*options != NULL)
        PQconninfoFree(*options);
}

/* What the session begins with, and returns to at each reset. The operator's own come first. */
static void add_settings(struct mcp_buf *out, const struct database_limits *limits,
                         const char *given) {
    mcp_buf_addf(out,
                 "%s -c default_transaction_read_only=on -c statement_timeout=%" PRIu64
                 " -c lock_timeout=%d -c idle_in_transaction_session_timeout=%" PRIu64
                 " -c client_connection_check_interval=%d",
                 given, limits->deadline_ms, LOCK_MS, limits->deadline_ms + IDLE_AFTER_MS,
                 NOTICE_PERIOD_MS);
    mcp_buf_add(out, MCP_STR(" -c standard_conforming_strings=on -c bytea_output=hex"
                             " -c DateStyle=ISO -c IntervalStyle=postgres"
                             " -c extra_float_digits=1 -c max_parallel_workers_per_gather=0"
                             " -c work_mem=8MB -c jit=off"));
}

struct pairs {
    const char *names[MAX_OPTIONS];
    const char *values[MAX_OPTIONS];
    size_t count;
};

/* A later pair counts more than an earlier one. */
static void add_pair(struct pairs *pairs, const char *name, const char *value) {
    if (value == NULL || pairs->count == MAX_OPTIONS - 1)
        return;
    pairs->names[pairs->count] = name;
    pairs->values[pairs->count++] = value;
}

static const char *add_url(struct pairs *pairs, const PQconninfoOption *options) {
    const char *settings = "";
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
        add_pair(pairs, option->keyword, option->val);
        if (strcmp(option->keyword, "options") == 0 && option->val != NULL)
            settings = option->val;
    }
    return settings;
}

/* The library's messages name hosts and users; they are one line here, without the password. */
static enum mcp_code no_connection(const struct database_postgres *session, struct mcp_err *err) {
    char text[sizeof err->what];
    const char *password = PQpass(session->conn);
    (void)snprintf(text, sizeof text, "%s", PQerrorMessage(session->conn));
    for (char *at = text; *at != '\0'; at++)
        if (*at == '\n' || *at == '\t')
            *at = ' ';
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == ' ')
        text[--len] = '\0';
    if (password != NULL && password[0] != '\0' && strstr(text, password) != NULL)
        (void)snprintf(text, sizeof text, "the database refused the connection");
    return MCP_FAIL(err, MCP_E_IO, "%s", text);
}

static enum mcp_code connect_with(struct database_postgres *session,
                                  const struct database_postgres_source *source,
                                  const PQconninfoOption *options, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf settings = MCP_BUF_INIT(MAX_TEXT_BYTES);
    struct pairs pairs = {.count = 0};
    for (size_t i = 0; i < MCP_COUNT(defaults); i++)
        add_pair(&pairs, defaults[i][0], defaults[i][1]);
    add_settings(&settings, &session->limits, add_url(&pairs, options));
    MCP_TRY(mcp_buf_finish(&settings, err));
    add_pair(&pairs, "passfile", source->pass_file);
    add_pair(&pairs, "password", source->password);
    add_pair(&pairs, "options", settings.data);
    add_pair(&pairs, "client_encoding", "UTF8");
    session->conn = PQconnectdbParams(pairs.names, pairs.values, 0);
    if (session->conn == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (PQstatus(session->conn) != CONNECTION_OK)
        return no_connection(session, err);
    (void)PQsetNoticeReceiver(session->conn, forget_notice, NULL);
    return MCP_OK;
}

static enum mcp_code connect_to(struct database_postgres *session,
                                const struct database_postgres_source *source,
                                struct mcp_err *err) {
    char *message = NULL;
    PQconninfoOption *options MCP_AUTO(free_options) = PQconninfoParse(source->url, &message);
    if (message != NULL)
        PQfreemem(message); /* it quotes */
    if (options == NULL)
        return MCP_FAIL(err, MCP_E_INVALID,
                        "the database URL is not understood; in its user and password write "
                        "special characters percent-encoded");
    MCP_TRY(connect_with(session, source, options, err));
    if (PQserverVersion(session->conn) < DATABASE_POSTGRES_MIN_VERSION)
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "PostgreSQL %d.%d: 14 or newer is needed",
                        PQserverVersion(session->conn) / 10000,
                        PQserverVersion(session->conn) % 10000);
    return MCP_OK;
}

/* Wait for a frame on `fd`; the server says something unasked only when it goes away. */
static enum mcp_code wait_for_frame(struct database_backend *backend, int fd, struct mcp_err *err) {
    struct database_postgres *session = (struct database_postgres *)backend;
    while (!session->is_lost) {
        struct pollfd fds[2] = {{fd, POLLIN, 0}, {PQsocket(session->conn), POLLIN, 0}};
        int count = poll(fds, 2, -1);
        if (count < 0 && errno != EINTR)
            return MCP_FAIL(err, MCP_E_IO, "poll: %s", strerrordesc_np(errno));
        if (count > 0 && fds[0].revents != 0)
            return MCP_OK;
        if (count > 0 &&
            (PQconsumeInput(session->conn) == 0 || PQstatus(session->conn) != CONNECTION_OK))
            break;
    }
    return MCP_FAIL(err, MCP_E_IO, "the connection to the database was lost");
}

static void close_session(struct database_backend *backend) {
    struct database_postgres *session = (struct database_postgres *)backend;
    if (session == NULL)
        return;
    PQfinish(session->conn);
    json_decref(session->allowed);
    json_decref(session->denied);
    json_decref(session->warnings);
    mcp_map_free(session->types);
    mcp_free(session);
}

static void close_sessionp(struct database_postgres **session) {
    close_session(*session != NULL ? &(*session)->backend : NULL);
}

static const struct database_backend_ops postgres_ops = {
    database_postgres_query, database_postgres_describe, database_postgres_outline, close_session,
    wait_for_frame};

static enum mcp_code check_masks(const struct database_exposure *exposure, struct mcp_err *err) {
    if (json_array_size(exposure->masked) == 0)
        return MCP_OK;
    return MCP_FAIL(err, MCP_E_UNSUPPORTED,
                    "mask \"%s\": PostgreSQL cannot be told to read a column as NULL; revoke the "
                    "column from the role, or grant it a view that selects NULL instead",
                    json_string_value(json_array_get(exposure->masked, 0)));
}

static enum mcp_code begin_session(struct database_postgres *session, struct mcp_err *err) {
    MCP_TRY(database_postgres_begin(session, err));
    MCP_TRY(database_postgres_check_role(session, err));
    MCP_TRY(database_postgres_check_exposure(session, err));
    return database_postgres_end(session)
               ? MCP_OK
               : MCP_FAIL(err, MCP_E_IO, "the connection to the database was lost");
}

static enum mcp_code copy_list(const json_t *list, json_t **out, struct mcp_err *err) {
    if (list == NULL)
        return MCP_OK;
    *out = json_deep_copy(list);
    return *out != NULL ? MCP_OK : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum mcp_code fill_session(struct database_postgres *session,
                                  const struct database_exposure *exposure, struct mcp_err *err) {
    session->warnings = json_array();
    if (session->warnings == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(copy_list(exposure->allowed, &session->allowed, err));
    MCP_TRY(copy_list(exposure->denied, &session->denied, err));
    return mcp_map_new(0, mcp_free, &session->types, err);
}

enum mcp_code database_postgres_open(const struct database_postgres_source *source,
                                     const struct database_limits *limits,
                                     const struct database_exposure *exposure,
                                     struct database_backend **out_backend, struct mcp_err *err) {
    MCP_TRY(check_masks(exposure, err));
    struct database_postgres *session MCP_AUTO(close_sessionp) = mcp_alloc(sizeof *session);
    if (session == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    *session = (struct database_postgres){.backend = {&postgres_ops},
                                          .limits = database_limits_fill(limits)};
    MCP_TRY(fill_session(session, exposure, err));
    MCP_TRY(connect_to(session, source, err));
    MCP_TRY(begin_session(session, err));
    *out_backend = &session->backend;
    (void)MCP_TAKE(session);
    return MCP_OK;
}
