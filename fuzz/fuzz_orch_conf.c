/* SPDX-License-Identifier: MIT */
/* Target: orch_conf_parse. Property: a refusal has a place in the file; what is accepted keeps its
 * bounds, and its effective form, read again, means the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "orchestrator/conf.h"

static char variable_a[] = "A=1";
static char variable_url[] = "URL=http://h/";
static char *const env[] = {variable_a, variable_url, NULL};

static void must(bool claim) {
    if (!claim)
        abort();
}

static void check_server(const struct orch_server *server) {
    must(server->id[0] != '\0' && server->name[0] != '\0');
    must(server->priority >= 1 && server->priority <= 999);
    must(server->timeout_ms >= 1000 && server->timeout_ms <= 3600000);
    must((server->url == NULL) != (server->argv == NULL));
    must((server->transport == MCP_DIAL_STDIO) == (server->argv != NULL));
    must(server->argv == NULL || server->argv[0] != NULL);
}

static void check_conf(const struct orch_conf *conf) {
    must(conf->server_count <= ORCH_MAX_SERVERS && conf->max_retries <= 100);
    for (size_t i = 0; i < conf->server_count; i++) {
        check_server(&conf->servers[i]);
        for (size_t j = 0; j < i && i < 16; j++)
            must(strcmp(conf->servers[i].name, conf->servers[j].name) != 0);
    }
}

/* JSON is YAML, unless the text holds what YAML or ${NAME} reads differently. */
static void check_again(const struct orch_conf *conf) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(1 << 20);
    MCP_AUTO(orch_conf_freep) struct orch_conf *again = NULL;
    must(mcp_json_write(conf->effective, &text, NULL) == MCP_OK);
    if (strstr(text.data, "${") == NULL &&
        orch_conf_parse(mcp_buf_view(&text), "again", env, &again, NULL, NULL) == MCP_OK)
        must(json_equal(conf->effective, again->effective));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mcp_str text = {(const char *)data, size};
    MCP_AUTO(orch_conf_freep) struct orch_conf *conf = NULL;
    json_auto_t *problems = NULL;
    struct mcp_err err = {0};
    enum mcp_code code = orch_conf_parse(text, "f.yaml", env, &conf, &problems, &err);
    must((code == MCP_OK) == (conf != NULL));
    must((code == MCP_E_SCHEMA) == (json_array_size(problems) > 0));
    if (code == MCP_OK) {
        check_conf(conf);
        check_again(conf);
    } else {
        must(strncmp(err.where, "f.yaml", 6) == 0 && err.what[0] != '\0');
    }
    return 0;
}
