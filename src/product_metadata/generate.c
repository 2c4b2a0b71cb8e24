/* SPDX-License-Identifier: MIT */
/* generate.c - see generate.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/generate.h"

#include <stdio.h>

#include "mcp/json.h"
#include "mcp/timestamp.h"

enum { MAX_WORDS = 4, MAX_TEXT = 96 };

/* What one product says; unused words are "". */
struct sample {
    char key[MAX_TEXT];
    char id[MAX_TEXT];
    char name[MAX_TEXT];
    char aliases[MAX_WORDS][MAX_TEXT];
    int64_t number;
    char categories[MAX_WORDS][MAX_TEXT];
};

static const struct sample examples[] = {
    {"abracadabra",
     "PROD_123",
     "Magic Wand Pro",
     {"abra", "cadabra", "magic_wand", "magic wand pro"},
     123,
     {"entertainment", "magic", "toys"}},
    {"techgadget",
     "PROD_456",
     "TechGadget X1",
     {"tech_gadget", "gadget_x1", "x1"},
     456,
     {"electronics", "gadgets"}},
    {"supersonic",
     "PROD_789",
     "SuperSonic Blaster",
     {"sonic_blaster", "super_sonic", "blaster"},
     789,
     {"toys", "outdoor"}},
};

struct mapping {
    const char *term;
    const char *sql;
};

/* In PostgreSQL's words where engines differ. */
static const struct mapping mappings[] = {
    {"sales amount", "sales.total_amount"},
    {"customer name", "customers.full_name"},
    {"product name", "products.product_name"},
    {"order date", "orders.order_date"},
    {"this month", "DATE_TRUNC('month', {date_column}) = DATE_TRUNC('month', CURRENT_DATE)"},
    {"last month", "DATE_TRUNC('month', {date_column}) = "
                   "DATE_TRUNC('month', CURRENT_DATE - INTERVAL '1 month')"},
    {"this year", "DATE_TRUNC('year', {date_column}) = DATE_TRUNC('year', CURRENT_DATE)"},
    {"total revenue", "SUM(sales.total_amount)"},
    {"average price", "AVG(products.price)"},
    {"customer count", "COUNT(DISTINCT customers.customer_id)"},
};

/* Where SQLite has no words of its own for what the mappings say. */
static const struct mapping sqlite_mappings[] = {
    {"this month", "strftime('%Y-%m', {date_column}) = strftime('%Y-%m', CURRENT_DATE)"},
    {"last month", "strftime('%Y-%m', {date_column}) = "
                   "strftime('%Y-%m', CURRENT_DATE, 'start of month', '-1 month')"},
    {"this year", "strftime('%Y', {date_column}) = strftime('%Y', CURRENT_DATE)"},
};

static const char *const makers[] = {"Solar", "Nordic", "Quantum", "Velvet", "Copper", "Arctic",
                                     "Prime", "Lunar",  "Turbo",   "Amber",  "Zen",    "Crystal"};
static const char *const things[] = {"Lamp",   "Kettle",  "Drone", "Backpack", "Speaker", "Bicycle",
                                     "Camera", "Blender", "Tent",  "Monitor",  "Guitar",  "Chair"};
static const char *const grades[] = {"Pro", "Mini", "Max", "Lite", "Plus", "Air", "Neo", "One"};
static const char *const fields[] = {"electronics", "kitchen", "outdoor", "music",
                                     "office",      "sports",  "toys",    "home"};

/* SplitMix64: small, and the same everywhere. */
static uint64_t next_random(uint64_t *state) {
    *state += 0x9E3779B97F4A7C15U;
    uint64_t mixed = *state;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31);
}

#define PICK(words, state) ((words)[next_random(state) % MCP_COUNT(words)])

