/* SPDX-License-Identifier: MIT */
/* call_args.c - see call_args.h. Pure: no I/O, no clock, no log. */
#include "call/call_args.h"

#include <stddef.h>
#include <string.h>

#include "client/peer_text.h"
#include "mcp/alloc.h"

/* Words being read. */
struct reader {
    const char *const *argv;
    size_t count;
    size_t at;
    struct call_args *args;
    const char **plain; /* words that are no options, before "--" */
    size_t plain_count;
    const char **last; /* words after "--" */
    size_t last_count;
    bool has_dashes;
};

typedef enum mcp_code(take_fn)(struct reader *reader, const char *value, struct mcp_err *err);

struct option {
    const char *name;
    char letter; /* 0: none */
    bool has_value;
    take_fn *take;  /* may be NULL for a text */
    size_t text_at; /* where in call_args a text is kept; 0: nowhere */
};

static struct mcp_peer_text quoted(const char *word) {
    return mcp_peer_text(mcp_str_of(word));
}

static size_t count_of(const char *const *words) {
    size_t count = 0;
    while (words[count] != NULL)
        count++;
    return count;
}

static enum mcp_code take_transport(struct reader *reader, const char *value, struct mcp_err *err) {
    static const struct {
        const char *name;
        enum mcp_dial_transport transport;
    } table[] = {{"auto", MCP_DIAL_AUTO},
                 {"stdio", MCP_DIAL_STDIO},
                 {"sse", MCP_DIAL_SSE},
                 {"streamable", MCP_DIAL_STREAMABLE},
                 {"streamable-http", MCP_DIAL_STREAMABLE}};
    for (size_t i = 0; i < MCP_COUNT(table); i++) {
        if (strcmp(value, table[i].name) != 0)
            continue;
        reader->args->transport = table[i].transport;
        return MCP_OK;
    }
    return MCP_FAIL(err, MCP_E_INVALID,
                    "--transport is \"%s\": expected auto, streamable, sse or stdio",
                    quoted(value).text);
}

/* auto, or a revision. */
static enum mcp_code take_revision(struct reader *reader, const char *value, struct mcp_err *err) {
    enum mcp_version version = mcp_version_parse(mcp_str_of(value));
    bool is_auto = strcmp(value, "auto") == 0;
    if (version == MCP_VERSION_NONE && !is_auto)
        return MCP_FAIL(err, MCP_E_INVALID, "--revision is \"%s\": expected auto, or %s to %s",
                        quoted(value).text, mcp_version_text(MCP_VERSION_OLDEST),
                        mcp_version_text(MCP_VERSION_NEWEST));
    bool is_modern = mcp_version_info(version)->is_modern;
    reader->args->era = is_auto ? MCP_ERA_AUTO : is_modern ? MCP_ERA_MODERN : MCP_ERA_LEGACY;
    reader->args->offer = is_modern ? MCP_VERSION_NONE : version;
    return MCP_OK;
}

static enum mcp_code bad_timeout(const char *value, struct mcp_err *err) {
    return MCP_FAIL(err, MCP_E_INVALID,
                    "--timeout is \"%s\": expected seconds from 0.001 to 86400, such as 30 or 2.5",
                    quoted(value).text);
}

/* Decimal seconds, at most three digits after the point count. */
static enum mcp_code take_timeout(struct reader *reader, const char *value, struct mcp_err *err) {
    uint64_t ms = 0;
    int digits_after = -1; /* -1: no point yet */
    size_t digit_count = 0;
    for (const char *at = value; *at != '\0'; at++) {
        if (*at == '.' && digits_after < 0) {
            digits_after = 0;
            continue;
        }
        if (*at < '0' || *at > '9' || digits_after == 3 || ms > CALL_MAX_TIMEOUT_MS)
            return bad_timeout(value, err);
        ms = ms * 10 + (uint64_t)(*at - '0');
        digits_after += digits_after >= 0;
        digit_count++;
    }
    for (int i = digits_after < 0 ? 0 : digits_after; i < 3; i++)
        ms *= 10;
    if (digit_count == 0 || ms == 0 || ms > CALL_MAX_TIMEOUT_MS)
        return bad_timeout(value, err);
    reader->args->timeout_ms = ms;
    return MCP_OK;
}

