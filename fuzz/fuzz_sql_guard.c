/* SPDX-License-Identifier: MIT */
/*
 * Target: the whole of what stands between a query and the file, but for the process around it, on
 * a fixed database with a hidden table, a hidden and a masked column.
 *
 * Properties: the file's bytes do not change and nothing appears beside it; what is hidden is in no
 * answer and no message; a refusal has a reason; the statement ends soon after its deadline; the
 * next one works.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "database/sqlite_backend.h"
#include "mcp/clock.h"

enum { DEADLINE_MS = 50, LONGEST_MS = 30000, MAX_FILE = 1 << 20, ENTRIES = 3 /* . .. and it */ };

static const char script[] =
    "CREATE TABLE secrets (token TEXT); INSERT INTO secrets VALUES ('q7fJ2xLmR9');"
    "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, email TEXT, wage INTEGER);"
    "INSERT INTO people VALUES (1, 'Ann', 'q7fJ2xLmR9@x', 1), (2, 'Bob', 'q7fJ2xLmR9@y', 2);"
    "CREATE VIEW leak AS SELECT token FROM secrets; CREATE VIEW names AS SELECT name FROM people;"
    "CREATE VIRTUAL TABLE notes USING fts5(body); INSERT INTO notes VALUES ('a shop');"
    "CREATE VIRTUAL TABLE hidden USING fts5(body); INSERT INTO hidden VALUES ('q7fJ2xLmR9');";
static const char secret[] = "q7fJ2xLmR9";

static char dir[] = "/tmp/mcp-fuzz-sql-XXXXXX";
static char path[64];
static struct database_backend *backend;
static struct mcp_buf before = MCP_BUF_INIT(MAX_FILE);

static void expect(bool is_so) {
    if (!is_so)
        abort();
}

static void clean(void) {
    backend->ops->close(backend);
    mcp_buf_deinit(&before);
    (void)unlink(path);
    (void)rmdir(dir);
}

static void open_once(void) {
    const struct database_limits limits = {.deadline_ms = DEADLINE_MS, .max_rows = 50};
    json_auto_t *denied = json_pack("[s, s, s]", "secrets", "hidden", "people.wage");
    json_auto_t *masked = json_pack("[s]", "people.email");
    const struct database_exposure exposure = {NULL, denied, masked};
    if (backend != NULL)
        return;
    expect(mkdtemp(dir) != NULL);
    (void)snprintf(path, sizeof path, "%s/fixed.db", dir);
    expect(database_sqlite_create(path, script, NULL) == MCP_OK);
    expect(mcp_file_read(path, &before, NULL) == MCP_OK);
    expect(database_sqlite_open(path, &limits, &exposure, &backend, NULL) == MCP_OK);
    expect(atexit(clean) == 0);
}

static enum mcp_code look(void *user, struct mcp_str text, struct mcp_err *err) {
    (void)err;
    const bool *may_hold = user;
    expect(*may_hold || memmem(text.ptr, text.len, secret, sizeof secret - 1) == NULL);
    return MCP_OK;
}

static enum mcp_code run(struct mcp_str sql, bool may_hold, struct mcp_err *err) {
    struct database_sink sink = {look, look, look, &may_hold};
    MCP_AUTO(database_tally_deinit) struct database_tally tally = {0};
    struct database_request request = {.sql = sql};
    return backend->ops->query(backend, &request, &sink, &tally, err);
}

static void expect_nothing_happened(void) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf after = MCP_BUF_INIT(MAX_FILE);
    size_t entries = 0;
    DIR *directory = opendir(dir);
    expect(directory != NULL);
    while (readdir(directory) != NULL) /* NOLINT(concurrency-mt-unsafe): one thread */
        entries++;
    (void)closedir(directory);
    expect(entries == ENTRIES);
    expect(mcp_file_read(path, &after, NULL) == MCP_OK);
    expect(mcp_str_equal(mcp_buf_view(&before), mcp_buf_view(&after)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mcp_err err = {0};
    open_once();
    struct mcp_str sql = {size > 0 ? (const char *)data : "", size};
    bool names_it = size > 0 && memmem(data, size, secret, sizeof secret - 1) != NULL;
    uint64_t began = mcp_clock_now_ms();
    enum mcp_code code = run(sql, names_it, &err);
    expect(mcp_clock_now_ms() - began < LONGEST_MS);
    expect(code == MCP_OK || (err.code == code && err.what[0] != '\0'));
    expect(names_it || strstr(err.what, secret) == NULL);
    expect_nothing_happened();
    expect(run(MCP_STR("SELECT count(*) FROM people"), false, NULL) == MCP_OK);
    return 0;
}
