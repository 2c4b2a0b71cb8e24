/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/state_key.h"
#include "vectors.h"

probe_fn probe_state_key;

static const char hex[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

static void the_setting_names_a_private_file(void **state) {
    (void)state;
    char path[] = "/tmp/mcp-state-key-XXXXXX";
    unsigned char key[SERVE_STATE_KEY_BYTES] = {0};
    bool has_key = false;
    struct mcp_err err = {0};
    int fd = mkstemp(path);
    assert_int_equal(write(fd, hex, sizeof hex - 1), (ssize_t)sizeof hex - 1);
    json_t *settings = json_pack("{s:s}", "state_key_file", path);
    assert_int_equal(serve_state_key_read(settings, key, &has_key, &err), MCP_OK);
    assert_true(has_key);
    for (unsigned i = 0; i < sizeof key; i++)
        assert_int_equal(key[i], i);
    assert_int_equal(fchmod(fd, 0640), 0);
    assert_int_equal(serve_state_key_read(settings, key, &has_key, &err), MCP_E_DENIED);
    assert_string_equal(err.where, path);
    assert_int_equal(fchmod(fd, 0600), 0);
    assert_int_equal(ftruncate(fd, 60), 0);
    err = (struct mcp_err){0};
    assert_int_equal(serve_state_key_read(settings, key, &has_key, &err), MCP_E_SYNTAX);
    assert_null(strstr(err.what, "0001"));
    (void)close(fd);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(serve_state_key_read(settings, key, &has_key, NULL), MCP_E_NOT_FOUND);
    json_decref(settings);
}

static void without_the_setting_there_is_none(void **state) {
    (void)state;
    unsigned char key[SERVE_STATE_KEY_BYTES];
    bool has_key = true;
    json_t *settings = json_object();
    assert_int_equal(serve_state_key_read(settings, key, &has_key, NULL), MCP_OK);
    assert_false(has_key);
    json_decref(settings);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    vectors_torture("serve.state_key", probe_state_key);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(the_setting_names_a_private_file),
        cmocka_unit_test(without_the_setting_there_is_none),
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return vectors_run("serve.state_key", probe_state_key, more, MCP_COUNT(more));
}
