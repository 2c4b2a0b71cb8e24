/* SPDX-License-Identifier: MIT */
/* load_metadata - what it costs to read a metadata file, beside what jansson alone takes.
 *
 * usage: load_metadata json|product FILE ROUNDS
 * Prints one JSON object: "ms" of the fastest round, "peak_kib" and "rest_kib" of resident memory:
 * at most, and with one file loaded.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "product_metadata/reload.h"

static double now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static long status_kib(const char *key) {
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            kib = strtol(line + strlen(key), NULL, 10);
    if (file != NULL)
        (void)fclose(file);
    return kib;
}

/* Times are of the load alone, memory with what is kept. */
struct kept {
    json_t *root;
    struct mcp_schema *schema;
    struct product_store *store;
};

static bool load_json(struct kept *kept, const char *path) {
    json_decref(kept->root);
    kept->root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    return kept->root != NULL;
}

static bool load_product(struct kept *kept, const char *path) {
    struct mcp_err err = {0};
    const struct product_reload job = {.path = path, .schema = kept->schema, .store = kept->store};
    if (product_reload_run(&job, &err) == MCP_OK)
        return true;
    (void)fprintf(stderr, "%s: %s\n", err.where, err.what);
    return false;
}

static int run(bool is_json, const char *path, int rounds) {
    struct kept kept = {0};
    double best_ms = 1e18;
    if (product_loader_schema(&kept.schema, NULL) != MCP_OK ||
        product_store_new(&kept.store, NULL) != MCP_OK)
        return 1;
    for (int i = 0; i < rounds; i++) {
        double from_ms = now_ms();
        if (!(is_json ? load_json : load_product)(&kept, path))
            return 1;
        double took_ms = now_ms() - from_ms;
        best_ms = took_ms < best_ms ? took_ms : best_ms;
    }
    (void)malloc_trim(0);
    (void)printf("{\"ms\": %.1f, \"peak_kib\": %ld, \"rest_kib\": %ld}\n", best_ms,
                 status_kib("VmHWM:"), status_kib("VmRSS:"));
    json_decref(kept.root);
    product_store_free(kept.store);
    mcp_schema_free(kept.schema);
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 4 || (strcmp(argv[1], "json") != 0 && strcmp(argv[1], "product") != 0)) {
        (void)fputs("usage: load_metadata json|product FILE ROUNDS\n", stderr);
        return 2;
    }
    return run(strcmp(argv[1], "json") == 0, argv[2], (int)strtol(argv[3], NULL, 10));
}