static enum mcp_code take_header(struct reader *reader, const char *value, struct mcp_err *err) {
    if (strchr(value, ':') == NULL) /* not quoted: the value may be a secret */
        return MCP_FAIL(err, MCP_E_INVALID, "--header wants \"Name: value\", with a colon");
    reader->args->headers[count_of(reader->args->headers)] = value;
    return MCP_OK;
}

static enum mcp_code take_env(struct reader *reader, const char *value, struct mcp_err *err) {
    if (strchr(value, '=') == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "--env is \"%s\": expected NAME=value",
                        quoted(value).text);
    reader->args->env[count_of(reader->args->env)] = value;
    return MCP_OK;
}

static enum mcp_code take_oauth(struct reader *reader, const char *value, struct mcp_err *err) {
    (void)value;
    (void)err;
    reader->args->has_oauth = true;
    return MCP_OK;
}

static enum mcp_code take_alone(struct reader *reader, const char *value, struct mcp_err *err) {
    reader->args->acts_alone = true;
    return take_oauth(reader, value, err);
}

static enum mcp_code take_headless(struct reader *reader, const char *value, struct mcp_err *err) {
    reader->args->reads_redirect = true;
    return take_oauth(reader, value, err);
}

static enum mcp_code take_json(struct reader *reader, const char *value, struct mcp_err *err) {
    (void)value;
    (void)err;
    reader->args->format = CALL_COMPACT;
    return MCP_OK;
}

static enum mcp_code take_pretty(struct reader *reader, const char *value, struct mcp_err *err) {
    (void)value;
    (void)err;
    reader->args->format = CALL_PRETTY;
    return MCP_OK;
}

static enum mcp_code take_raw(struct reader *reader, const char *value, struct mcp_err *err) {
    (void)value;
    (void)err;
    reader->args->format = CALL_RAW;
    return MCP_OK;
}

static enum mcp_code take_all(struct reader *reader, const char *value, struct mcp_err *err) {
    (void)value;
    (void)err;
    reader->args->follows_pages = true;
    return MCP_OK;
}

static enum mcp_code take_verbose(struct reader *reader, const char *value, struct mcp_err *err) {
    (void)value;
    (void)err;
    reader->args->is_verbose = true;
    return MCP_OK;
}

static enum mcp_code take_help(struct reader *reader, const char *value, struct mcp_err *err) {
    (void)value;
    (void)err;
    reader->args->action = CALL_HELP;
    return MCP_OK;
}

static enum mcp_code take_version(struct reader *reader, const char *value, struct mcp_err *err) {
    (void)value;
    (void)err;
    reader->args->action = CALL_VERSION;
    return MCP_OK;
}

static const struct option options[] = {
    {"transport", 't', true, take_transport, 0},
    {"revision", 'R', true, take_revision, 0},
    {"timeout", 'm', true, take_timeout, 0},
    {"header", 'H', true, take_header, 0},
    {"token-file", 0, true, NULL, offsetof(struct call_args, token_file)},
    {"cacert", 0, true, NULL, offsetof(struct call_args, ca_file)},
    {"oauth", 'o', false, take_oauth, 0},
    {"oauth-store", 0, true, take_oauth, offsetof(struct call_args, oauth_store)},
    {"issuer", 0, true, take_oauth, offsetof(struct call_args, issuer)},
    {"client-id", 0, true, take_oauth, offsetof(struct call_args, client_id)},
    {"client-secret-file", 0, true, take_oauth, offsetof(struct call_args, client_secret_file)},
    {"client-id-url", 0, true, take_oauth, offsetof(struct call_args, client_id_url)},
    {"redirect-uri", 0, true, take_oauth, offsetof(struct call_args, redirect_uri)},
    {"scope", 0, true, take_oauth, offsetof(struct call_args, scope)},
    {"client-credentials", 0, false, take_alone, 0},
    {"headless", 0, false, take_headless, 0},
    {"env", 'e', true, take_env, 0},
    {"all", 'a', false, take_all, 0},
    {"json", 'j', false, take_json, 0},
    {"pretty", 'p', false, take_pretty, 0},
    {"raw", 'r', false, take_raw, 0},
    {"verbose", 'v', false, take_verbose, 0},
    {"help", 'h', false, take_help, 0},
    {"version", 'V', false, take_version, 0},
};

