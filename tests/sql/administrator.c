/* SPDX-License-Identifier: MIT */
/* administrator.c - see administrator.h. */
#include "administrator.h"

#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mcp/buf.h"

PGconn *administrate(const char *database) {
    char text[256];
    (void)snprintf(text, sizeof text, "host=%s user=postgres dbname=%s",
                   getenv("MCP_TEST_POSTGRES_DIR"), database);
    PGconn *conn = PQconnectdb(text);
    if (PQstatus(conn) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(conn));
    return conn;
}

char *administrator_ask(PGconn *conn, const char *sql) {
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail_msg("%s", PQerrorMessage(conn));
    char *copy = PQntuples(result) > 0 ? strdup(PQgetvalue(result, 0, 0)) : strdup("");
    PQclear(result);
    assert_non_null(copy);
    return copy;
}

void administrator_run(PGconn *conn, const char *sql) {
    free(administrator_ask(conn, sql));
}

void administrator_make_database(const char *name, const char *script) {
    char text[64];
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf whole = MCP_BUF_INIT(1 << 20);
    PGconn *conn = administrate("postgres");
    (void)snprintf(text, sizeof text, "CREATE DATABASE %s", name);
    administrator_run(conn, text);
    PQfinish(conn);
    static const char mark[] = "@DATABASE@";
    for (const char *at = NULL; (at = strstr(script, mark)) != NULL;
         script = at + sizeof mark - 1) {
        mcp_buf_add(&whole, (struct mcp_str){script, (size_t)(at - script)});
        mcp_buf_add(&whole, mcp_str_of(name));
    }
    mcp_buf_add(&whole, mcp_str_of(script));
    conn = administrate(name);
    administrator_run(conn, whole.data);
    PQfinish(conn);
}

void administrator_control(const char *word) {
    pid_t pid = 0;
    int status = -1;
    char argument[16];
    char path[256];
    (void)snprintf(argument, sizeof argument, "%s", word);
    (void)snprintf(path, sizeof path, "%s", getenv("MCP_TEST_POSTGRES_CTL"));
    char *argv[] = {path, argument, NULL};
    assert_int_equal(posix_spawn(&pid, path, NULL, NULL, argv, environ), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}
