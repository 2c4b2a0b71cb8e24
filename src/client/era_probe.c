/* SPDX-License-Identifier: MIT */
/* era_probe.c - see era_probe.h. Pure: no I/O, no clock, no log. */
#include "client/era_probe.h"

#include "client/peer_text.h"
#include "mcp/jsonrpc.h"

enum { MAX_NAMED = 8 }; /* revisions of the server's a message names */

static json_int_t error_code(const struct mcp_era_outcome *outcome) {
    return json_integer_value(json_object_get(outcome->rpc_error, "code"));
}

static bool is_modern_code(json_int_t code) {
    return code == MCP_ERA_HEADER_MISMATCH || code == MCP_ERA_MISSING_CAPABILITY ||
           code == MCP_ERA_UNSUPPORTED_VERSION;
}

/* A method only a server that maps errors to statuses refuses like this. */
static bool is_modern_not_found(const struct mcp_era_outcome *outcome) {
    return outcome->http_status == 404 && error_code(outcome) == MCP_JSONRPC_METHOD_NOT_FOUND;
}

static bool is_client_error(long status) {
    return status >= 400 && status < 500;
}

/* Refusals that say nothing about what the server speaks: credentials, a proxy, load. */
static bool is_no_verdict(long status) {
    return status == 401 || status == 403 || status == 407 || status == 408 || status == 429;
}

enum mcp_version mcp_era_choose(const json_t *versions, bool *out_has_legacy) {
    enum mcp_version best = MCP_VERSION_NONE;
    bool has_legacy = false;
    for (size_t i = 0; i < json_array_size(versions); i++) {
        enum mcp_version version = mcp_version_parse(mcp_json_str(json_array_get(versions, i)));
        if (version == MCP_VERSION_NONE)
            continue;
        if (!mcp_version_info(version)->is_modern)
            has_legacy = true;
        else if (version > best)
            best = version;
    }
    if (out_has_legacy != NULL)
        *out_has_legacy = has_legacy;
    return best;
}

/* The server's revisions as a person reads them: "2027-01-01", "2028-01-01", ... */
static enum mcp_era_step nothing_in_common(const json_t *versions, struct mcp_err *err) {
    struct mcp_peer_text said[MAX_NAMED] = {0};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf list = MCP_BUF_INIT(sizeof said);
    size_t count = json_array_size(versions);
    for (size_t i = 0; i < count && i < MAX_NAMED; i++) {
        said[i] = mcp_peer_text(mcp_json_str(json_array_get(versions, i)));
        mcp_buf_addf(&list, "%s\"%.24s\"", i > 0 ? ", " : "", said[i].text);
    }
    (void)MCP_FAIL(err, MCP_E_UNSUPPORTED,
                   "no revision in common: the server speaks %s%s, known are %s to %s",
                   list.data != NULL ? list.data : "none", count > MAX_NAMED ? ", ..." : "",
                   mcp_version_text(MCP_VERSION_OLDEST), mcp_version_text(MCP_VERSION_NEWEST));
    return MCP_ERA_IS_NEITHER;
}

static enum mcp_era_step ask(struct mcp_era_probe *probe, enum mcp_era_step step) {
    probe->asked = step;
    return step;
}

/* No modern server there: where only that was wanted, this is the end. */
static enum mcp_era_step try_legacy(struct mcp_era_probe *probe, struct mcp_err *err) {
    if (probe->era != MCP_ERA_MODERN)
        return ask(probe, MCP_ERA_SEND_INITIALIZE);
    (void)MCP_FAIL(err, MCP_E_UNSUPPORTED, "the server does not speak revision %s",
                   mcp_version_text(probe->version));
    return MCP_ERA_IS_NEITHER;
}

static enum mcp_era_step take_versions(struct mcp_era_probe *probe, const json_t *versions,
                                       bool is_agreed, struct mcp_err *err) {
    bool has_legacy = false;
    enum mcp_version version = mcp_era_choose(versions, &has_legacy);
    if (version != MCP_VERSION_NONE && is_agreed) {
        probe->version = version;
        return MCP_ERA_IS_MODERN;
    }
    if (version != MCP_VERSION_NONE) {
        if (probe->has_retried)
            return MCP_ERA_IS_NEITHER; /* it names what it refuses */
        probe->has_retried = true;
        probe->version = version;
        return ask(probe, MCP_ERA_SEND_DISCOVER);
    }
    if (has_legacy && probe->era != MCP_ERA_MODERN)
        return ask(probe, MCP_ERA_SEND_INITIALIZE);
    return nothing_in_common(versions, err);
}

static enum mcp_era_step refused_version(struct mcp_era_probe *probe,
                                         const struct mcp_era_outcome *outcome,
                                         struct mcp_err *err) {
    const json_t *versions =
        json_object_get(json_object_get(outcome->rpc_error, "data"), "supported");
    if (json_array_size(versions) == 0)
        return MCP_ERA_IS_NEITHER;
    return take_versions(probe, versions, false, err);
}

