/* SPDX-License-Identifier: MIT */
/* schema_dialect.c - see schema_dialect.h. Pure: no I/O, no clock, no log. */
#include "json/schema_dialect.h"

#define DRAFT_07 "http://json-schema.org/draft-07/schema"
#define BASE     "https://json-schema.org/draft/2020-12/"

enum { MAX_METASCHEMA_CHAIN = 8 }; /* $schema of a $schema of a ... */

extern const char mcp_metaschema_draft_07[];
extern const char mcp_metaschema_2020_12[];
extern const char mcp_metaschema_core[];
extern const char mcp_metaschema_applicator[];
extern const char mcp_metaschema_unevaluated[];
extern const char mcp_metaschema_validation[];
extern const char mcp_metaschema_meta_data[];
extern const char mcp_metaschema_format_annotation[];
extern const char mcp_metaschema_format_assertion[];
extern const char mcp_metaschema_content[];

static const struct {
    const char *uri;
    const char *text;
} metaschemas[] = {
    {DRAFT_07, mcp_metaschema_draft_07},
    {BASE "schema", mcp_metaschema_2020_12},
    {BASE "meta/core", mcp_metaschema_core},
    {BASE "meta/applicator", mcp_metaschema_applicator},
    {BASE "meta/unevaluated", mcp_metaschema_unevaluated},
    {BASE "meta/validation", mcp_metaschema_validation},
    {BASE "meta/meta-data", mcp_metaschema_meta_data},
    {BASE "meta/format-annotation", mcp_metaschema_format_annotation},
    {BASE "meta/format-assertion", mcp_metaschema_format_assertion},
    {BASE "meta/content", mcp_metaschema_content},
};

const char *mcp_schema_metaschema(struct mcp_str uri) {
    for (size_t i = 0; i < MCP_COUNT(metaschemas); i++)
        if (mcp_str_equal(uri, mcp_str_of(metaschemas[i].uri)))
            return metaschemas[i].text;
    return NULL;
}

struct mcp_schema_dialect mcp_schema_dialect_of(enum mcp_schema_draft draft) {
    return (struct mcp_schema_dialect){
        .draft = draft == MCP_SCHEMA_DRAFT_07 ? MCP_SCHEMA_DRAFT_07 : MCP_SCHEMA_2020_12,
        .has_applicator = true,
        .has_unevaluated = true,
        .has_validation = true,
    };
}

struct mcp_str mcp_schema_plain_uri(struct mcp_str uri) {
    if (uri.len > 0 && uri.ptr[uri.len - 1] == '#')
        uri.len--;
    return uri;
}

static enum mcp_code use_vocabulary(const char *uri, bool is_required,
                                    struct mcp_schema_dialect *dialect, struct mcp_err *err) {
    static const char *const silent[] = {"core", "meta-data", "format-annotation", "content"};
    struct mcp_str base = MCP_STR(BASE "vocab/");
    struct mcp_str text = mcp_str_of(uri);
    struct mcp_str name = {uri, 0};
    if (text.len > base.len && mcp_str_equal((struct mcp_str){uri, base.len}, base))
        name = (struct mcp_str){uri + base.len, text.len - base.len};
    if (mcp_str_equal(name, MCP_STR("applicator")))
        dialect->has_applicator = true;
    else if (mcp_str_equal(name, MCP_STR("unevaluated")))
        dialect->has_unevaluated = true;
    else if (mcp_str_equal(name, MCP_STR("validation")))
        dialect->has_validation = true;
    else if (mcp_str_equal(name, MCP_STR("format-assertion")))
        dialect->asserts_format = true;
    else {
        bool is_known = false;
        for (size_t i = 0; i < MCP_COUNT(silent); i++)
            is_known = is_known || mcp_str_equal(name, mcp_str_of(silent[i]));
        if (is_required && !is_known)
            return MCP_FAIL(err, MCP_E_UNSUPPORTED, "the vocabulary \"%s\" is not known", uri);
    }
    return MCP_OK;
}

static enum mcp_code narrow(const json_t *vocabulary, struct mcp_schema_dialect *dialect,
                            struct mcp_err *err) {
    if (!json_is_object(vocabulary))
        return MCP_OK;
    dialect->has_applicator = false;
    dialect->has_unevaluated = false;
    dialect->has_validation = false;
    json_t *open = mcp_schema_open(vocabulary);
    for (void *at = json_object_iter(open); at != NULL; at = json_object_iter_next(open, at))
        MCP_TRY(use_vocabulary(json_object_iter_key(at), json_is_true(json_object_iter_value(at)),
                               dialect, err));
    return MCP_OK;
}

static bool is_draft(struct mcp_str uri, enum mcp_schema_draft *out_draft) {
    if (mcp_str_equal(uri, MCP_STR(BASE "schema")))
        *out_draft = MCP_SCHEMA_2020_12;
    else if (mcp_str_equal(uri, MCP_STR(DRAFT_07)))
        *out_draft = MCP_SCHEMA_DRAFT_07;
    else
        return false;
    return true;
}

/* `uri` as a key of `remotes`, with or without an empty fragment; NULL when it is none. */
static const json_t *find_remote(const json_t *remotes, struct mcp_str uri) {
    const json_t *found = json_object_getn(remotes, uri.ptr, uri.len);
    if (found == NULL) {
        struct mcp_str plain = mcp_schema_plain_uri(uri);
        found = json_object_getn(remotes, plain.ptr, plain.len);
    }
    return found;
}

enum mcp_code mcp_schema_dialect_find(struct mcp_str uri, const json_t *remotes,
                                      struct mcp_schema_dialect *out_dialect, struct mcp_err *err) {
    const json_t *vocabulary = NULL;
    struct mcp_str at = uri;
    enum mcp_schema_draft draft = MCP_SCHEMA_AUTO;
    for (int i = 0; i < MAX_METASCHEMA_CHAIN; i++) {
        if (is_draft(mcp_schema_plain_uri(at), &draft)) {
            struct mcp_schema_dialect dialect = mcp_schema_dialect_of(draft);
            if (draft == MCP_SCHEMA_2020_12)
                MCP_TRY(narrow(vocabulary, &dialect, err));
            *out_dialect = dialect;
            return MCP_OK;
        }
        const json_t *metaschema = find_remote(remotes, at);
        if (metaschema == NULL)
            break;
        if (vocabulary == NULL)
            vocabulary = json_object_get(metaschema, "$vocabulary");
        at = mcp_json_str(json_object_get(metaschema, "$schema"));
    }
    return MCP_FAIL(err, MCP_E_UNSUPPORTED,
                    "the $schema \"%.*s\" is neither draft-07 nor 2020-12, nor given",
                    (int)(uri.len < 160 ? uri.len : 160), uri.ptr);
}
