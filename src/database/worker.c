/* SPDX-License-Identifier: MIT */
/* worker.c - see worker.h. Effect: one socket. */
#include "database/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "database/frames.h"
#include "database/postgres_backend.h"
#include "database/sandbox.h"
#include "database/sqlite_backend.h"
#include "mcp/alloc.h"
#include "mcp/utf8.h"

enum {
    MEMORY_BYTES = 512 << 20,
    PIECE_BYTES = 32 * 1024, /* of a long text; well under a frame */
    MAX_FRAME_TEXT = 16 << 20
};

struct out {
    int fd;
    struct mcp_buf packet; /* frames not yet sent */
};

static enum mcp_code flush(struct out *out, struct mcp_err *err) {
    ssize_t sent = 0;
    do
        sent = send(out->fd, out->packet.data, out->packet.len, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    mcp_buf_clear(&out->packet);
    return sent >= 0 ? MCP_OK : MCP_FAIL(err, MCP_E_CANCELLED, "the server is gone");
}

/* What ends an answer is sent with what has gathered before it. */
static enum mcp_code send_frame(struct out *out, enum database_frame type, struct mcp_str text,
                                struct mcp_err *err) {
    bool is_end =
        type == DATABASE_FRAME_DONE || type == DATABASE_FRAME_ERROR || type == DATABASE_FRAME_READY;
    if (!database_frame_add(&out->packet, (char)type, text)) {
        if (out->packet.len > 0)
            MCP_TRY(flush(out, err));
        if (!database_frame_add(&out->packet, (char)type, text))
            return MCP_FAIL(err, MCP_E_LIMIT, "%zu bytes do not fit into one packet", text.len);
    }
    return is_end ? flush(out, err) : MCP_OK;
}

/* A text longer than a frame goes in several; the receiver joins them. */
static enum mcp_code send_text(struct out *out, enum database_frame type, struct mcp_str text,
                               struct mcp_err *err) {
    size_t at = 0;
    do {
        size_t len = text.len - at < PIECE_BYTES ? text.len - at : PIECE_BYTES;
        MCP_TRY(send_frame(out, type, (struct mcp_str){text.ptr + at, len}, err));
        at += len;
    } while (at < text.len);
    return MCP_OK;
}

static enum mcp_code send_columns(void *user, struct mcp_str json, struct mcp_err *err) {
    return send_text(user, DATABASE_FRAME_COLUMNS, json, err);
}

static enum mcp_code send_rows(void *user, struct mcp_str json, struct mcp_err *err) {
    return send_text(user, DATABASE_FRAME_ROWS, json, err);
}

static enum mcp_code send_json(struct out *out, enum database_frame type, json_t *value,
                               struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_FRAME_TEXT);
    enum mcp_code code = value != NULL ? mcp_json_write(value, &text, err)
                                       : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    json_decref(value);
    return code == MCP_OK ? send_frame(out, type, mcp_buf_view(&text), err) : code;
}

static enum mcp_code send_csv(void *user, struct mcp_str text, struct mcp_err *err) {
    return send_text(user, DATABASE_FRAME_TEXT, text, err);
}

/* The engine quotes the query, and a message that is cut may end within a character: an error that
 * is not UTF-8 could not be told at all. */
static json_t *error_text(const char *text) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf repaired = MCP_BUF_INIT(4096);
    (void)mcp_utf8_repair(&repaired, mcp_str_of(text));
    return json_string(repaired.len > 0 ? repaired.data : "");
}

static void send_error(struct out *out, const struct mcp_err *why) {
    (void)send_json(out, DATABASE_FRAME_ERROR,
                    json_pack("{s:i, s:o, s:o}", "code", (int)why->code, "where",
                              error_text(why->where), "what", error_text(why->what)),
                    NULL);
}

static enum mcp_code run_query(struct out *out, struct database_backend *backend,
                               struct mcp_str frame, struct mcp_err *err) {
    struct database_sink sink = {send_columns, send_rows, send_csv, out};
    struct database_request request = {.sql = {"", 0}};
    json_t *options MCP_AUTO(mcp_json_decref) = NULL;
    MCP_AUTO(database_tally_deinit) struct database_tally tally = {0};
    MCP_TRY(database_request_parse(frame, &request, &options, err));
    MCP_TRY(backend->ops->query(backend, &request, &sink, &tally, err));
    return send_json(out, DATABASE_FRAME_DONE,
                     json_pack("{s:I, s:b, s:O, s:O, s:O}", "row_count",
                               (json_int_t)tally.row_count, "truncated", tally.is_truncated,
                               "warnings", tally.warnings, "types", tally.types, "parameters",
                               tally.parameters),
                     err);
}

static enum mcp_code run_describe(struct out *out, struct database_backend *backend, char type,
                                  struct mcp_err *err) {
    bool is_outline = type == DATABASE_FRAME_OUTLINE;
    json_t *catalogue MCP_AUTO(mcp_json_decref) = NULL;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_FRAME_TEXT);
    if (is_outline && backend->ops->outline == NULL)
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "no outline of this database");
    if (is_outline)
        MCP_TRY(backend->ops->outline(backend, &catalogue, err));
    else
        MCP_TRY(backend->ops->describe(backend, &catalogue, err));
    MCP_TRY(mcp_json_write(catalogue, &text, err));
    MCP_TRY(send_text(out, DATABASE_FRAME_ROWS, mcp_buf_view(&text), err));
    return send_frame(out, DATABASE_FRAME_DONE, MCP_STR("{}"), err);
}

