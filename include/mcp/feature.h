/* SPDX-License-Identifier: MIT */
/* feature.h - tools, resources, prompts and completions as rows a program fills. Layer: server. */
#ifndef MCP_FEATURE_H
#define MCP_FEATURE_H

#include "mcp/call.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a handler runs. */
enum mcp_where {
    MCP_INLINE,   /* memory only, microseconds: on the transport's thread */
    MCP_ON_WORKER /* may block: on a worker of the executor */
};

/* A picture for people. spec: 2025-11-25 icons */
struct mcp_icon {
    const char *src;       /* https: or data: URI */
    const char *mime_type; /* NULL: not said */
    const char *sizes;     /* "48x48 96x96" or "any", parted by spaces; NULL: not said */
    const char *theme;     /* "light" or "dark"; NULL: either */
};

struct mcp_icons {
    const struct mcp_icon *items;
    size_t count; /* at most 16 */
};

enum mcp_audience { MCP_FOR_USER = 1, MCP_FOR_ASSISTANT = 2 };

/* How a client may use a resource. */
struct mcp_annotations {
    unsigned audience;         /* MCP_FOR_*; 0: not said */
    bool has_priority;         /* else not said */
    double priority;           /* 0, optional, to 1, needed */
    const char *last_modified; /* RFC 3339; NULL: not said */
};

enum mcp_hint {
    MCP_HINT_READ_ONLY = 1,
    MCP_HINT_IDEMPOTENT = 2,
    MCP_HINT_DESTRUCTIVE = 4,
    MCP_HINT_OPEN_WORLD = 8
};

/*
 * Answer tools/call. `arguments` is an object that conforms to input_schema.
 *
 *   out     result   {"content": [...], "structuredContent"?: ..., "isError"?: true}; on failure
 *                    untouched. A tool with an output_schema must have structuredContent that meets
 *                    it, unless isError: what does not is never sent; its caller gets an isError
 *                    result that says where it fails. One given as bytes (mcp_result_set_encoded)
 *                    is not checked: it is the handler's own promise
 *   errors  any      becomes an isError result with err->where and err->what as its text, except
 *                    CANCELLED (no answer), BUG and NOMEM (JSON-RPC internal error)
 *           PENDING  after mcp_call_keep: finished later
 */
typedef enum mcp_code(mcp_tool_fn)(struct mcp_call *call, const json_t *arguments,
                                   struct mcp_result *result, void *user, struct mcp_err *err);

/* All texts are borrowed and must outlive the server (static, usually). */
struct mcp_tool {
    const char *name;  /* 1-64 of [A-Za-z0-9_.-] */
    const char *title; /* NULL: none */
    const char *description;
    const char *input_schema;  /* JSON text, root "type": "object"; passed on byte for byte */
    const char *output_schema; /* JSON text or NULL */
    unsigned hints;            /* MCP_HINT_*; absent ones are stated as false */
    enum mcp_where where;
    mcp_tool_fn *run;
    void *user;
    struct mcp_icons icons;
};

/*
 * Answer resources/read of `uri`. Result: {"contents": [...]}, usually one encoded member.
 * errors: NOT_FOUND becomes "Resource not found: " and err->what, with data.uri; others internal
 * errors.
 */
typedef enum mcp_code(mcp_read_fn)(struct mcp_call *call, const char *uri,
                                   struct mcp_result *result, void *user, struct mcp_err *err);

struct mcp_resource {
    const char *uri;
    const char *name;
    const char *title;       /* NULL: none */
    const char *description; /* NULL: none */
    const char *mime_type;   /* NULL: none */
    mcp_read_fn *read;
    void *user;
    int64_t ttl_ms; /* caching hint on the modern wire; 0: do not cache */
    enum mcp_where where;
    bool is_private; /* cacheScope private; else public */
    struct mcp_annotations annotations;
    struct mcp_icons icons;
    uint64_t size; /* bytes before encoding; 0: not said */
};

/*
 * Answer resources/read of a URI that matches a template. `values` is an object: variable -> text,
 * percent-decoded.
 */
typedef enum mcp_code(mcp_template_read_fn)(struct mcp_call *call, const char *uri,
                                            const json_t *values, struct mcp_result *result,
                                            void *user, struct mcp_err *err);

/* One argument of a prompt, or variable of a template, that wants proposals. */
struct mcp_completion {
    const char *argument;  /* its name */
    const char *prefix;    /* what there is of its value; "" at first */
    const json_t *context; /* object: values of the others, as far as known; or NULL */
    json_t *values;        /* out: an array; add strings. At most 100 are sent */
    bool has_more;         /* out: there are others */
    size_t total;          /* out: of all there are; 0: not known, or as many as `values` */
};

/* Propose values that begin with the prefix. errors: as mcp_prompt_fn */
typedef enum mcp_code(mcp_complete_fn)(struct mcp_call *call, struct mcp_completion *completion,
                                       void *user, struct mcp_err *err);

struct mcp_resource_template {
    const char *uri_template; /* RFC 6570 level 1: "database://schema/{table}" */
    const char *name;
    const char *title;
    const char *description;
    const char *mime_type;
    enum mcp_where where;
    mcp_template_read_fn *read;
    mcp_complete_fn *complete; /* NULL: no proposals */
    void *user;
    struct mcp_annotations annotations;
    struct mcp_icons icons;
};

struct mcp_prompt_argument {
    const char *name;
    const char *description; /* NULL: none */
    bool is_required;
    const char *title; /* NULL: none */
};

/* Answer prompts/get: {"description"?: ..., "messages": [...]}. `arguments`: object of strings. */
typedef enum mcp_code(mcp_prompt_fn)(struct mcp_call *call, const json_t *arguments,
                                     struct mcp_result *result, void *user, struct mcp_err *err);

struct mcp_prompt {
    const char *name;
    const char *title;
    const char *description;
    const struct mcp_prompt_argument *arguments;
    size_t argument_count;
    enum mcp_where where;
    mcp_prompt_fn *get;
    mcp_complete_fn *complete; /* NULL: no proposals */
    void *user;
    struct mcp_icons icons;
};

#ifdef __cplusplus
}
#endif

#endif
