/* SPDX-License-Identifier: MIT */
/* mcp-probe MODULE: one JSON case a line on stdin, one JSON result a line on stdout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"
#include "probe_table.h"

static const char usage[] =
    "usage: mcp-probe MODULE         answer the cases on standard input\n"
    "       mcp-probe MODULE --help  what \"in\" and \"out\" of the module are\n"
    "       mcp-probe --list         the modules\n"
    "\n"
    "A case is one line, {\"in\": VALUE}; other members are ignored. Its answer is one line,\n"
    "{\"out\": VALUE} or {\"error\": {\"code\": \"E_...\", \"where\": TEXT, \"what\": TEXT}}.\n"
    "Bytes (B in the descriptions) are a string, {\"base64\": \"...\"}, {\"repeat\": B, \"times\": "
    "N}\n"
    "or a list of these, joined.\n"
    "\n"
    "  echo '{\"in\": {\"get\": \"/a/0\", \"of\": {\"a\": [true]}}}' | mcp-probe pointer\n"
    "\n"
    "exit status: 0 when the input ended, 2 for a module there is not\n"
    "scripts/contract.sh --probe mcp-probe judges every case of tests/vectors.\n";

static json_t *answer(probe_fn *run, const json_t *test) {
    struct mcp_err err = {0};
    json_auto_t *out = NULL;
    const json_t *in = json_object_get(test, "in");
    if (in == NULL)
        return json_pack("{s:{s:s, s:s, s:s}}", "error", "code", "E_SCHEMA", "where", "", "what",
                         "a case is an object with the member \"in\"");
    enum mcp_code code = run(in, &out, &err);
    if (code == MCP_OK)
        return json_pack("{s:O}", "out", out);
    return json_pack("{s:{s:s, s:s%, s:s%}}", "error", "code", mcp_code_name(code), "where",
                     err.where, strlen(err.where), "what", err.what, strlen(err.what));
}

static json_t *answer_line(probe_fn *run, const char *line, size_t len) {
    json_error_t why;
    json_auto_t *test = json_loadb(line, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    if (test != NULL)
        return answer(run, test);
    return json_pack("{s:{s:s, s:s, s:s}}", "error", "code", "E_SYNTAX", "where", "", "what",
                     why.text);
}

/* EXIT_FAILURE when an answer could not be written: a missing one would shift all that follow. */
static int serve(probe_fn *run) {
    char *line = NULL;
    size_t cap = 0;
    int status = EXIT_SUCCESS;
    for (ssize_t len = 0; status == EXIT_SUCCESS && (len = getline(&line, &cap, stdin)) > 0;) {
        json_auto_t *reply = answer_line(run, line, (size_t)len);
        if (reply == NULL || json_dumpf(reply, stdout, JSON_COMPACT | JSON_ENCODE_ANY) != 0 ||
            fputc('\n', stdout) == EOF || fflush(stdout) != 0) {
            (void)fprintf(stderr, "mcp-probe: an answer could not be written\n");
            status = EXIT_FAILURE;
        }
    }
    free(line);
    return status;
}

/* NULL, and said why, when the file is not there. */
static json_t *vectors_of(const char *module) {
    char path[1024];
    json_error_t why;
    (void)snprintf(path, sizeof path, "%s/%s.json", VECTORS_DIR, module);
    json_t *file = json_load_file(path, JSON_ALLOW_NUL, &why);
    if (file == NULL)
        (void)fprintf(stderr, "mcp-probe: %s: %s\n", path, why.text);
    return file;
}

static int list(void) {
    for (size_t i = 0; probe_table[i].name != NULL; i++) {
        json_auto_t *file = vectors_of(probe_table[i].name);
        if (file == NULL)
            return EXIT_FAILURE;
        (void)printf("%-18s %5zu cases  %s\n", probe_table[i].name,
                     json_array_size(json_object_get(file, "cases")),
                     json_string_value(json_array_get(json_object_get(file, "about"), 0)));
    }
    return EXIT_SUCCESS;
}

static int describe(const char *module) {
    json_auto_t *file = vectors_of(module);
    const json_t *about = json_object_get(file, "about");
    if (file == NULL)
        return EXIT_FAILURE;
    for (size_t i = 0; i < json_array_size(about); i++)
        (void)printf("%s\n", json_string_value(json_array_get(about, i)));
    (void)printf("\nReference: %s\nCases:     %s/%s.json\n",
                 json_string_value(json_object_get(file, "reference")), VECTORS_DIR, module);
    return EXIT_SUCCESS;
}

static int refuse(const char *word) {
    if (word == NULL) {
        (void)fprintf(stderr, "%s", usage);
        return 2;
    }
    (void)fprintf(stderr, "mcp-probe: no module \"%s\"; there are:", word);
    for (size_t i = 0; probe_table[i].name != NULL; i++)
        (void)fprintf(stderr, " %s", probe_table[i].name);
    (void)fprintf(stderr, "\n");
    return 2;
}

static bool is_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int main(int argc, char **argv) {
    const char *module = argc > 1 ? argv[1] : NULL;
    if (argc == 2 && is_help(module)) {
        (void)printf("%s", usage);
        return EXIT_SUCCESS;
    }
    if (argc == 2 && strcmp(module, "--list") == 0)
        return list();
    bool wants_help = argc == 3 && is_help(argv[2]);
    if (argc != 2 && !wants_help)
        return refuse(NULL);
    mcp_json_use_allocator(); /* cases with an allocation budget count on it */
    for (size_t i = 0; probe_table[i].name != NULL; i++)
        if (strcmp(module, probe_table[i].name) == 0)
            return wants_help ? describe(module) : serve(probe_table[i].run);
    return refuse(module);
}
