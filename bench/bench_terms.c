/* SPDX-License-Identifier: MIT */
/*
 * How long a term takes to resolve among 100,000 products, and what their index holds. Prints a
 * table; exits 1 when a misspelt term takes longer than its budget.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mcp/alloc.h"
#include "product_metadata/resolve.h"

enum { PRODUCTS = 100000, ALIASES = 4, QUERIES = 2000, BUDGET_US = 2000, MAX_FILE = 1 << 28 };

static uint64_t seed = 88172645463325252U;

static uint64_t random_number(void) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void add_word(struct mcp_buf *out, size_t number) {
    static const char *const sounds[] = {"ba",  "ce",  "di",  "fo",  "gu",   "ha",   "je",
                                         "ki",  "lo",  "mu",  "na",  "pe",   "ri",   "so",
                                         "tu",  "va",  "we",  "xi",  "yo",   "zu",   "bra",
                                         "cle", "dri", "flo", "gru", "ster", "tron", "max"};
    for (size_t i = 0; i < 2 + number % 2; i++) {
        mcp_buf_add(out, mcp_str_of(sounds[number % MCP_COUNT(sounds)]));
        number = number / MCP_COUNT(sounds) + number % 7;
    }
}

static void add_name(struct mcp_buf *out, size_t words) {
    for (size_t i = 0; i < words; i++) {
        if (i > 0)
            mcp_buf_addc(out, ' ');
        add_word(out, (size_t)(random_number() % 20000));
    }
}

/* One product as the metadata file has it. */
static void add_product(struct mcp_buf *out, size_t number) {
    mcp_buf_addf(out, "%s\"", number > 0 ? "," : "");
    add_name(out, 1);
    mcp_buf_addf(out, "_%zu\":{\"canonical_id\":\"PROD_%06zu\",\"canonical_name\":\"", number,
                 number);
    add_name(out, 3);
    mcp_buf_add(out, MCP_STR("\",\"aliases\":["));
    for (size_t i = 0; i < ALIASES; i++) {
        mcp_buf_add(out, i > 0 ? MCP_STR(",\"") : MCP_STR("\""));
        add_name(out, 1 + i % 3);
        mcp_buf_addc(out, '"');
    }
    mcp_buf_addf(out,
                 "],\"database_references\":{\"products.product_id\":%zu},"
                 "\"categories\":[\"toys\",\"garden\"]}",
                 number);
}

/* Of the processor: on a busy machine the clock would measure the neighbours. */
static double now_us(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare_doubles(const void *left, const void *right) {
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

/* A name of the metadata with `edits` letters of it changed, dropped or doubled. */
static void misspell(struct mcp_str name, unsigned edits, struct mcp_buf *out) {
    mcp_buf_clear(out);
    mcp_buf_add(out, name);
    for (unsigned i = 0; i < edits && out->len > 1; i++) {
        size_t at = (size_t)(random_number() % out->len);
        unsigned way = (unsigned)(random_number() % 3);
        if (way == 0) {
            out->data[at] = (char)('a' + random_number() % 26);
        } else if (way == 1) {
            memmove(out->data + at, out->data + at + 1, out->len - at - 1);
            out->len--;
        } else {
            char next = out->data[out->len - 1];
            memmove(out->data + at + 1, out->data + at, out->len - at - 1);
            mcp_buf_addc(out, next);
        }
    }
}

struct kind {
    const char *name;
    unsigned edits;
    int role;
};

static struct mcp_str name_of(const struct product_item *item, int role) {
    if (role == PRODUCT_ROLE_KEY)
        return item->key;
    return role == PRODUCT_ROLE_CANONICAL_ID     ? item->canonical_id
           : role == PRODUCT_ROLE_CANONICAL_NAME ? item->canonical_name
                                                 : item->aliases[random_number() % ALIASES];
}

static bool measure(const struct product_model *model, const struct product_term_index *index,
                    const struct kind *kind) {
    static double times[QUERIES];
    struct mcp_buf term = MCP_BUF_INIT(4096);
    size_t found = 0;
    size_t cut = 0;
    for (size_t i = 0; i < QUERIES; i++) {
        struct product_resolution resolution;
        const struct product_item *item = &model->items[random_number() % model->item_count];
        misspell(name_of(item, kind->role), kind->edits, &term);
        const struct product_question question = {
            .term = mcp_buf_view(&term), .limit = 5, .min_score = 600};
        double start = now_us();
        if (product_resolve(index, &question, &resolution, NULL) != MCP_OK)
            abort();
        times[i] = now_us() - start;
        found += resolution.count > 0;
        cut += resolution.is_truncated;
    }
    qsort(times, QUERIES, sizeof *times, compare_doubles);
    double slowest = times[QUERIES - 1];
    printf("%-34s %8.1f %8.1f %8.1f %8.1f   %5.1f %% %5.1f %%\n", kind->name, times[QUERIES / 2],
           times[QUERIES * 99 / 100], times[QUERIES * 999 / 1000], slowest,
           100.0 * (double)found / QUERIES, 100.0 * (double)cut / QUERIES);
    mcp_buf_deinit(&term);
    return times[QUERIES * 99 / 100] <= BUDGET_US;
}

int main(void) {
    static const struct kind kinds[] = {
        {"equal: alias", 0, PRODUCT_ROLE_ALIAS},
        {"misspelt once: alias", 1, PRODUCT_ROLE_ALIAS},
        {"misspelt twice: alias", 2, PRODUCT_ROLE_ALIAS},
        {"misspelt twice: canonical name", 2, PRODUCT_ROLE_CANONICAL_NAME},
        {"misspelt twice: canonical id", 2, PRODUCT_ROLE_CANONICAL_ID},
        {"misspelt twice: key", 2, PRODUCT_ROLE_KEY},
        {"misspelt four times: key", 4, PRODUCT_ROLE_KEY},
        {"misspelt six times: name", 6, PRODUCT_ROLE_CANONICAL_NAME},
    };
    struct mcp_buf text = MCP_BUF_INIT(MAX_FILE);
    struct product_model *model = NULL;
    struct product_term_index *index = NULL;
    json_t *root = NULL;
    bool is_fast = true;
    mcp_buf_add(&text, MCP_STR("{\"product_aliases\":{"));
    for (size_t i = 0; i < PRODUCTS; i++)
        add_product(&text, i);
    mcp_buf_add(&text, MCP_STR("}}"));
    if (mcp_json_parse(mcp_buf_view(&text), &root, NULL) != MCP_OK ||
        product_model_build(root, 0, &model, NULL) != MCP_OK)
        abort();
    json_decref(root);
    double start = now_us();
    if (product_term_index_new(model, &index, NULL) != MCP_OK)
        abort();
    printf("%zu products, %.1f MB of JSON; index built in %.0f ms, %.1f MB, %.2f of the file\n",
           model->item_count, (double)text.len / 1e6, (now_us() - start) / 1e3,
           (double)product_term_index_bytes(index) / 1e6,
           (double)product_term_index_bytes(index) / (double)text.len);
    printf("%-34s %8s %8s %8s %8s   %7s %7s\n", "microseconds a term", "median", "99 %", "99.9 %",
           "slowest", "found", "cut");
    for (size_t i = 0; i < MCP_COUNT(kinds); i++)
        is_fast = measure(model, index, &kinds[i]) && is_fast;
    product_term_index_free(index);
    product_model_free(model);
    mcp_buf_deinit(&text);
    return is_fast ? 0 : 1;
}
