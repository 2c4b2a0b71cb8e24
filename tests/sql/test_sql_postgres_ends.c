/* SPDX-License-Identifier: MIT */
/* The end of a query on PostgreSQL: a rollback that fails never harms a later query. Beside
 * with_postgres.sh. */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "administrator.h"
#include "database/postgres_backend.h"

enum { MOST_TRIES = 5 }; /* postgres_backend.c */

static const char one[] = "SELECT count(*) FROM things";
static const char wrong[] = "SELECT b FROM things";

/* ---- a relay in whose hands a rollback fails, as one that is cancelled does ---- */

struct relay {
    char dir[64];
    struct sockaddr_un address;
    int listener;
    pthread_t thread;
    atomic_int spoiled_left; /* so many rollbacks fail */
};

/* The same length, and an error within the transaction, which stays open. */
static void spoil(struct relay *relay, char *bytes, size_t len) {
    static const char rollback[] = "ROLLBACK";
    static const char failing[] = "SELECT x";
    char *found = memmem(bytes, len, rollback, sizeof rollback - 1);
    if (found != NULL && atomic_load(&relay->spoiled_left) > 0) {
        (void)atomic_fetch_sub(&relay->spoiled_left, 1);
        memcpy(found, failing, sizeof failing - 1);
    }
}

static void *pass_on(void *user) {
    struct relay *relay = user;
    struct sockaddr_un server = {.sun_family = AF_UNIX};
    char bytes[8192];
    (void)snprintf(server.sun_path, sizeof server.sun_path, "%s/.s.PGSQL.5432",
                   getenv("MCP_TEST_POSTGRES_DIR"));
    int to = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(to, (struct sockaddr *)&server, sizeof server), 0);
    int from = accept(relay->listener, NULL, NULL);
    ssize_t len = 1;
    while (len > 0) {
        struct pollfd fds[2] = {{from, POLLIN, 0}, {to, POLLIN, 0}};
        assert_true(poll(fds, 2, -1) > 0);
        bool is_client = fds[0].revents != 0;
        len = read(is_client ? from : to, bytes, sizeof bytes);
        if (len > 0 && is_client)
            spoil(relay, bytes, (size_t)len);
        if (len > 0)
            assert_int_equal(write(is_client ? to : from, bytes, (size_t)len), len);
    }
    (void)close(from);
    (void)close(to);
    return NULL;
}

static void relay_open(struct relay *relay) {
    *relay = (struct relay){.dir = "/tmp/mcp-relay-XXXXXX", .address.sun_family = AF_UNIX};
    assert_non_null(mkdtemp(relay->dir));
    (void)snprintf(relay->address.sun_path, sizeof relay->address.sun_path, "%s/.s.PGSQL.5432",
                   relay->dir);
    relay->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(
        bind(relay->listener, (struct sockaddr *)&relay->address, sizeof relay->address), 0);
    assert_int_equal(listen(relay->listener, 1), 0);
    assert_int_equal(pthread_create(&relay->thread, NULL, pass_on, relay), 0);
}

/* After the backend is closed. */
static void relay_close(struct relay *relay) {
    assert_int_equal(pthread_join(relay->thread, NULL), 0);
    (void)close(relay->listener);
    (void)unlink(relay->address.sun_path);
    (void)rmdir(relay->dir);
}

/* ---- queries ---- */

static struct database_backend *open_at(const char *host) {
    struct database_backend *backend = NULL;
    struct mcp_err err = {0};
    char url[256];
    (void)snprintf(url, sizeof url, "postgresql://ends_reader@/ends?host=%s", host);
    if (database_postgres_open(&(struct database_postgres_source){.url = url},
                               &(struct database_limits){0}, &(struct database_exposure){0},
                               &backend, &err) != MCP_OK)
        fail_msg("%s", err.what);
    return backend;
}

static enum mcp_code swallow(void *user, struct mcp_str text, struct mcp_err *err) {
    (void)user;
    (void)text;
    (void)err;
    return MCP_OK;
}

static enum mcp_code query(struct database_backend *backend, const char *sql, struct mcp_err *err) {
    const struct database_request request = {.sql = mcp_str_of(sql)};
    const struct database_sink sink = {swallow, swallow, swallow, NULL};
    MCP_AUTO(database_tally_deinit) struct database_tally tally = {0};
    return backend->ops->query(backend, &request, &sink, &tally, err);
}

static enum mcp_code describe(struct database_backend *backend, struct mcp_err *err) {
    json_t *catalogue MCP_AUTO(mcp_json_decref) = NULL;
    return backend->ops->describe(backend, &catalogue, err);
}

static int make(void **state) {
    (void)state;
    administrator_make_database("ends", "CREATE ROLE ends_reader LOGIN; CREATE TABLE things (a "
                                        "int); GRANT SELECT ON things TO ends_reader");
    return 0;
}

