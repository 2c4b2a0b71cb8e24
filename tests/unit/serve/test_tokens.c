/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mcp/log.h"
#include "serve/tokens.h"
#include "vectors.h"

probe_fn probe_tokens;

static char path[64];

static void put(const char *text, mode_t mode) {
    (void)snprintf(path, sizeof path, "/tmp/mcp-tokens-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    (void)close(fd);
}

static void a_private_file_is_read_and_its_tokens_hidden(void **state) {
    (void)state;
    struct mcp_err err = {0};
    struct serve_tokens tokens = {.count = 0};
    static const mode_t modes[] = {0600, 0400};
    for (size_t i = 0; i < MCP_COUNT(modes); i++) {
        put("ann:0123456789abcdef\n", modes[i]);
        assert_int_equal(serve_tokens_read(path, &tokens, &err), MCP_OK);
        assert_int_equal(tokens.count, 1);
        assert_string_equal(tokens.rows[0].name, "ann");
        serve_tokens_deinit(&tokens);
        assert_int_equal(unlink(path), 0);
    }
    assert_true(mcp_log_hide(NULL));
}

static void a_file_others_may_touch_is_refused(void **state) {
    (void)state;
    static const mode_t modes[] = {0640, 0604, 0620, 0602, 0644, 0666};
    struct serve_tokens tokens = {.count = 0};
    for (size_t i = 0; i < MCP_COUNT(modes); i++) {
        struct mcp_err err = {0};
        put("ann:0123456789abcdef\n", modes[i]);
        assert_int_equal(serve_tokens_read(path, &tokens, &err), MCP_E_DENIED);
        assert_non_null(strstr(err.what, "chmod 600"));
        assert_string_equal(err.where, path);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(tokens.count, 0);
}

/* systemd lets the process in by an access list, which shows as the group's bits. */
static void a_credential_may_show_a_group(void **state) {
    (void)state;
    static const struct {
        const char *dir;
        mode_t mode;
        enum mcp_code code;
    } rows[] = {{"/tmp", 0440, MCP_OK},          {"/tmp", 0400, MCP_OK},
                {"/tmp", 0460, MCP_E_DENIED},    {"/tmp", 0444, MCP_E_DENIED},
                {"/tm", 0440, MCP_E_DENIED},     {"", 0440, MCP_E_DENIED},
                {"/nowhere", 0440, MCP_E_DENIED}};
    for (size_t i = 0; i < MCP_COUNT(rows); i++) {
        struct serve_tokens tokens = {.count = 0};
        put("ann:0123456789abcdef\n", rows[i].mode);
        assert_int_equal(setenv("CREDENTIALS_DIRECTORY", rows[i].dir, 1), 0);
        assert_int_equal(serve_tokens_read(path, &tokens, NULL), rows[i].code);
        serve_tokens_deinit(&tokens);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    assert_true(mcp_log_hide(NULL));
}

static void what_is_wrong_has_its_place(void **state) {
    (void)state;
    struct mcp_err err = {0};
    char place[96];
    struct serve_tokens tokens = {.count = 0};
    put("ann:0123456789abcdef\nbob:short\n", 0600);
    assert_int_equal(serve_tokens_read(path, &tokens, &err), MCP_E_SYNTAX);
    (void)snprintf(place, sizeof place, "%s: line 2", path);
    assert_string_equal(err.where, place);
    assert_null(strstr(err.what, "short:"));
    assert_int_equal(unlink(path), 0);
    err = (struct mcp_err){0};
    assert_int_equal(serve_tokens_read(path, &tokens, &err), MCP_E_NOT_FOUND);
    assert_string_equal(err.where, path);
    err = (struct mcp_err){0};
    assert_int_equal(serve_tokens_read("/tmp", &tokens, &err), MCP_E_IO);
    assert_int_equal(tokens.count, 0);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("serve.tokens", probe_tokens);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(a_private_file_is_read_and_its_tokens_hidden),
        cmocka_unit_test(a_file_others_may_touch_is_refused),
        cmocka_unit_test(a_credential_may_show_a_group),
        cmocka_unit_test(what_is_wrong_has_its_place),
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return vectors_run("serve.tokens", probe_tokens, more, MCP_COUNT(more));
}