/* `--name`, `--name=value` or `-n`; *out_value is what stands behind the `=`, or NULL. */
static const struct option *find_option(const char *word, const char **out_value) {
    const char *name = word + 2;
    size_t len = strcspn(name, "=");
    *out_value = NULL;
    for (size_t i = 0; i < MCP_COUNT(options); i++) {
        if (word[1] != '-' && options[i].letter == word[1] && word[2] == '\0')
            return &options[i];
        if (word[1] != '-' || strlen(options[i].name) != len ||
            strncmp(options[i].name, name, len) != 0)
            continue;
        *out_value = name[len] == '=' ? name + len + 1 : NULL;
        return &options[i];
    }
    return NULL;
}

static enum mcp_code read_option(struct reader *reader, const char *word, struct mcp_err *err) {
    const char *value = NULL;
    const struct option *option = find_option(word, &value);
    if (option == NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "unknown option \"%s\": mcp-call --help lists them all",
                        quoted(word).text);
    if (!option->has_value && value != NULL)
        return MCP_FAIL(err, MCP_E_INVALID, "--%s takes no value", option->name);
    if (option->has_value && value == NULL) {
        if (reader->at == reader->count)
            return MCP_FAIL(err, MCP_E_INVALID, "--%s wants a value", option->name);
        value = reader->argv[reader->at++];
    }
    if (option->text_at != 0)
        memcpy((char *)reader->args + option->text_at, &value, sizeof value);
    return option->take != NULL ? option->take(reader, value, err) : MCP_OK;
}

static enum mcp_code read_words(struct reader *reader, struct mcp_err *err) {
    while (reader->at < reader->count && !reader->has_dashes) {
        const char *word = reader->argv[reader->at++];
        if (strcmp(word, "--") == 0)
            reader->has_dashes = true;
        else if (word[0] == '-' && word[1] != '\0')
            MCP_TRY(read_option(reader, word, err));
        else
            reader->plain[reader->plain_count++] = word;
    }
    while (reader->at < reader->count)
        reader->last[reader->last_count++] = reader->argv[reader->at++];
    return MCP_OK;
}

static bool is_params(const char *word) {
    return word[0] == '{' || word[0] == '@';
}

/* Every method of the protocol is words joined by slashes, but for these two. */
static bool is_method(const char *word) {
    bool has_slash = false;
    if (strcmp(word, "ping") == 0 || strcmp(word, "initialize") == 0)
        return true;
    for (const char *at = word; *at != '\0'; at++) {
        bool is_letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || *at == '_';
        if (*at == '/' && at > word && at[-1] != '/' && at[1] != '\0')
            has_slash = true;
        else if (!is_letter)
            return false;
    }
    return has_slash;
}

static enum mcp_code take_call(struct call_args *args, const char *const *words, size_t count,
                               struct mcp_err *err) {
    if (count == 0)
        return MCP_FAIL(err, MCP_E_INVALID,
                        "no METHOD: name one, such as tools/list, ping or resources/read");
    if (count > 2)
        return MCP_FAIL(err, MCP_E_INVALID,
                        "\"%s\" is one word too many: put PARAMS into one pair of quotes",
                        quoted(words[2]).text);
    if (count == 2 && !is_params(words[1]))
        return MCP_FAIL(
            err, MCP_E_INVALID,
            "PARAMS is \"%s\": expected a JSON object like '{\"name\":\"x\"}', or @FILE",
            quoted(words[1]).text);
    args->method = words[0];
    args->params = count == 2 ? words[1] : NULL;
    return MCP_OK;
}

static void take_command(struct call_args *args, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        args->command[i] = words[i];
}