static void a_rollback_that_fails_is_tried_again(void **state) {
    (void)state;
    struct relay relay;
    struct mcp_err err = {0};
    relay_open(&relay);
    struct database_backend *backend = open_at(relay.dir);
    for (int spoiled = 1; spoiled < MOST_TRIES; spoiled++) {
        atomic_store(&relay.spoiled_left, spoiled);
        assert_int_equal(query(backend, one, NULL), MCP_OK);
        atomic_store(&relay.spoiled_left, spoiled);
        assert_int_equal(query(backend, wrong, NULL), MCP_E_SYNTAX);
        atomic_store(&relay.spoiled_left, spoiled);
        assert_int_equal(describe(backend, NULL), MCP_OK);
        assert_int_equal(atomic_load(&relay.spoiled_left), 0);
        if (query(backend, one, &err) != MCP_OK)
            fail_msg("after %d: %s", spoiled, err.what);
    }
    backend->ops->close(backend);
    relay_close(&relay);
}

/* The rows that were read are an answer; the session serves nobody else. */
static void a_session_that_cannot_be_rolled_back_is_lost(void **state) {
    (void)state;
    struct relay relay;
    struct mcp_err err = {0};
    int ends[2];
    relay_open(&relay);
    struct database_backend *backend = open_at(relay.dir);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    atomic_store(&relay.spoiled_left, MOST_TRIES);
    assert_int_equal(query(backend, one, NULL), MCP_OK);
    assert_int_equal(query(backend, one, &err), MCP_E_IO);
    assert_non_null(strstr(err.what, "lost; try again"));
    assert_int_equal(describe(backend, NULL), MCP_E_IO);
    assert_int_equal(backend->ops->wait(backend, ends[1], NULL), MCP_E_IO); /* ends the worker */
    (void)close(ends[0]);
    (void)close(ends[1]);
    backend->ops->close(backend);
    relay_close(&relay);
}

/* ---- cancelled by an administrator, at any moment ---- */

enum { STORM_QUERIES = 500, STORM_PHASES = 50 };

struct storm {
    atomic_uint answered; /* queries so far */
    atomic_bool is_over;
    char sql[64];
};

/* One cancel for each query, each time a little later in its course. */
static void *cancel_often(void *user) {
    struct storm *storm = user;
    unsigned seen = 0;
    PGconn *conn = administrate("ends");
    while (!atomic_load(&storm->is_over)) {
        unsigned now = atomic_load(&storm->answered);
        for (unsigned i = 0; now != seen && i < now % STORM_PHASES; i++)
            administrator_run(conn, "SELECT 1");
        if (now != seen)
            administrator_run(conn, storm->sql);
        seen = now;
    }
    PQfinish(conn);
    return NULL;
}

static void set_target(struct storm *storm) {
    PGconn *conn = administrate("ends");
    char *pid =
        administrator_ask(conn, "SELECT pid FROM pg_stat_activity"
                                " WHERE usename = 'ends_reader' ORDER BY backend_start DESC");
    (void)snprintf(storm->sql, sizeof storm->sql, "SELECT pg_cancel_backend(%s)", pid);
    free(pid);
    PQfinish(conn);
}

/* The answer is rows, or that it was cancelled; never a transaction that another query left. */
static void a_cancel_on_the_server_harms_one_query(void **state) {
    (void)state;
    struct storm storm = {0, false, ""};
    pthread_t thread;
    unsigned cancelled = 0;
    struct database_backend *backend = open_at(getenv("MCP_TEST_POSTGRES_DIR"));
    set_target(&storm);
    assert_int_equal(pthread_create(&thread, NULL, cancel_often, &storm), 0);
    for (size_t i = 0; i < STORM_QUERIES; i++) {
        struct mcp_err err = {0};
        enum mcp_code code = query(backend, one, &err);
        if (code != MCP_OK && strstr(err.what, "cancelled by an administrator") == NULL)
            fail_msg("%zu: %s %s", i, mcp_code_name(code), err.what);
        cancelled += code != MCP_OK;
        (void)atomic_fetch_add(&storm.answered, 1);
    }
    atomic_store(&storm.is_over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)printf("%u of %u queries cancelled on the server\n", cancelled, STORM_QUERIES);
    assert_int_equal(query(backend, one, NULL), MCP_OK);
    backend->ops->close(backend);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rollback_that_fails_is_tried_again),
        cmocka_unit_test(a_session_that_cannot_be_rolled_back_is_lost),
        cmocka_unit_test(a_cancel_on_the_server_harms_one_query),
    };
    return cmocka_run_group_tests_name("sql.postgres_ends", tests, make, NULL);
}
