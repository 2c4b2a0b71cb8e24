/* SPDX-License-Identifier: MIT */
/* shape.c - see shape.h. Pure: no I/O, no clock, no log. */
#include "protocol/shape.h"

#include <assert.h>
#include <string.h>

#include "mcp/alloc.h"
#include "mcp/blob.h"
#include "protocol/meta.h"

#define V24   MCP_VERSION_2024_11_05
#define V0326 MCP_VERSION_2025_03_26
#define V0618 MCP_VERSION_2025_06_18
#define V1125 MCP_VERSION_2025_11_25
#define V26   MCP_VERSION_2026_07_28

/* Objects whose members differ between revisions. */
enum kind {
    ANY = 0, /* the same in all revisions */
    RESULT,  /* members every result may have */
    META,
    INITIALIZE,
    IMPLEMENTATION,
    SERVER_CAPABILITIES,
    TOOLS_LIST,
    TOOL,
    TOOLS_CALL,
    BLOCK,
    CONTENTS,
    ANNOTATIONS,
    RESOURCES_LIST,
    TEMPLATES_LIST,
    RESOURCE,
    RESOURCES_READ,
    PROMPTS_LIST,
    PROMPT,
    PROMPT_ARGUMENT,
    PROMPTS_GET,
    MESSAGE,
    PROGRESS,
    SAMPLING,
    ELICITATION
};

enum demand {
    NOTHING,
    OBJECT,       /* before 2026-07-28 only an object is allowed */
    OBJECT_SCHEMA /* before 2026-07-28 only a schema with "type": "object" */
};

/* A member of `kind` exists from `first` to `last`; what it holds (one, or a list of them) is of
 * kind `child`. Members without a row are the same everywhere. */
struct rule {
    const char *key;
    enum kind kind;
    enum kind child;
    enum mcp_version first;
    enum mcp_version last;
    enum demand demand;
};

/* clang-format off */
static const struct rule rules[] = {
    {"resultType",        RESULT, ANY, V26, V26, NOTHING},
    {"ttlMs",             RESULT, ANY, V26, V26, NOTHING},
    {"cacheScope",        RESULT, ANY, V26, V26, NOTHING},
    {"inputRequests",     RESULT, ANY, V26, V26, NOTHING},
    {"requestState",      RESULT, ANY, V26, V26, NOTHING},
    {"_meta",             RESULT, META, V0618, V26, NOTHING},
    {MCP_META_SERVER_INFO, META, ANY, V26, V26, NOTHING},

    {"serverInfo",        INITIALIZE, IMPLEMENTATION, V24, V26, NOTHING},
    {"capabilities",      INITIALIZE, SERVER_CAPABILITIES, V24, V26, NOTHING},
    {"title",             IMPLEMENTATION, ANY, V0618, V26, NOTHING},
    {"icons",             IMPLEMENTATION, ANY, V1125, V26, NOTHING},
    {"description",       IMPLEMENTATION, ANY, V1125, V26, NOTHING},
    {"websiteUrl",        IMPLEMENTATION, ANY, V1125, V26, NOTHING},
    {"completions",       SERVER_CAPABILITIES, ANY, V0326, V26, NOTHING},
    {"tasks",             SERVER_CAPABILITIES, ANY, V1125, V1125, NOTHING},
    {"extensions",        SERVER_CAPABILITIES, ANY, V26, V26, NOTHING},

    {"tools",             TOOLS_LIST, TOOL, V24, V26, NOTHING},
    {"title",             TOOL, ANY, V0618, V26, NOTHING},
    {"outputSchema",      TOOL, ANY, V0618, V26, OBJECT_SCHEMA},
    {"annotations",       TOOL, ANY, V0326, V26, NOTHING},
    {"icons",             TOOL, ANY, V1125, V26, NOTHING},
    {"execution",         TOOL, ANY, V1125, V1125, NOTHING},
    {"_meta",             TOOL, ANY, V0618, V26, NOTHING},

    {"content",           TOOLS_CALL, BLOCK, V24, V26, NOTHING},
    {"structuredContent", TOOLS_CALL, ANY, V0618, V26, OBJECT},

    {"annotations",       BLOCK, ANNOTATIONS, V24, V26, NOTHING},
    {"resource",          BLOCK, CONTENTS, V24, V26, NOTHING},
    {"icons",             BLOCK, ANY, V1125, V26, NOTHING},
    {"_meta",             BLOCK, ANY, V0618, V26, NOTHING},
    {"_meta",             CONTENTS, ANY, V0618, V26, NOTHING},
    {"lastModified",      ANNOTATIONS, ANY, V0618, V26, NOTHING},

    {"resources",         RESOURCES_LIST, RESOURCE, V24, V26, NOTHING},
    {"resourceTemplates", TEMPLATES_LIST, RESOURCE, V24, V26, NOTHING},
    {"title",             RESOURCE, ANY, V0618, V26, NOTHING},
    {"icons",             RESOURCE, ANY, V1125, V26, NOTHING},
    {"_meta",             RESOURCE, ANY, V0618, V26, NOTHING},
    {"annotations",       RESOURCE, ANNOTATIONS, V24, V26, NOTHING},
    {"contents",          RESOURCES_READ, CONTENTS, V24, V26, NOTHING},

    {"prompts",           PROMPTS_LIST, PROMPT, V24, V26, NOTHING},
    {"title",             PROMPT, ANY, V0618, V26, NOTHING},
    {"icons",             PROMPT, ANY, V1125, V26, NOTHING},
    {"_meta",             PROMPT, ANY, V0618, V26, NOTHING},
    {"arguments",         PROMPT, PROMPT_ARGUMENT, V24, V26, NOTHING},
    {"title",             PROMPT_ARGUMENT, ANY, V0618, V26, NOTHING},
    {"messages",          PROMPTS_GET, MESSAGE, V24, V26, NOTHING},
    {"content",           MESSAGE, BLOCK, V24, V26, NOTHING},

    {"message",           PROGRESS, ANY, V0326, V26, NOTHING},
    {"messages",          SAMPLING, MESSAGE, V24, V26, NOTHING},
    {"tools",             SAMPLING, ANY, V1125, V26, NOTHING},
    {"toolChoice",        SAMPLING, ANY, V1125, V26, NOTHING},
    {"mode",              ELICITATION, ANY, V1125, V26, NOTHING},
    {"elicitationId",     ELICITATION, ANY, V1125, V1125, NOTHING},
};

