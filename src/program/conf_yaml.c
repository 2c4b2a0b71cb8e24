/* SPDX-License-Identifier: MIT */
/* conf_yaml.c - see conf_yaml.h. Pure: no I/O, no clock, no log. */
#include "program/conf_yaml.h"

#include <string.h>

#include <yaml.h>

#include "mcp/utf8.h"
#include "program/yaml_scalar.h"

enum { MAX_POINTER_BYTES = 2 * MCP_YAML_MAX_BYTES }; /* "~" and "/" double */

struct frame {
    json_t *container; /* borrowed: its parent or the root holds it */
    json_t *key;       /* owned: the key whose value comes next; NULL: a key comes next */
    json_t *lines;     /* owned: key -> line it stands on; null in a sequence */
    size_t path_len;   /* bytes of the path that name the container */
};

/* What a locating walk looks for; a building walk has none. */
struct sought {
    struct mcp_str pointer;
    struct mcp_str parent; /* the pointer without its last token; as long as it when it is "" */
    bool at_key;
    bool is_found;
    bool parent_is_found;
    struct mcp_place place;
    struct mcp_place parent_place;
};

struct walk {
    yaml_parser_t parser;
    struct mcp_str text;
    struct frame stack[MCP_YAML_MAX_DEPTH];
    size_t depth;
    size_t event_count;
    size_t document_count;
    json_t *root;        /* owned */
    struct mcp_buf path; /* JSON pointer of the value that comes next */
    struct sought *sought;
};

static struct mcp_place place_of(yaml_mark_t mark) {
    return (struct mcp_place){mark.line + 1, mark.column + 1};
}

static enum mcp_code at_mark(struct mcp_err *err, enum mcp_code code, yaml_mark_t mark) {
    return mcp_err_at(err, code, "%zu:%zu", mark.line + 1, mark.column + 1);
}

/* Put the line and column of a byte in front of err->where. */
static enum mcp_code at_byte(struct mcp_err *err, enum mcp_code code, struct mcp_str text,
                             size_t offset) {
    size_t line = 1;
    size_t line_start = 0;
    for (size_t i = 0; i < offset && i < text.len; i++)
        if (text.ptr[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    size_t column =
        1 + mcp_utf8_length((struct mcp_str){text.ptr + line_start, offset - line_start});
    return mcp_err_at(err, code, "%zu:%zu", line, column);
}

static void leave(struct walk *walk) {
    struct frame *frame = &walk->stack[--walk->depth];
    json_decref(frame->key);
    json_decref(frame->lines);
}

static void walk_deinit(struct walk *walk) {
    while (walk->depth > 0)
        leave(walk);
    json_decref(walk->root);
    mcp_buf_deinit(&walk->path);
    yaml_parser_delete(&walk->parser);
}

static enum mcp_code walk_init(struct walk *walk, struct mcp_str text, struct mcp_err *err) {
    if (yaml_parser_initialize(&walk->parser) == 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    walk->text = text;
    yaml_parser_set_encoding(&walk->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&walk->parser, (const unsigned char *)text.ptr, text.len);
    return MCP_OK;
}

static struct frame *top(struct walk *walk) {
    return walk->depth > 0 ? &walk->stack[walk->depth - 1] : NULL;
}

static void cut_path(struct walk *walk, size_t len) {
    if (walk->path.len > len) {
        walk->path.len = len;
        walk->path.data[len] = '\0';
    }
}

static bool path_is(const struct walk *walk, struct mcp_str pointer) {
    return mcp_str_equal(mcp_buf_view(&walk->path), pointer);
}

/* A key (is_key) or a value named by walk->path begins at `mark`. */
static void notice(struct walk *walk, yaml_mark_t mark, bool is_key) {
    struct sought *sought = walk->sought;
    if (sought == NULL)
        return;
    bool is_member = walk->depth > 0 && json_is_object(top(walk)->container);
    bool is_wanted = is_key ? sought->at_key : !(sought->at_key && is_member);
    if (is_wanted && path_is(walk, sought->pointer)) {
        sought->is_found = true;
        sought->place = place_of(mark);
    } else if (!is_key && path_is(walk, sought->parent)) {
        sought->parent_is_found = true;
        sought->parent_place = place_of(mark);
    }
}

static enum mcp_code note_line(struct frame *frame, const char *key, size_t line,
                               struct mcp_err *err) {
    const json_t *first = json_object_get(frame->lines, key);
    if (first != NULL)
        return MCP_FAIL(err, MCP_E_SYNTAX, "\"%.100s\" is already set on line %lld", key,
                        (long long)json_integer_value(first));
    if (json_object_set_new(frame->lines, key, json_integer((json_int_t)line)) != 0)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    return MCP_OK;
}

/* A scalar where a key is due. */
static enum mcp_code take_key(struct walk *walk, json_t *key, const yaml_event_t *event,
                              struct mcp_err *err) {
    struct frame *frame = top(walk);
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
        strcmp((const char *)event->data.scalar.value, "<<") == 0)
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "merge keys are not supported");
    if (!json_is_string(key))
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "a key must be text: write \"%.40s\" in quotes",
                        (const char *)event->data.scalar.value);
    cut_path(walk, frame->path_len);
    mcp_pointer_add_key(&walk->path, mcp_json_str(key));
    MCP_TRY(mcp_buf_finish(&walk->path, err));
    MCP_TRY(note_line(frame, json_string_value(key), event->start_mark.line + 1, err));
    notice(walk, event->start_mark, true);
    frame->key = json_incref(key);
    return MCP_OK;
}

