/* SPDX-License-Identifier: MIT */
/* resolve.c - see resolve.h. Pure: no I/O, no clock, no log. */
#include "product_metadata/resolve.h"

#include <string.h>

#include "mcp/utf8.h"
#include "product_metadata/fold.h"

enum {
    MAX_FOLDED_BYTES = PRODUCT_TERM_MAX_BYTES * PRODUCT_FOLD_GROWTH,
    PREFIX_BASE = 500,
    PREFIX_SPAN = 400,
    FUZZY_SPAN = 900,
    ONE_EDIT_POINTS = 3, /* shorter terms are not looked for misspelt */
    TWO_EDITS_POINTS = 6,
    SHOWN_BYTES = 80 /* of a key in a message */
};

/* The best matches so far, one more than are wanted: whether there is one tells `truncated`. */
struct ranking {
    struct product_match best[PRODUCT_RESOLVE_MAX_LIMIT + 1];
    size_t count;
    size_t room;
    unsigned min_score;
    uint32_t term_points;
    bool is_cut;
};

static bool is_mapping(const struct product_match *match) {
    return match->name.role == PRODUCT_ROLE_MAPPING;
}

static bool same_owner(const struct product_match *a, const struct product_match *b) {
    return a->name.owner == b->name.owner && is_mapping(a) == is_mapping(b);
}

/* Before another of the same or another owner. */
static bool is_before(const struct product_match *a, const struct product_match *b) {
    if (a->score != b->score)
        return a->score > b->score;
    if (a->kind != b->kind)
        return a->kind < b->kind;
    if (is_mapping(a) != is_mapping(b))
        return is_mapping(b);
    if (a->name.owner != b->name.owner)
        return a->name.owner < b->name.owner;
    if (a->name.role != b->name.role)
        return a->name.role < b->name.role;
    return a->name.position < b->name.position;
}

/* Where the owner's former match stands; count when it has none. */
static size_t place_of(const struct ranking *ranking, const struct product_match *match) {
    size_t i = 0;
    while (i < ranking->count && !same_owner(&ranking->best[i], match))
        i++;
    return i;
}

static void offer(struct ranking *ranking, const struct product_match *match) {
    struct product_match *best = ranking->best;
    bool is_full = ranking->count == ranking->room;
    if (match->score < ranking->min_score ||
        (is_full && !is_before(match, &best[ranking->count - 1])))
        return;
    size_t hole = place_of(ranking, match);
    if (hole < ranking->count && !is_before(match, &best[hole]))
        return;
    if (hole == ranking->count && is_full)
        hole--; /* the last falls out */
    else if (hole == ranking->count)
        ranking->count++;
    for (; hole > 0 && is_before(match, &best[hole - 1]); hole--)
        best[hole] = best[hole - 1];
    best[hole] = *match;
}

static void on_equal(const struct product_hit *hit, void *user) {
    static const struct {
        enum product_match_kind kind;
        unsigned score;
    } rows[] = {
        [PRODUCT_ROLE_KEY] = {PRODUCT_MATCH_EXACT, 1000},
        [PRODUCT_ROLE_MAPPING] = {PRODUCT_MATCH_EXACT, 1000},
        [PRODUCT_ROLE_ALIAS] = {PRODUCT_MATCH_ALIAS, 980},
        [PRODUCT_ROLE_CANONICAL_ID] = {PRODUCT_MATCH_CANONICAL, 960},
        [PRODUCT_ROLE_CANONICAL_NAME] = {PRODUCT_MATCH_CANONICAL, 960},
    };
    const struct product_match match = {
        .kind = rows[hit->name.role].kind, .score = rows[hit->name.role].score, .name = hit->name};
    offer(user, &match);
}

static void on_prefix(const struct product_hit *hit, void *user) {
    struct ranking *ranking = user;
    const struct product_match match = {.kind = PRODUCT_MATCH_PREFIX,
                                        .score = PREFIX_BASE +
                                                 PREFIX_SPAN * ranking->term_points / hit->points,
                                        .name = hit->name};
    offer(ranking, &match);
}

static void on_fuzzy(const struct product_hit *hit, void *user) {
    struct ranking *ranking = user;
    uint32_t longer = hit->points > ranking->term_points ? hit->points : ranking->term_points;
    const struct product_match match = {.kind = PRODUCT_MATCH_FUZZY,
                                        .score = FUZZY_SPAN * (longer - hit->distance) / longer,
                                        .name = hit->name};
    offer(ranking, &match);
}

static struct product_walk walk_to(struct ranking *ranking,
                                   void (*on_hit)(const struct product_hit *hit, void *user)) {
    return (struct product_walk){
        .on_hit = on_hit, .user = ranking, .max_steps = PRODUCT_RESOLVE_MAX_STEPS};
}

/* Shorter names score higher: look ever further beyond the term until there are enough. */
static void rank_prefixes(const struct product_term_index *index, struct mcp_str term,
                          struct ranking *ranking) {
    struct product_walk walk = walk_to(ranking, on_prefix);
    uint32_t from = 1;
    for (uint32_t to = 1; to <= PRODUCT_PREFIX_MAX_REST && !walk.is_cut; to *= 2) {
        product_term_index_prefix(index, term, from, to, &walk);
        if (ranking->count == ranking->room)
            return;
        from = to + 1;
    }
    ranking->is_cut = ranking->is_cut || walk.is_cut;
}

