/* SPDX-License-Identifier: MIT */
/* load_parts.c - a metadata text to a model, piece by piece; see load_pass.h. Pure: no I/O, no
 * clock, no log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/text_scan.h"
#include "mcp/alloc.h"
#include "product_metadata/load_pass.h"

/* Members [first, end) of a list (or one of the root's other members) as values. */
struct piece {
    struct product_pass *pass;
    enum product_part part; /* PRODUCT_PART_COUNT: the root's */
    const struct product_spans *spans;
    size_t first;
    size_t end;
    struct mcp_buf text; /* "{...}" */
    json_t *members;
    bool is_lost; /* could not be parsed */
};

static void piece_deinit(struct piece *piece) {
    mcp_buf_deinit(&piece->text);
    json_decref(piece->members);
}

/* Take as many members as a piece may have. */
static void choose(struct piece *piece) {
    const struct product_span *rows = piece->spans->rows;
    size_t first = piece->end;
    size_t end = first + 1;
    if (piece->part < PRODUCT_PART_COUNT)
        while (end < piece->spans->count && end - first < PRODUCT_LOAD_PIECE_COUNT &&
               rows[end].end - rows[first].key <= PRODUCT_LOAD_PIECE_BYTES)
            end++;
    piece->first = first;
    piece->end = end;
}

/* What the walk let pass, but the parser refuses: a duplicate key, a number out of range. Its
 * place is one in the piece's text, which begins with a brace that the whole text does not have. */
static enum mcp_code refuse(struct piece *piece, const struct mcp_err *why) {
    struct product_pass *pass = piece->pass;
    const char *colon = strchr(why->where, ':');
    size_t line = (size_t)strtoul(why->where, NULL, 10);
    size_t column = colon != NULL ? (size_t)strtoul(colon + 1, NULL, 10) : 1;
    struct mcp_place place = mcp_text_scan_place(pass->text, piece->spans->rows[piece->first].key);
    struct product_problem problem = {
        .rule = "json", .part = PRODUCT_PART_COUNT, .sentence = mcp_str_of(why->what)};
    problem.line = place.line + line - 1;
    problem.column = line > 1 ? column : place.column + column - 2;
    product_pass_tell(pass, &problem, MCP_E_SYNTAX);
    piece->is_lost = true;
    return MCP_OK;
}

static enum mcp_code fail(const struct product_pass *pass, enum mcp_code code, const char *what) {
    return mcp_err_at(pass->err, MCP_FAIL(pass->err, code, "%s", what), "%s", pass->load->name);
}

static enum mcp_code parse(struct piece *piece) {
    struct product_pass *pass = piece->pass;
    const struct product_span *rows = piece->spans->rows;
    size_t from = rows[piece->first].key;
    struct mcp_err why = {0};
    json_decref(piece->members);
    piece->members = NULL;
    piece->is_lost = false;
    mcp_buf_clear(&piece->text);
    mcp_buf_addc(&piece->text, '{');
    mcp_buf_add(&piece->text,
                (struct mcp_str){pass->text.ptr + from, rows[piece->end - 1].end - from});
    mcp_buf_addc(&piece->text, '}');
    MCP_TRY(mcp_err_at(pass->err, mcp_buf_finish(&piece->text, pass->err), "%s", pass->load->name));
    enum mcp_code code = mcp_json_parse(mcp_buf_view(&piece->text), &piece->members, &why);
    if (code == MCP_E_SYNTAX)
        return refuse(piece, &why);
    return code == MCP_OK ? MCP_OK : fail(pass, code, why.what);
}

/* Which of the piece's members the failure is in: the order of values is that of the text. */
static size_t position_of(const struct piece *piece, struct mcp_str pointer) {
    const char *list = product_part_name(piece->part);
    const char *key = NULL;
    json_t *value = NULL;
    size_t position = piece->first;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf start = MCP_BUF_INIT(2 * (size_t)PRODUCT_MAX_BYTES);
    json_object_foreach(piece->members, key, value) {
        mcp_buf_clear(&start);
        mcp_pointer_add_key(&start, mcp_str_of(list));
        mcp_pointer_add_key(&start, mcp_str_of(key));
        bool is_start = start.status == MCP_OK && start.len <= pointer.len &&
                        memcmp(start.data, pointer.ptr, start.len) == 0;
        if (is_start && (start.len == pointer.len || pointer.ptr[start.len] == '/'))
            return position;
        position++;
    }
    return piece->first;
}