/* A value begins: bring the path to it. */
static enum mcp_code enter_value(struct walk *walk, const yaml_event_t *event,
                                 struct mcp_err *err) {
    struct frame *frame = top(walk);
    if (frame != NULL && json_is_array(frame->container)) {
        cut_path(walk, frame->path_len);
        mcp_pointer_add_index(&walk->path, json_array_size(frame->container));
        MCP_TRY(mcp_buf_finish(&walk->path, err));
    }
    notice(walk, event->start_mark, false);
    return MCP_OK;
}

static enum mcp_code put_value(struct walk *walk, json_t *value, struct mcp_err *err) {
    struct frame *frame = top(walk);
    int failed = 0;
    if (frame == NULL) {
        walk->root = json_incref(value);
    } else if (json_is_array(frame->container)) {
        failed = json_array_append(frame->container, value);
    } else {
        failed = json_object_set(frame->container, json_string_value(frame->key), value);
        json_decref(MCP_TAKE(frame->key));
    }
    return failed != 0 ? MCP_FAIL(err, MCP_E_NOMEM, "out of memory") : MCP_OK;
}

static bool key_is_due(struct walk *walk) {
    const struct frame *frame = top(walk);
    return frame != NULL && json_is_object(frame->container) && frame->key == NULL;
}

static enum mcp_code refuse_decoration(const yaml_char_t *anchor, const yaml_char_t *tag,
                                       struct mcp_err *err) {
    if (anchor != NULL)
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "anchors (&%.40s) are not supported",
                        (const char *)anchor);
    if (tag != NULL)
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "tags (%.40s) are not supported",
                        (const char *)tag);
    return MCP_OK;
}

static enum mcp_code take_scalar(struct walk *walk, const yaml_event_t *event,
                                 struct mcp_err *err) {
    const char *text = (const char *)event->data.scalar.value;
    json_auto_t *value = NULL;
    MCP_TRY(refuse_decoration(event->data.scalar.anchor, event->data.scalar.tag, err));
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        MCP_TRY(mcp_yaml_scalar(text, &value, err));
    else if (memchr(text, '\0', event->data.scalar.length) != NULL)
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "U+0000 in a string is not supported");
    else
        value = json_stringn(text, event->data.scalar.length);
    if (value == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (key_is_due(walk))
        return take_key(walk, value, event, err);
    MCP_TRY(enter_value(walk, event, err));
    return put_value(walk, value, err);
}

static enum mcp_code open_container(struct walk *walk, json_t *fresh, const yaml_event_t *event,
                                    struct mcp_err *err) {
    json_auto_t *container = fresh;
    json_auto_t *lines = event->type == YAML_MAPPING_START_EVENT ? json_object() : json_null();
    if (container == NULL || lines == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    if (key_is_due(walk))
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "a key must be text, not a %s",
                        json_is_array(container) ? "sequence" : "mapping");
    if (walk->depth == MCP_YAML_MAX_DEPTH)
        return MCP_FAIL(err, MCP_E_LIMIT, "nested more than %d deep", MCP_YAML_MAX_DEPTH);
    MCP_TRY(enter_value(walk, event, err));
    MCP_TRY(put_value(walk, container, err));
    walk->stack[walk->depth++] = (struct frame){
        .container = container, .lines = MCP_TAKE(lines), .path_len = walk->path.len};
    return MCP_OK;
}

static enum mcp_code open_document(struct walk *walk, const yaml_event_t *event,
                                   struct mcp_err *err) {
    if (walk->document_count++ > 0)
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "a second document is not supported");
    if (event->data.document_start.tag_directives.start !=
        event->data.document_start.tag_directives.end)
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "%%TAG directives are not supported");
    return MCP_OK;
}