/* COMMAND [ARG...] METHOD [PARAMS] */
static enum mcp_code split_command(struct reader *reader, struct mcp_err *err) {
    size_t count = reader->last_count;
    size_t tail = count > 0 && is_params(reader->last[count - 1]) ? 2 : 1;
    if (count <= tail || !is_method(reader->last[count - tail]))
        return MCP_FAIL(err, MCP_E_INVALID,
                        "no METHOD at the end: write mcp-call -- COMMAND ARG... METHOD [PARAMS], "
                        "or mcp-call METHOD [PARAMS] -- COMMAND ARG...");
    take_command(reader->args, reader->last, count - tail);
    return take_call(reader->args, reader->last + count - tail, tail, err);
}

static enum mcp_code assign(struct reader *reader, struct mcp_err *err) {
    struct call_args *args = reader->args;
    if (reader->has_dashes && reader->plain_count == 0)
        return split_command(reader, err);
    if (reader->has_dashes) {
        if (reader->last_count == 0)
            return MCP_FAIL(err, MCP_E_INVALID, "no COMMAND after \"--\"");
        take_command(args, reader->last, reader->last_count);
        return take_call(args, reader->plain, reader->plain_count, err);
    }
    if (reader->plain_count == 0)
        return MCP_FAIL(err, MCP_E_INVALID,
                        "nothing to call: mcp-call URL METHOD [PARAMS]; --help tells more");
    if (strstr(reader->plain[0], "://") == NULL)
        return MCP_FAIL(err, MCP_E_INVALID,
                        "\"%s\" is not a URL (http://... or https://...); a command goes behind "
                        "\"--\"",
                        quoted(reader->plain[0]).text);
    args->url = reader->plain[0];
    return take_call(args, reader->plain + 1, reader->plain_count - 1, err);
}

const char *call_list_key(const char *method) {
    static const char *const table[][2] = {{"tools/list", "tools"},
                                           {"resources/list", "resources"},
                                           {"resources/templates/list", "resourceTemplates"},
                                           {"prompts/list", "prompts"}};
    for (size_t i = 0; i < MCP_COUNT(table); i++)
        if (strcmp(method, table[i][0]) == 0)
            return table[i][1];
    return NULL;
}

static enum mcp_code parse(struct reader *reader, struct mcp_err *err) {
    struct call_args *args = reader->args;
    size_t bytes = (reader->count + 1) * sizeof(const char *);
    args->command = mcp_alloc(bytes);
    args->headers = mcp_alloc(bytes);
    args->env = mcp_alloc(bytes);
    if (args->command == NULL || args->headers == NULL || args->env == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for the command line");
    MCP_TRY(read_words(reader, err));
    if (args->action != CALL_RUN)
        return MCP_OK;
    MCP_TRY(assign(reader, err));
    if (args->has_oauth && (args->url == NULL || args->token_file != NULL))
        return MCP_FAIL(err, MCP_E_INVALID,
                        "the options of OAuth are for a URL, without --token-file");
    if (args->follows_pages && (args->params != NULL || call_list_key(args->method) == NULL))
        return MCP_FAIL(err, MCP_E_INVALID,
                        "--all is for tools/list, resources/list, resources/templates/list and "
                        "prompts/list, without PARAMS");
    return MCP_OK;
}

enum mcp_code call_args_parse(int argc, const char *const *argv, struct call_args *out_args,
                              struct mcp_err *err) {
    struct call_args args = {.timeout_ms = CALL_TIMEOUT_MS, .era = MCP_ERA_LEGACY};
    struct reader reader = {.argv = argv, .count = argc > 0 ? (size_t)argc : 0, .args = &args};
    MCP_AUTO(mcp_freep)
    const char **words = mcp_alloc((2 * reader.count + 2) * sizeof *words);
    if (words == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for the command line");
    reader.plain = words;
    reader.last = words + reader.count + 1;
    enum mcp_code code = parse(&reader, err);
    if (code != MCP_OK)
        call_args_deinit(&args);
    else
        *out_args = args;
    return code;
}

void call_args_deinit(struct call_args *args) {
    mcp_free(args->command);
    mcp_free(args->headers);
    mcp_free(args->env);
    *args = (struct call_args){.action = CALL_RUN};
}