static bool tell_failure(const struct mcp_schema_failure *failure, void *user) {
    const struct piece *piece = user;
    struct product_problem problem = {.pointer = failure->instance,
                                      .rule = failure->keyword,
                                      .sentence = failure->sentence,
                                      .part = piece->part};
    if (piece->part < PRODUCT_PART_COUNT)
        problem.position = position_of(piece, failure->instance);
    product_pass_tell_at(piece->pass, &problem, MCP_E_SCHEMA);
    return piece->pass->load->on_problem != NULL;
}

/* OK also when failures were told. */
static enum mcp_code validate(struct piece *piece, const json_t *root) {
    struct product_pass *pass = piece->pass;
    struct mcp_err why = {0};
    size_t before = pass->error_count;
    enum mcp_code code = mcp_schema_validate(pass->load->schema, root, tell_failure, piece, &why);
    return code == MCP_OK || pass->error_count > before ? MCP_OK : fail(pass, code, why.what);
}

/* The schema is that of the whole: a root with this piece alone. It judges each member alike. */
static enum mcp_code validate_members(struct piece *piece) {
    json_auto_t *others = json_object();
    json_auto_t *root = json_pack("{s:O, s:O}", product_part_name(piece->part), piece->members,
                                  product_part_name(PRODUCT_PART_COUNT - 1 - piece->part), others);
    if (root == NULL)
        return fail(piece->pass, MCP_E_NOMEM, "out of memory");
    return validate(piece, root);
}

/* Tell what the model refuses, at the pointer it names. */
static enum mcp_code refuse_build(struct product_pass *pass, enum mcp_code code,
                                  const struct mcp_err *why) {
    if (code == MCP_E_NOMEM)
        return fail(pass, code, why->what);
    const struct product_problem problem = {.pointer = mcp_str_of(why->where),
                                            .rule = "model",
                                            .part = PRODUCT_PART_COUNT,
                                            .sentence = mcp_str_of(why->what)};
    product_pass_tell_at(pass, &problem, code);
    return MCP_OK;
}

static enum mcp_code build(struct piece *piece, struct product_model *model) {
    struct mcp_err why = {0};
    enum mcp_code code = piece->part == PRODUCT_PART_PRODUCTS
                             ? product_model_add_items(model, piece->members, &why)
                             : product_model_add_mappings(model, piece->members, &why);
    return code == MCP_OK ? MCP_OK : refuse_build(piece->pass, code, &why);
}

/* No more is worth reading: nobody listens, and there is an error. */
static bool is_over(const struct product_pass *pass) {
    return pass->error_count > 0 && pass->load->on_problem == NULL;
}

static enum mcp_code load_piece(struct piece *piece, struct product_model *model) {
    choose(piece);
    MCP_TRY(parse(piece));
    if (!piece->is_lost)
        MCP_TRY(validate_members(piece));
    return piece->pass->error_count == 0 ? build(piece, model) : MCP_OK;
}

static enum mcp_code load_list(struct product_pass *pass, enum product_part part,
                               struct product_model *model) {
    MCP_AUTO(piece_deinit)
    struct piece piece = {.pass = pass,
                          .part = part,
                          .spans = &pass->outline.parts[part],
                          .text = MCP_BUF_INIT((size_t)PRODUCT_MAX_BYTES + 2)};
    while (piece.end < piece.spans->count && !is_over(pass))
        MCP_TRY(load_piece(&piece, model));
    return MCP_OK;
}

/* A key of a list with its number there. */
struct named {
    struct mcp_str key;
    size_t position;
};

static int compare_named(const void *left, const void *right) {
    const struct named *a = left;
    const struct named *b = right;
    size_t common = a->key.len < b->key.len ? a->key.len : b->key.len;
    int order = memcmp(a->key.ptr, b->key.ptr, common);
    if (order == 0)
        order = (a->key.len > b->key.len) - (a->key.len < b->key.len);
    if (order == 0)
        order = (a->position > b->position) - (a->position < b->position);
    return order;
}

static void tell_duplicate(struct product_pass *pass, enum product_part part,
                           const struct named *first, const struct named *again) {
    char sentence[160];
    const struct product_span *rows = pass->outline.parts[part].rows;
    struct mcp_place before = mcp_text_scan_place(pass->text, rows[first->position].key);
    struct mcp_place place = mcp_text_scan_place(pass->text, rows[again->position].key);
    int shown = (int)(again->key.len < 80 ? again->key.len : 80);
    (void)snprintf(sentence, sizeof sentence, "duplicate object key \"%.*s\": also on line %zu",
                   shown, again->key.ptr, before.line);
    const struct product_problem problem = {.rule = "json",
                                            .part = PRODUCT_PART_COUNT,
                                            .line = place.line,
                                            .column = place.column,
                                            .sentence = mcp_str_of(sentence)};
    product_pass_tell(pass, &problem, MCP_E_SYNTAX);
}