static enum mcp_code take_event(struct walk *walk, const yaml_event_t *event, struct mcp_err *err) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return open_document(walk, event, err);
    case YAML_ALIAS_EVENT:
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "aliases (*%.40s) are not supported",
                        (const char *)event->data.alias.anchor);
    case YAML_SCALAR_EVENT:
        return take_scalar(walk, event, err);
    case YAML_SEQUENCE_START_EVENT:
        MCP_TRY(refuse_decoration(event->data.sequence_start.anchor, event->data.sequence_start.tag,
                                  err));
        return open_container(walk, json_array(), event, err);
    case YAML_MAPPING_START_EVENT:
        MCP_TRY(refuse_decoration(event->data.mapping_start.anchor, event->data.mapping_start.tag,
                                  err));
        return open_container(walk, json_object(), event, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        leave(walk);
        return MCP_OK;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    return MCP_OK;
}

/* libyaml gave up: its words, at the place it means. */
static enum mcp_code parser_failure(const struct walk *walk, struct mcp_err *err) {
    const yaml_parser_t *parser = &walk->parser;
    const char *context = parser->context != NULL ? parser->context : "";
    if (parser->error == YAML_MEMORY_ERROR)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    enum mcp_code code = MCP_FAIL(err, MCP_E_SYNTAX, "%s%s%s", parser->problem,
                                  *context != '\0' ? " " : "", context);
    if (parser->error == YAML_READER_ERROR)
        return at_byte(err, code, walk->text, parser->problem_offset);
    return at_mark(err, code, parser->problem_mark);
}

static enum mcp_code step(struct walk *walk, bool *out_is_end, struct mcp_err *err) {
    MCP_AUTO(yaml_event_delete) yaml_event_t event = {0};
    if (yaml_parser_parse(&walk->parser, &event) == 0)
        return parser_failure(walk, err);
    enum mcp_code code = MCP_OK;
    if (++walk->event_count > MCP_YAML_MAX_EVENTS)
        code = MCP_FAIL(err, MCP_E_LIMIT, "more than %d values and brackets", MCP_YAML_MAX_EVENTS);
    else
        code = take_event(walk, &event, err);
    *out_is_end = event.type == YAML_STREAM_END_EVENT;
    return code == MCP_OK ? MCP_OK : at_mark(err, code, event.start_mark);
}

/* Run until the end, or until what is sought has been found. */
static enum mcp_code run(struct walk *walk, struct mcp_str text, struct mcp_err *err) {
    if (text.len > MCP_YAML_MAX_BYTES)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d bytes", MCP_YAML_MAX_BYTES);
    size_t valid = mcp_utf8_valid_prefix(text);
    if (valid < text.len)
        return at_byte(err, MCP_FAIL(err, MCP_E_SYNTAX, "invalid UTF-8"), text, valid);
    MCP_TRY(walk_init(walk, text, err));
    bool is_done = false;
    while (!is_done) {
        MCP_TRY(step(walk, &is_done, err));
        is_done = is_done || (walk->sought != NULL && walk->sought->is_found);
    }
    return MCP_OK;
}

enum mcp_code mcp_yaml_parse(struct mcp_str text, json_t **out_root, struct mcp_err *err) {
    MCP_AUTO(walk_deinit) struct walk walk = {.path = MCP_BUF_INIT(MAX_POINTER_BYTES)};
    MCP_TRY(run(&walk, text, err));
    *out_root = walk.root != NULL ? MCP_TAKE(walk.root) : json_null();
    return MCP_OK;
}

static struct mcp_str parent_of(struct mcp_str pointer) {
    size_t len = pointer.len;
    while (len > 0 && pointer.ptr[len - 1] != '/')
        len--;
    return (struct mcp_str){pointer.ptr, len > 0 ? len - 1 : 0};
}

enum mcp_code mcp_yaml_locate(struct mcp_str text, struct mcp_str pointer, bool at_key,
                              struct mcp_place *out_place, struct mcp_err *err) {
    struct sought sought = {.pointer = pointer, .parent = parent_of(pointer), .at_key = at_key};
    MCP_AUTO(walk_deinit)
    struct walk walk = {.path = MCP_BUF_INIT(MAX_POINTER_BYTES), .sought = &sought};
    MCP_TRY(run(&walk, text, err));
    bool is_absent_member = at_key && sought.parent_is_found && pointer.len > 0;
    if (!sought.is_found && !is_absent_member)
        return mcp_err_at(err, MCP_FAIL(err, MCP_E_NOT_FOUND, "no such value"), "%.*s",
                          (int)(pointer.len < 120 ? pointer.len : 120), pointer.ptr);
    *out_place = sought.is_found ? sought.place : sought.parent_place;
    return MCP_OK;
}
