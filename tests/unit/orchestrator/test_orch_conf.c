/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "orchestrator/conf.h"
#include "torture.h"
#include "vectors.h"

probe_fn probe_orch_conf;

static char text_1[] =
    "{\"yaml\": \"mcp_servers:\\n  a:\\n    name: A\\n    command: c\\n    args: [x]\\n    en"
    "v: {T: \\\"${V}\\\"}\\n    priority: 1\\n    domains: [d]\\n  b:\\n    name: B\\n    url:"
    " http://h/\\n    headers: {H: v}\\n    priority: 2\\norchestration:\\n  fail_fast: f"
    "alse\\n\", \"env\": [\"V=1\"]}";
static char text_2[] =
    "{\"yaml\": \"mcp_servers:\\n  a:\\n    name: A\\n    prority: 1\\n\", \"show\": \"problems\""
    "}";

static enum mcp_code scenario(void *user, struct mcp_err *err) {
    const char *text = user;
    json_auto_t *in = NULL;
    json_auto_t *out = NULL;
    MCP_TRY(mcp_json_parse(mcp_str_of(text), &in, err));
    return probe_orch_conf(in, &out, err);
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(scenario, text_1);
    torture_run(scenario, text_2);
}

static enum mcp_code parse_servers(int count, struct orch_conf **out_conf, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(ORCH_MAX_CONFIG_BYTES);
    mcp_buf_add(&text, MCP_STR("mcp_servers:\n"));
    for (int i = 0; i < count; i++)
        mcp_buf_addf(&text,
                     "  s%d:\n    name: N%d\n    url: http://h/\n    priority: %d\n"
                     "    transport: sse\n    timeout: 5\n    domains: [sales.eu, orders]\n"
                     "    capabilities: [list_resources, query]\n",
                     i, i, 1 + i % 999);
    return orch_conf_parse(mcp_buf_view(&text), "c", NULL, out_conf, NULL, err);
}

static void as_many_servers_as_allowed(void **state) {
    (void)state;
    for (int count = ORCH_MAX_SERVERS - 1; count <= ORCH_MAX_SERVERS; count++) {
        MCP_AUTO(orch_conf_freep) struct orch_conf *conf = NULL;
        assert_int_equal(parse_servers(count, &conf, NULL), MCP_OK);
        assert_int_equal(conf->server_count, count);
    }
    struct orch_conf *none = NULL;
    struct mcp_err err = {0};
    assert_int_equal(parse_servers(ORCH_MAX_SERVERS + 1, &none, &err), MCP_E_SCHEMA);
    assert_non_null(strstr(err.what, "1000"));
}

static void a_long_path_keeps_its_end(void **state) {
    (void)state;
    char path[201];
    struct orch_conf *conf = NULL;
    struct mcp_err err = {0};
    (void)memset(path, 'd', sizeof path);
    (void)snprintf(path + 190, 11, "/conf.yaml");
    assert_int_equal(orch_conf_parse(MCP_STR("a: 1\n"), path, NULL, &conf, NULL, &err),
                     MCP_E_SCHEMA);
    assert_non_null(strstr(err.where, "/conf.yaml:1:1"));
    assert_null(conf);
}

static void transports_have_names(void **state) {
    (void)state;
    assert_string_equal(orch_transport_name(MCP_DIAL_STREAMABLE), "streamable-http");
    assert_string_equal(orch_transport_name((enum mcp_dial_transport)77), "");
}

static void nothing_to_free_is_fine(void **state) {
    (void)state;
    struct orch_conf *none = NULL;
    orch_conf_free(NULL);
    orch_conf_freep(&none);
}

int main(void) {
    const struct CMUnitTest more[] = {
        cmocka_unit_test(survives_any_refused_allocation),
        cmocka_unit_test(as_many_servers_as_allowed),
        cmocka_unit_test(a_long_path_keeps_its_end),
        cmocka_unit_test(transports_have_names),
        cmocka_unit_test(nothing_to_free_is_fine),
    };
    return vectors_run("orchestrator.orch_conf", probe_orch_conf, more, MCP_COUNT(more));
}
