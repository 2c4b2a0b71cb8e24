/* SPDX-License-Identifier: MIT */
/* mcp-probe MODULE: one JSON case a line on stdin, one JSON result a line on stdout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"
#include "probe_table.h"

static json_t *answer(probe_fn *run, const json_t *test) {
    struct mcp_err err = {0};
    json_auto_t *out = NULL;
    const json_t *in = json_object_get(test, "in");
    enum mcp_code code = run(in != NULL ? in : test, &out, &err);
    if (code == MCP_OK)
        return json_pack("{s:O}", "out", out);
    return json_pack("{s:{s:s, s:s, s:s}}", "error", "code", mcp_code_name(code), "where",
                     err.where, "what", err.what);
}

static int serve(probe_fn *run) {
    char *line = NULL;
    size_t cap = 0;
    while (getline(&line, &cap, stdin) > 0) {
        json_error_t why;
        json_auto_t *test = json_loads(line, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
        json_auto_t *reply = test != NULL ? answer(run, test)
                                          : json_pack("{s:{s:s, s:s}}", "error", "code", "E_SYNTAX",
                                                      "what", why.text);
        (void)json_dumpf(reply, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
        (void)fputc('\n', stdout);
        (void)fflush(stdout);
    }
    free(line);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    mcp_json_use_allocator(); /* cases with an allocation budget count on it */
    for (size_t i = 0; argc == 2 && probe_table[i].name != NULL; i++)
        if (strcmp(argv[1], probe_table[i].name) == 0)
            return serve(probe_table[i].run);
    (void)fprintf(stderr, "usage: mcp-probe MODULE < cases.jsonl\nmodules:");
    for (size_t i = 0; probe_table[i].name != NULL; i++)
        (void)fprintf(stderr, " %s", probe_table[i].name);
    (void)fprintf(stderr, "\n");
    return 2;
}