static enum mcp_code run_frame(struct out *out, struct database_backend *backend, char type,
                               struct mcp_str text, struct mcp_err *err) {
    switch (type) {
    case DATABASE_FRAME_QUERY:
        return run_query(out, backend, text, err);
    case DATABASE_FRAME_DESCRIBE:
    case DATABASE_FRAME_OUTLINE:
        return run_describe(out, backend, type, err);
    default:
        return MCP_FAIL(err, MCP_E_BUG, "unknown frame");
    }
}

/* The next frame's length; 0 or less: the end, but for EINTR. */
static ssize_t next_frame(int fd, struct database_backend *backend, char *frame) {
    if (backend->ops->wait != NULL && backend->ops->wait(backend, fd, NULL) != MCP_OK)
        return 0;
    return recv(fd, frame, DATABASE_FRAME_BYTES, 0);
}

void database_worker_serve(int fd, struct database_backend *backend) {
    char *frame MCP_AUTO(mcp_freep) = mcp_alloc(DATABASE_FRAME_BYTES + 1);
    struct out out = {fd, MCP_BUF_INIT(DATABASE_FRAME_BYTES)};
    ssize_t len = 0;
    while (frame != NULL &&
           ((len = next_frame(fd, backend, frame)) > 0 || (len < 0 && errno == EINTR))) {
        if (len < 0)
            continue;
        struct mcp_err err = {0};
        struct mcp_str text = {frame + 1, (size_t)len - 1};
        enum mcp_code code = run_frame(&out, backend, frame[0], text, &err);
        if (code != MCP_OK)
            send_error(&out, &err);
    }
    mcp_buf_deinit(&out.packet);
}

static size_t number(const json_t *limits, const char *key) {
    json_int_t value = json_integer_value(json_object_get(limits, key));
    return value > 0 ? (size_t)value : 0;
}

enum mcp_code database_worker_open(const json_t *configuration,
                                   struct database_backend **out_backend, struct mcp_err *err) {
    const char *path = NULL;
    const json_t *given = json_object_get(configuration, "limits");
    struct database_postgres_source source = {
        .url = json_string_value(json_object_get(configuration, "url")),
        .password = json_string_value(json_object_get(configuration, "password")),
        .pass_file = json_string_value(json_object_get(configuration, "passfile"))};
    if (source.url == NULL)
        MCP_TRY(mcp_json_get_string(configuration, "path", &path, err));
    struct database_limits limits = {
        .max_query_bytes = number(given, "max_query_bytes"),
        .max_rows = number(given, "max_rows"),
        .max_result_bytes = number(given, "max_result_bytes"),
        .deadline_ms = number(given, "deadline_ms"),
        .heap_bytes = number(given, "heap_bytes"),
    };
    struct database_exposure exposure = {json_object_get(configuration, "allow"),
                                         json_object_get(configuration, "deny"),
                                         json_object_get(configuration, "mask")};
    if (source.url != NULL)
        return database_postgres_open(&source, &limits, &exposure, out_backend, err);
    return database_sqlite_open(path, &limits, &exposure, out_backend, err);
}

static enum mcp_code receive_configuration(int fd, json_t **out, struct mcp_err *err) {
    char *frame MCP_AUTO(mcp_freep) = mcp_alloc(DATABASE_FRAME_BYTES);
    if (frame == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    ssize_t len = recv(fd, frame, DATABASE_FRAME_BYTES, 0);
    if (len <= 1 || frame[0] != DATABASE_FRAME_CONFIGURE)
        return MCP_FAIL(err, MCP_E_PEER,
                        "no configuration: this program is started by mcp-database");
    return mcp_json_parse((struct mcp_str){frame + 1, (size_t)len - 1}, out, err);
}

static enum mcp_code prepare(int fd, struct database_backend **out_backend, struct mcp_err *err) {
    json_t *configuration MCP_AUTO(mcp_json_decref) = NULL;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    MCP_TRY(receive_configuration(fd, &configuration, err));
    MCP_TRY(database_worker_open(configuration, out_backend, err));
    return json_object_get(configuration, "url") != NULL
               ? database_sandbox_enter_connected(MEMORY_BYTES, err)
               : database_sandbox_enter(MEMORY_BYTES, err);
}

int database_worker_main(int fd) {
    struct database_backend *backend = NULL;
    struct mcp_err err = {0};
    struct out out = {fd, MCP_BUF_INIT(DATABASE_FRAME_BYTES)};
    enum mcp_code code = prepare(fd, &backend, &err);
    if (code != MCP_OK)
        send_error(&out, &err);
    else if (send_frame(&out, DATABASE_FRAME_READY, MCP_STR(""), &err) == MCP_OK)
        database_worker_serve(fd, backend);
    mcp_buf_deinit(&out.packet);
    if (backend != NULL)
        backend->ops->close(backend);
    return code == MCP_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
