/* SPDX-License-Identifier: MIT */
/* fixture.h - a sample database in a temporary directory. */
#ifndef DATABASE_FIXTURE_H
#define DATABASE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "database/sqlite_backend.h"

extern const char database_sample_script[];

struct fixture {
    char dir[64];
    char path[96];
};

static inline void fixture_make(struct fixture *fixture, const char *script) {
    (void)snprintf(fixture->dir, sizeof fixture->dir, "/tmp/mcp-database-XXXXXX");
    assert_non_null(mkdtemp(fixture->dir));
    (void)snprintf(fixture->path, sizeof fixture->path, "%s/sample.db", fixture->dir);
    struct mcp_err err = {0};
    enum mcp_code code = database_sqlite_create(fixture->path, script, &err);
    if (code != MCP_OK)
        print_error("%s %s\n", err.where, err.what);
    assert_int_equal(code, MCP_OK);
}

static inline void fixture_remove(const struct fixture *fixture) {
    char path[128];
    const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < MCP_COUNT(endings); i++) {
        (void)snprintf(path, sizeof path, "%s%s", fixture->path, endings[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(fixture->dir), 0);
}

#endif