static void rank_misspelt(const struct product_term_index *index, struct mcp_str term,
                          struct ranking *ranking) {
    struct product_walk walk = walk_to(ranking, on_fuzzy);
    if (ranking->term_points < ONE_EDIT_POINTS)
        return;
    product_term_index_fuzzy(index, term, ranking->term_points < TWO_EDITS_POINTS ? 1 : 2, &walk);
    ranking->is_cut = ranking->is_cut || walk.is_cut;
}

static void rank(const struct product_term_index *index, struct mcp_str term,
                 struct ranking *ranking) {
    struct product_walk walk = walk_to(ranking, on_equal);
    ranking->term_points = (uint32_t)mcp_utf8_length(term);
    product_term_index_equal(index, term, &walk);
    ranking->is_cut = walk.is_cut;
    bool is_known = ranking->count > 0;
    rank_prefixes(index, term, ranking);
    if (!is_known)
        rank_misspelt(index, term, ranking);
}

static enum mcp_code fold_term(struct mcp_str term, struct mcp_buf *out, struct mcp_err *err) {
    if (term.len > PRODUCT_TERM_MAX_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "the term is %zu bytes long: at most %d are allowed",
                        term.len, PRODUCT_TERM_MAX_BYTES);
    return product_fold(term, out, err);
}

static enum mcp_code check(const struct product_question *question, struct mcp_err *err) {
    if (question->limit < 1 || question->limit > PRODUCT_RESOLVE_MAX_LIMIT)
        return MCP_FAIL(err, MCP_E_INVALID, "expected a limit from 1 to %d, got %zu",
                        PRODUCT_RESOLVE_MAX_LIMIT, question->limit);
    if (question->min_score > PRODUCT_RESOLVE_MAX_SCORE)
        return MCP_FAIL(err, MCP_E_INVALID, "expected at most %d thousandths as score, got %u",
                        PRODUCT_RESOLVE_MAX_SCORE, question->min_score);
    return MCP_OK;
}

enum mcp_code product_resolve(const struct product_term_index *index,
                              const struct product_question *question,
                              struct product_resolution *out_resolution, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf term = MCP_BUF_INIT(MAX_FOLDED_BYTES);
    struct ranking ranking = {.room = question->limit + 1, .min_score = question->min_score};
    MCP_TRY(check(question, err));
    MCP_TRY(fold_term(question->term, &term, err));
    rank(index, mcp_buf_view(&term), &ranking);
    const struct product_match *best = ranking.best;
    out_resolution->count = ranking.count < question->limit ? ranking.count : question->limit;
    memcpy(out_resolution->matches, best, out_resolution->count * sizeof *best);
    out_resolution->is_ambiguous =
        ranking.count > 1 && best[0].score - best[1].score <= PRODUCT_RESOLVE_AMBIGUOUS_WITHIN;
    out_resolution->is_truncated = ranking.is_cut || ranking.count > question->limit;
    return MCP_OK;
}

static int shown(struct mcp_str text) {
    if (text.len <= SHOWN_BYTES)
        return (int)text.len;
    text.len = SHOWN_BYTES;
    return (int)mcp_utf8_valid_prefix(text);
}

/* How well a name fits a key that is looked up. */
enum fit { FIT_SAME_KEY, FIT_KEY, FIT_OTHER_NAME, FIT_NONE };

struct lookup {
    const struct product_model *model;
    struct mcp_str key;
    enum fit fit; /* the best so far, */
    uint32_t owner;
    bool is_shared; /* and whether others have it, too */
};

static enum fit fit_of(const struct lookup *lookup, struct product_name name) {
    if (name.role != PRODUCT_ROLE_KEY)
        return FIT_OTHER_NAME;
    return mcp_str_equal(product_name_text(lookup->model, name), lookup->key) ? FIT_SAME_KEY
                                                                              : FIT_KEY;
}

static void on_name(const struct product_hit *hit, void *user) {
    struct lookup *lookup = user;
    if (hit->name.role == PRODUCT_ROLE_MAPPING)
        return;
    enum fit fit = fit_of(lookup, hit->name);
    if (fit < lookup->fit) {
        lookup->fit = fit;
        lookup->owner = hit->name.owner;
        lookup->is_shared = false;
    } else if (fit == lookup->fit && hit->name.owner != lookup->owner) {
        lookup->is_shared = true;
    }
}

enum mcp_code product_lookup(const struct product_model *model,
                             const struct product_term_index *index, struct mcp_str key,
                             const struct product_item **out_item, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit)
    struct mcp_buf term = MCP_BUF_INIT(MAX_FOLDED_BYTES);
    struct lookup lookup = {.model = model, .key = key, .fit = FIT_NONE};
    struct product_walk walk = {
        .on_hit = on_name, .user = &lookup, .max_steps = PRODUCT_RESOLVE_MAX_STEPS};
    MCP_TRY(fold_term(key, &term, err));
    product_term_index_equal(index, mcp_buf_view(&term), &walk);
    if (lookup.fit == FIT_NONE)
        return MCP_FAIL(err, MCP_E_NOT_FOUND,
                        "no product is called \"%.*s\": resolve_terms finds similar names",
                        shown(key), key.ptr);
    if (lookup.is_shared)
        return MCP_FAIL(err, MCP_E_INVALID,
                        "several products are called \"%.*s\": resolve_terms lists their keys",
                        shown(key), key.ptr);
    *out_item = &model->items[lookup.owner];
    return MCP_OK;
}

const char *product_match_kind_name(enum product_match_kind kind) {
    static const char *const names[] = {"exact", "alias", "canonical", "prefix", "fuzzy"};
    return names[kind];
}