static const struct {
    const char *method;
    enum kind kind;
} roots[] = {
    {"initialize", INITIALIZE},
    {"tools/list", TOOLS_LIST},
    {"tools/call", TOOLS_CALL},
    {"resources/list", RESOURCES_LIST},
    {"resources/templates/list", TEMPLATES_LIST},
    {"resources/read", RESOURCES_READ},
    {"prompts/list", PROMPTS_LIST},
    {"prompts/get", PROMPTS_GET},
    {"notifications/progress", PROGRESS},
    {"sampling/createMessage", SAMPLING},
    {"elicitation/create", ELICITATION},
};

/* Content blocks that are not in all revisions. */
static const struct {
    const char *type;
    enum mcp_version first;
} blocks[] = {{"audio", V0326}, {"resource_link", V0618}};
/* clang-format on */

/* One bit a kind. */
_Static_assert(ELICITATION < 32, "kinds fit a mask");

static enum mcp_code no_memory(struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

static enum kind root_of(const struct mcp_method *method) {
    for (size_t i = 0; method != NULL && i < MCP_COUNT(roots); i++)
        if (strcmp(roots[i].method, method->name) == 0)
            return roots[i].kind;
    return ANY;
}

static bool has_bit(uint32_t mask, enum kind kind) {
    return (mask >> kind & 1U) != 0;
}

static bool is_limited(const struct rule *rule, enum mcp_version version) {
    return version < rule->first || version > rule->last ||
           (rule->demand != NOTHING && version < V26);
}

/* The kinds that differ in `version`, themselves or in what they hold. */
static uint32_t kinds_that_differ(enum mcp_version version) {
    uint32_t before = 0;
    uint32_t mask = version < V0618 ? 1U << BLOCK : 0;
    do {
        before = mask;
        for (size_t i = 0; i < MCP_COUNT(rules); i++)
            if (is_limited(&rules[i], version) || has_bit(mask, rules[i].child))
                mask |= 1U << rules[i].kind;
    } while (mask != before);
    return mask;
}

static bool meets(const json_t *value, enum demand demand) {
    if (demand == OBJECT)
        return json_is_object(value);
    struct mcp_str type = mcp_json_str(json_object_get(value, "type"));
    return demand == NOTHING || mcp_str_equal(type, MCP_STR("object"));
}

static bool is_unknown(const struct rule *rule, const json_t *value, enum mcp_version version) {
    return version < rule->first || version > rule->last ||
           (version < V26 && !meets(value, rule->demand));
}

static bool is_unknown_block(const json_t *block, enum mcp_version version) {
    struct mcp_str type = mcp_json_str(json_object_get(block, "type"));
    for (size_t i = 0; i < MCP_COUNT(blocks); i++)
        if (version < blocks[i].first && mcp_str_equal(type, mcp_str_of(blocks[i].type)))
            return true;
    return false;
}

/* A walk down to what differs. The table is a tree six levels deep at most. */
struct frame {
    json_t *node; /* object of `kind` or list of such; ours alone, held by the frame below */
    enum kind kind;
    size_t next; /* rule or element */
};

struct walk {
    enum mcp_version version;
    uint32_t differs;
    size_t depth;
    struct frame stack[8];
};

static void push(struct walk *walk, enum kind kind, json_t *node) {
    assert(walk->depth < MCP_COUNT(walk->stack));
    walk->stack[walk->depth++] = (struct frame){.node = node, .kind = kind};
}

/* `object` has a member that is removed or looked into. */
static bool touches_object(const struct walk *walk, enum kind kind, const json_t *object) {
    if (kind == BLOCK && is_unknown_block(object, walk->version))
        return true;
    for (size_t i = 0; i < MCP_COUNT(rules); i++) {
        if (rules[i].kind != kind)
            continue;
        const json_t *value = json_object_get(object, rules[i].key);
        if (value != NULL &&
            (has_bit(walk->differs, rules[i].child) || is_unknown(&rules[i], value, walk->version)))
            return true;
    }
    return false;
}

static bool touches(const struct walk *walk, enum kind kind, const json_t *value) {
    if (!has_bit(walk->differs, kind))
        return false;
    for (size_t i = 0; i < json_array_size(value); i++)
        if (touches_object(walk, kind, json_array_get(value, i)))
            return true;
    return touches_object(walk, kind, value);
}

static json_t *text_instead_of(const json_t *block) {
    const char *name = json_string_value(json_object_get(block, "name"));
    const char *what = json_string_value(json_object_get(block, "uri"));
    if (what == NULL)
        what = json_string_value(json_object_get(block, "mimeType"));
    json_auto_t *text =
        json_sprintf("[%s: %s%s%s]", json_string_value(json_object_get(block, "type")),
                     name != NULL ? name : "", name != NULL ? ", " : "", what != NULL ? what : "");
    return json_pack("{s:s, s:O}", "type", "text", "text", text);
}

/* jansson's copy overlooks a refused allocation. */
static json_t *shallow_copy(json_t *value) {
    size_t refused = mcp_alloc_refusals();
    json_t *copy = json_copy(value);
    if (mcp_alloc_refusals() == refused)
        return copy;
    json_decref(copy);
    return NULL;
}

/* What takes the place of `value` in its holder: NULL when it stays. It is walked into next. */
static enum mcp_code descend(struct walk *walk, enum kind kind, json_t *value, json_t **out_new,
                             struct mcp_err *err) {
    if (!touches(walk, kind, value))
        return MCP_OK;
    bool is_replaced = kind == BLOCK && is_unknown_block(value, walk->version);
    json_t *fresh = is_replaced ? text_instead_of(value) : shallow_copy(value);
    if (fresh == NULL)
        return no_memory(err);
    if (!is_replaced)
        push(walk, kind, fresh);
    *out_new = fresh;
    return MCP_OK;
}

static enum mcp_code step_object(struct walk *walk, struct frame *frame, struct mcp_err *err) {
    const struct rule *rule = &rules[frame->next++];
    json_t *value = rule->kind == frame->kind ? json_object_get(frame->node, rule->key) : NULL;
    json_t *fresh = NULL;
    if (value == NULL)
        return MCP_OK;
    if (is_unknown(rule, value, walk->version)) {
        (void)json_object_del(frame->node, rule->key);
        return MCP_OK;
    }
    MCP_TRY(descend(walk, rule->child, value, &fresh, err));
    if (fresh != NULL && json_object_set_new(frame->node, rule->key, fresh) != 0)
        return no_memory(err);
    return MCP_OK;
}

static enum mcp_code step_array(struct walk *walk, struct frame *frame, struct mcp_err *err) {
    size_t index = frame->next++;
    json_t *fresh = NULL;
    MCP_TRY(descend(walk, frame->kind, json_array_get(frame->node, index), &fresh, err));
    if (fresh != NULL && json_array_set_new(frame->node, index, fresh) != 0)
        return no_memory(err);
    return MCP_OK;
}

static enum mcp_code run(struct walk *walk, struct mcp_err *err) {
    while (walk->depth > 0) {
        struct frame *top = &walk->stack[walk->depth - 1];
        bool is_list = json_is_array(top->node);
        size_t count = is_list ? json_array_size(top->node) : MCP_COUNT(rules);
        if (top->next >= count)
            walk->depth--;
        else
            MCP_TRY(is_list ? step_array(walk, top, err) : step_object(walk, top, err));
    }
    return MCP_OK;
}

static enum mcp_code add_cache_hints(json_t *members, const struct mcp_shape *shape,
                                     struct mcp_err *err) {
    if (shape->method == NULL || !shape->method->is_cacheable)
        return MCP_OK;
    if (json_object_get(members, "ttlMs") == NULL &&
        json_object_set_new(members, "ttlMs", json_integer(shape->ttl_ms)) != 0)
        return no_memory(err);
    const char *scope = shape->is_private ? "private" : "public";
    if (json_object_get(members, "cacheScope") == NULL &&
        json_object_set_new(members, "cacheScope", json_string(scope)) != 0)
        return no_memory(err);
    return MCP_OK;
}

static enum mcp_code add_modern(struct mcp_result *result, const struct mcp_shape *shape,
                                struct mcp_err *err) {
    if (result->members == NULL)
        result->members = json_object();
    json_t *members = result->members;
    if (json_object_get(members, "resultType") == NULL &&
        json_object_set_new(members, "resultType", json_string("complete")) != 0)
        return no_memory(err);
    struct mcp_str type = mcp_json_str(json_object_get(members, "resultType"));
    if (mcp_str_equal(type, MCP_STR("complete")))
        MCP_TRY(add_cache_hints(members, shape, err));
    const json_t *meta = json_object_get(members, "_meta");
    if (shape->server_info == NULL || json_object_get(meta, MCP_META_SERVER_INFO) != NULL)
        return MCP_OK;
    return mcp_meta_set(members, MCP_META_SERVER_INFO, shape->server_info, err);
}

/* Only a complete result has a form in a revision without resultType. */
static enum mcp_code check_type(const json_t *members, const struct mcp_version_info *info,
                                struct mcp_err *err) {
    const json_t *type = json_object_get(members, "resultType");
    if (info->has_result_type || type == NULL ||
        mcp_str_equal(mcp_json_str(type), MCP_STR("complete")))
        return MCP_OK;
    return MCP_FAIL(err, MCP_E_UNSUPPORTED, "result type \"%s\" does not exist in %s",
                    json_is_string(type) ? json_string_value(type) : "?", info->text);
}

/* Remove in place: the top level of `members` is the result's own. */
static enum mcp_code remove_unknown(json_t *members, enum kind root, enum mcp_version version,
                                    struct mcp_err *err) {
    struct walk walk = {.version = version, .differs = kinds_that_differ(version)};
    if (has_bit(walk.differs, RESULT))
        push(&walk, RESULT, members);
    MCP_TRY(run(&walk, err));
    if (has_bit(walk.differs, root))
        push(&walk, root, members);
    return run(&walk, err);
}

/* The member that is bytes already is kept or dropped whole; the first byte tells an object. */
static bool is_encoded_unknown(const struct mcp_encoded *encoded, const struct mcp_shape *shape) {
    enum kind root = root_of(shape->method);
    struct mcp_str bytes = mcp_blob_view(encoded->json);
    bool is_object = bytes.len > 0 && bytes.ptr[0] == '{';
    for (size_t i = 0; i < MCP_COUNT(rules); i++)
        if (rules[i].kind == root && strcmp(rules[i].key, encoded->key) == 0)
            return shape->version < rules[i].first || shape->version > rules[i].last ||
                   (shape->version < V26 && rules[i].demand == OBJECT && !is_object);
    return false;
}

static void drop_unknown_encoded(struct mcp_result *result, const struct mcp_shape *shape) {
    for (size_t i = MCP_RESULT_MAX_ENCODED; i-- > 0;)
        if (result->encoded[i].key != NULL && is_encoded_unknown(&result->encoded[i], shape))
            mcp_result_drop_encoded(result, i);
}

enum mcp_code mcp_shape_result(struct mcp_result *result, const struct mcp_shape *shape,
                               struct mcp_err *err) {
    const struct mcp_version_info *info = mcp_version_info(shape->version);
    drop_unknown_encoded(result, shape);
    if (result->members != NULL) {
        MCP_TRY(check_type(result->members, info, err));
        MCP_TRY(remove_unknown(result->members, root_of(shape->method), shape->version, err));
    }
    return info->is_modern ? add_modern(result, shape, err) : MCP_OK;
}

enum mcp_code mcp_shape_params(json_t *params, const struct mcp_method *method,
                               enum mcp_version version, json_t **out_params, struct mcp_err *err) {
    struct walk walk = {.version = version, .differs = kinds_that_differ(version)};
    enum kind root = root_of(method);
    struct mcp_str mode = mcp_json_str(json_object_get(params, "mode"));
    if (root == ELICITATION && !mcp_version_info(version)->has_url_elicitation &&
        mcp_str_equal(mode, MCP_STR("url")))
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "elicitation mode \"url\" does not exist in %s",
                        mcp_version_text(version));
    json_auto_t *fresh = NULL;
    MCP_TRY(descend(&walk, root, params, &fresh, err));
    MCP_TRY(run(&walk, err));
    *out_params = fresh != NULL ? MCP_TAKE(fresh) : json_incref(params);
    return MCP_OK;
}