/* The parser finds duplicates within a piece; those of two pieces are neighbours once sorted. */
static enum mcp_code check_duplicates(struct product_pass *pass, enum product_part part,
                                      const struct product_model *model) {
    bool is_products = part == PRODUCT_PART_PRODUCTS;
    size_t count = is_products ? model->item_count : model->mapping_count;
    struct named *all MCP_AUTO(mcp_freep) = mcp_alloc((count + 1) * sizeof *all);
    if (all == NULL)
        return fail(pass, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        all[i] = (struct named){is_products ? model->items[i].key : model->mappings[i].term, i};
    qsort(all, count, sizeof *all, compare_named);
    for (size_t i = 1; i < count; i++)
        if (mcp_str_equal(all[i - 1].key, all[i].key))
            tell_duplicate(pass, part, &all[i - 1], &all[i]);
    return MCP_OK;
}

/* Move the member that the piece holds to the root. */
static enum mcp_code add_member(struct piece *piece, json_t *root) {
    const char *key = json_object_iter_key(json_object_iter(piece->members));
    struct mcp_err why = {.where = "1:2", .what = "duplicate object key"};
    if (json_object_get(root, key) != NULL)
        return refuse(piece, &why);
    if (json_object_update(root, piece->members) != 0)
        return fail(piece->pass, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

/* A root with the lists there are, empty. */
static json_t *hollow_root(const struct product_outline *outline) {
    json_auto_t *root = json_object();
    for (int i = 0; i < PRODUCT_PART_COUNT; i++)
        if (outline->has_part[i] &&
            json_object_set_new(root, product_part_name((enum product_part)i), json_object()) != 0)
            return NULL;
    return json_incref(root);
}

enum mcp_code product_load_other(struct product_pass *pass, const json_t *root) {
    struct piece piece = {.pass = pass, .part = PRODUCT_PART_COUNT};
    return validate(&piece, root);
}

static enum mcp_code add_others(struct product_pass *pass, json_t *root) {
    MCP_AUTO(piece_deinit)
    struct piece piece = {.pass = pass,
                          .part = PRODUCT_PART_COUNT,
                          .spans = &pass->outline.others,
                          .text = MCP_BUF_INIT((size_t)PRODUCT_MAX_BYTES + 2)};
    while (piece.end < piece.spans->count) {
        choose(&piece);
        MCP_TRY(parse(&piece));
        if (!piece.is_lost)
            MCP_TRY(add_member(&piece, root));
    }
    return product_load_other(pass, root);
}

/* What is beside the lists. */
static enum mcp_code load_rest(struct product_pass *pass, struct product_model *model) {
    json_auto_t *root = hollow_root(&pass->outline);
    struct mcp_err why = {0};
    if (is_over(pass))
        return MCP_OK;
    if (root == NULL)
        return fail(pass, MCP_E_NOMEM, "out of memory");
    MCP_TRY(add_others(pass, root));
    if (pass->error_count > 0)
        return MCP_OK;
    enum mcp_code code = product_model_add_rest(model, root, pass->load->now_wall_ms, &why);
    return code == MCP_OK ? MCP_OK : refuse_build(pass, code, &why);
}

static enum mcp_code load_all(struct product_pass *pass, struct product_model *model) {
    MCP_TRY(load_list(pass, PRODUCT_PART_PRODUCTS, model));
    MCP_TRY(load_list(pass, PRODUCT_PART_MAPPINGS, model));
    MCP_TRY(load_rest(pass, model));
    if (pass->error_count > 0)
        return MCP_OK;
    MCP_TRY(check_duplicates(pass, PRODUCT_PART_PRODUCTS, model));
    return check_duplicates(pass, PRODUCT_PART_MAPPINGS, model);
}

enum mcp_code product_load_parts(struct product_pass *pass, struct product_model **out_model) {
    MCP_AUTO(product_model_freep) struct product_model *model = NULL;
    const struct product_spans *parts = pass->outline.parts;
    MCP_TRY(mcp_err_at(pass->err,
                       product_model_new(parts[PRODUCT_PART_PRODUCTS].count,
                                         parts[PRODUCT_PART_MAPPINGS].count, &model, pass->err),
                       "%s", pass->load->name));
    MCP_TRY(load_all(pass, model));
    if (pass->error_count > 0)
        return pass->code;
    *out_model = MCP_TAKE(model);
    return MCP_OK;
}