/* A-Z small; the words are ASCII. */
static void lower(char *text) {
    for (; *text != '\0'; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
}

/* Product `number` of the series; the number makes every name of it unique. */
static struct sample synthesize(int64_t number, uint64_t *state) {
    struct sample sample = {.number = number};
    const char *maker = PICK(makers, state);
    const char *thing = PICK(things, state);
    const char *grade = PICK(grades, state);
    long long shown = (long long)number;
    (void)snprintf(sample.key, MAX_TEXT, "%s_%s_%lld", maker, thing, shown);
    (void)snprintf(sample.id, MAX_TEXT, "PROD_%lld", shown);
    (void)snprintf(sample.name, MAX_TEXT, "%s %s %s %lld", maker, thing, grade, shown);
    (void)snprintf(sample.aliases[0], MAX_TEXT, "%c%c%lld", maker[0], thing[0], shown);
    (void)snprintf(sample.aliases[1], MAX_TEXT, "%s %s %lld", thing, grade, shown);
    (void)snprintf(sample.aliases[2], MAX_TEXT, "%s%lld", thing, shown);
    (void)snprintf(sample.categories[0], MAX_TEXT, "%s", PICK(fields, state));
    lower(sample.key);
    for (size_t i = 0; i < MAX_WORDS; i++)
        lower(sample.aliases[i]);
    return sample;
}

/* `"key": ` on a line of its own, `depth` steps in. */
static void begin_line(struct mcp_buf *out, size_t depth, bool is_first, const char *key) {
    mcp_buf_add(out, is_first ? MCP_STR("\n") : MCP_STR(",\n"));
    for (size_t i = 0; i < depth; i++)
        mcp_buf_add(out, MCP_STR("  "));
    if (key == NULL)
        return;
    mcp_json_add_string(out, mcp_str_of(key));
    mcp_buf_add(out, MCP_STR(": "));
}

static void end_block(struct mcp_buf *out, size_t depth, char bracket) {
    begin_line(out, depth, true, NULL);
    mcp_buf_addc(out, bracket);
}

static void add_text(struct mcp_buf *out, size_t depth, bool is_first, const char *key,
                     const char *text) {
    begin_line(out, depth, is_first, key);
    mcp_json_add_string(out, mcp_str_of(text));
}

static void add_words(struct mcp_buf *out, const char *key, const char words[][MAX_TEXT]) {
    begin_line(out, 3, false, key);
    mcp_buf_addc(out, '[');
    for (size_t i = 0; i < MAX_WORDS && words[i][0] != '\0'; i++)
        add_text(out, 4, i == 0, NULL, words[i]);
    end_block(out, 3, ']');
}

static void add_sample(struct mcp_buf *out, bool is_first, const struct sample *sample) {
    begin_line(out, 2, is_first, sample->key);
    mcp_buf_addc(out, '{');
    add_text(out, 3, true, "canonical_id", sample->id);
    add_text(out, 3, false, "canonical_name", sample->name);
    add_words(out, "aliases", sample->aliases);
    begin_line(out, 3, false, "database_references");
    mcp_buf_addc(out, '{');
    add_text(out, 4, true, "products.product_name", sample->name);
    begin_line(out, 4, false, "products.product_id");
    mcp_json_add_integer(out, sample->number);
    end_block(out, 3, '}');
    add_words(out, "categories", sample->categories);
    end_block(out, 2, '}');
}

static void add_products(const struct product_generate *options, struct mcp_buf *out) {
    uint64_t state = options->seed;
    begin_line(out, 1, false, "product_aliases");
    mcp_buf_addc(out, '{');
    for (size_t i = 0; i < options->product_count; i++) {
        const size_t beyond = 1000 + i - MCP_COUNT(examples); /* ids clear of the example's */
        if (i < MCP_COUNT(examples)) {
            add_sample(out, i == 0, &examples[i]);
        } else {
            const struct sample sample = synthesize((int64_t)beyond, &state);
            add_sample(out, false, &sample);
        }
    }
    if (options->product_count > 0)
        end_block(out, 1, '}');
    else
        mcp_buf_addc(out, '}');
}

static void add_mappings(struct mcp_buf *out, size_t depth, const struct mapping *rows,
                         size_t count) {
    begin_line(out, depth, depth > 1, "column_mappings");
    mcp_buf_addc(out, '{');
    for (size_t i = 0; i < count; i++)
        add_text(out, depth + 1, i == 0, rows[i].term, rows[i].sql);
    end_block(out, depth, '}');
}

static void add_dialects(struct mcp_buf *out) {
    begin_line(out, 1, false, "dialects");
    mcp_buf_addc(out, '{');
    begin_line(out, 2, true, "postgresql");
    mcp_buf_add(out, MCP_STR("{}"));
    begin_line(out, 2, false, "sqlite");
    mcp_buf_addc(out, '{');
    add_mappings(out, 3, sqlite_mappings, MCP_COUNT(sqlite_mappings));
    end_block(out, 2, '}');
    end_block(out, 1, '}');
}

enum mcp_code product_generate_write(const struct product_generate *options, struct mcp_buf *out,
                                     struct mcp_err *err) {
    char updated[MCP_TIMESTAMP_BYTES];
    if (options->product_count > PRODUCT_GENERATE_MAX)
        return MCP_FAIL(err, MCP_E_INVALID, "more than %d products", PRODUCT_GENERATE_MAX);
    mcp_timestamp_format(options->last_updated_ms, updated);
    mcp_buf_addc(out, '{');
    add_text(out, 1, true, "last_updated", updated);
    add_text(out, 1, false, "version", "1.0.0");
    add_products(options, out);
    add_mappings(out, 1, mappings, MCP_COUNT(mappings));
    add_dialects(out);
    mcp_buf_add(out, MCP_STR("\n}\n"));
    return mcp_buf_finish(out, err);
}