static bool is_discovery(const json_t *result) {
    const json_t *type = json_object_get(result, "resultType");
    const json_t *versions = json_object_get(result, "supportedVersions");
    const json_t *capabilities = json_object_get(result, "capabilities");
    return (type == NULL || mcp_str_equal(mcp_json_str(type), MCP_STR("complete"))) &&
           json_array_size(versions) > 0 && (capabilities == NULL || json_is_object(capabilities));
}

static enum mcp_era_step after_error(struct mcp_era_probe *probe,
                                     const struct mcp_era_outcome *outcome, struct mcp_err *err) {
    if (error_code(outcome) == MCP_ERA_UNSUPPORTED_VERSION)
        return refused_version(probe, outcome, err);
    if (is_modern_code(error_code(outcome)))
        return MCP_ERA_IS_NEITHER; /* modern, and our request is what it has to be */
    if (probe->kind == MCP_LINK_HTTP && is_modern_not_found(outcome))
        return MCP_ERA_IS_MODERN; /* it lacks what it must have, but knows what it was asked */
    if (is_no_verdict(outcome->http_status) || outcome->http_status >= 500)
        return MCP_ERA_IS_NEITHER;
    return try_legacy(probe, err);
}

/* Silence: a pipe's server that ignores what it does not know; over HTTP it means nothing. */
static enum mcp_era_step after_silence(struct mcp_era_probe *probe,
                                       const struct mcp_era_outcome *outcome, struct mcp_err *err) {
    long status = outcome->http_status;
    bool is_legacy = probe->kind == MCP_LINK_PIPE
                         ? outcome->code == MCP_E_TIMEOUT || outcome->code == MCP_E_PEER
                         : is_client_error(status) && !is_no_verdict(status);
    bool is_odd_success = status >= 200 && status < 300 && outcome->code == MCP_E_PEER;
    return is_legacy || is_odd_success ? try_legacy(probe, err) : MCP_ERA_IS_NEITHER;
}

static enum mcp_era_step after_discover(struct mcp_era_probe *probe,
                                        const struct mcp_era_outcome *outcome,
                                        struct mcp_err *err) {
    if (outcome->rpc_error != NULL)
        return after_error(probe, outcome, err);
    if (outcome->code != MCP_OK)
        return after_silence(probe, outcome, err);
    if (!is_discovery(outcome->result))
        return try_legacy(probe, err);
    return take_versions(probe, json_object_get(outcome->result, "supportedVersions"), true, err);
}

static enum mcp_era_step after_initialize(struct mcp_era_probe *probe,
                                          const struct mcp_era_outcome *outcome,
                                          struct mcp_err *err) {
    bool is_modern = is_modern_code(error_code(outcome)) || is_modern_not_found(outcome);
    if (outcome->code == MCP_OK)
        return MCP_ERA_IS_LEGACY;
    if (error_code(outcome) == MCP_ERA_UNSUPPORTED_VERSION && probe->era == MCP_ERA_AUTO &&
        probe->kind != MCP_LINK_OLD_HTTP && !probe->has_reprobed) {
        probe->has_reprobed = true; /* a server that was slow to answer the first probe */
        return refused_version(probe, outcome, err);
    }
    if (is_modern || !probe->has_older || !is_client_error(outcome->http_status) ||
        is_no_verdict(outcome->http_status))
        return MCP_ERA_IS_NEITHER;
    probe->has_older = false;
    probe->kind = MCP_LINK_OLD_HTTP;
    probe->asked = MCP_ERA_SEND_INITIALIZE;
    return MCP_ERA_USE_OLDER;
}

enum mcp_era_step mcp_era_begin(struct mcp_era_probe *probe, enum mcp_link_kind kind,
                                enum mcp_client_era wanted, enum mcp_client_era expected,
                                struct mcp_err *err) {
    *probe = (struct mcp_era_probe){.kind = kind, .era = wanted, .version = MCP_VERSION_NEWEST};
    probe->has_older = kind == MCP_LINK_HTTP && wanted != MCP_ERA_MODERN;
    if (kind == MCP_LINK_OLD_HTTP && wanted == MCP_ERA_MODERN) {
        (void)MCP_FAIL(err, MCP_E_UNSUPPORTED, "HTTP+SSE does not carry revision %s",
                       mcp_version_text(probe->version));
        return MCP_ERA_IS_NEITHER;
    }
    if (kind == MCP_LINK_OLD_HTTP || wanted == MCP_ERA_LEGACY ||
        (wanted == MCP_ERA_AUTO && expected == MCP_ERA_LEGACY))
        return ask(probe, MCP_ERA_SEND_INITIALIZE);
    return ask(probe, MCP_ERA_SEND_DISCOVER);
}

enum mcp_era_step mcp_era_next(struct mcp_era_probe *probe, const struct mcp_era_outcome *outcome,
                               struct mcp_err *err) {
    return probe->asked == MCP_ERA_SEND_DISCOVER ? after_discover(probe, outcome, err)
                                                 : after_initialize(probe, outcome, err);
}
