/* SPDX-License-Identifier: MIT */
/* authority.c - see authority.h. Effect: files. */
#include "serve/authority.h"

#include <string.h>

#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "oauth/resource_metadata.h"
#include "serve/scope_file.h"

#define ROOT_PATH "/.well-known/oauth-protected-resource"

_Static_assert((int)OAUTH_MAX_PRINCIPAL_BYTES <= (int)MCP_LISTEN_MAX_PRINCIPAL,
               "every principal fits");

enum {
    MS_PER_S = 1000,
    MAX_DOCUMENT_BYTES = 65536, /* of a page */
    MAX_URL_BYTES = 4096,
    MAX_SCOPES_BYTES = 16384
};

struct serve_authority {
    struct mcp_authority face;
    struct oauth_rules rules;
    struct serve_keyring *keyring;
    struct oauth_scope_policy *policy; /* NULL: every token may do everything */
    struct mcp_buf document;           /* the metadata, */
    struct mcp_buf path;               /* where it is found here, */
    struct mcp_buf url;                /* and as clients call it; both with a NUL */
    struct mcp_buf scopes;             /* a newcomer should ask for; with a NUL */
};

/* A token that has been judged. */
struct grant {
    struct mcp_grant base; /* first */
    struct oauth_claims *claims;
};

static const struct grant *grant_of(const struct mcp_grant *grant) {
    return (const struct grant *)(const void *)grant;
}

/* Of a second that is to come. */
static uint64_t monotonic(uint64_t wall_s) {
    uint64_t wall_ms = (uint64_t)mcp_clock_wall_ms();
    uint64_t then_ms = wall_s * MS_PER_S;
    return mcp_clock_now_ms() + (then_ms > wall_ms ? then_ms - wall_ms : 0);
}

static enum mcp_admission give(struct oauth_claims *claims, struct mcp_grant **out_grant,
                               const char **out_why) {
    struct grant *grant = mcp_alloc(sizeof *grant);
    if (grant == NULL) {
        oauth_claims_free(claims);
        *out_why = oauth_fault_text(OAUTH_NO_MEMORY);
        return MCP_ADMISSION_UNDECIDABLE;
    }
    *grant = (struct grant){
        .base = {.principal = claims->principal, .expires_ms = monotonic(claims->expires_s)},
        .claims = claims};
    *out_grant = &grant->base;
    return MCP_ADMISSION_GRANTED;
}

static enum mcp_admission admit(void *user, struct mcp_str token, struct mcp_grant **out_grant,
                                const char **out_why) {
    struct serve_authority *authority = user;
    struct oauth_claims *claims = NULL;
    enum oauth_fault fault = serve_keyring_verify(authority->keyring, token, &claims);
    if (fault == OAUTH_OK)
        return give(claims, out_grant, out_why);
    *out_why = oauth_fault_text(fault);
    bool is_undecidable = fault == OAUTH_NO_MEMORY || fault == OAUTH_NO_KEYS;
    return is_undecidable ? MCP_ADMISSION_UNDECIDABLE : MCP_ADMISSION_REFUSED;
}

static void release(void *user, struct mcp_grant *grant) {
    (void)user;
    oauth_claims_free(grant_of(grant)->claims);
    mcp_free(grant);
}

static bool allows(void *user, const struct mcp_grant *grant, struct mcp_str method,
                   struct mcp_str name, struct mcp_buf *out_scopes) {
    const struct serve_authority *authority = user;
    struct mcp_str granted = mcp_str_of(grant_of(grant)->claims->scopes);
    return authority->policy == NULL ||
           oauth_scope_policy_allows(authority->policy, granted, method, name, out_scopes);
}

enum mcp_code serve_authority_renew(struct serve_authority *authority, struct mcp_err *err) {
    return serve_keyring_renew(authority->keyring, err);
}

bool serve_authority_fetches(const struct serve_authority *authority) {
    return authority != NULL && serve_keyring_fetches(authority->keyring);
}

void serve_authority_report(struct serve_authority *authority,
                            struct serve_keyring_report *out_report) {
    serve_keyring_report(authority->keyring, out_report);
}

/* ---- what it says of itself ---- */

static void end_text(struct mcp_buf *text) {
    mcp_buf_addc(text, '\0');
}

static enum mcp_code find_scopes(struct serve_authority *authority, struct mcp_err *err) {
    if (authority->policy != NULL)
        oauth_scope_policy_list(authority->policy, &authority->scopes);
    end_text(&authority->scopes);
    return mcp_buf_finish(&authority->scopes, err);
}

static const char *option_of(const char *where) {
    if (strcmp(where, "/url") == 0)
        return "--oauth-audience";
    return strncmp(where, "/issuers", 8) == 0 ? "--oauth-issuer" : "--oauth-scopes";
}

static enum mcp_code check_resource(const struct oauth_resource *resource, struct mcp_err *err) {
    struct mcp_err why = {0};
    enum mcp_code code = oauth_resource_check(resource, &why);
    if (code == MCP_OK)
        return MCP_OK;
    return mcp_err_at(err, MCP_FAIL(err, code, "%s", why.what), "%s", option_of(why.where));
}

static enum mcp_code find_place(struct serve_authority *authority, struct mcp_err *err) {
    MCP_TRY(oauth_resource_path(authority->rules.audience, &authority->path, err));
    MCP_TRY(oauth_resource_metadata_url(authority->rules.audience, &authority->url, err));
    end_text(&authority->path);
    end_text(&authority->url);
    MCP_TRY(mcp_buf_finish(&authority->path, err));
    return mcp_buf_finish(&authority->url, err);
}

static enum mcp_code describe(struct serve_authority *authority, const char *name,
                              struct mcp_err *err) {
    const struct oauth_resource resource = {
        .url = authority->rules.audience,
        .issuers = &authority->rules.issuer,
        .issuer_count = 1,
        .scopes = mcp_str_of(authority->scopes.data),
        .name = mcp_str_of(name),
    };
    MCP_TRY(check_resource(&resource, err));
    MCP_TRY(oauth_resource_write(&resource, &authority->document, err));
    return find_place(authority, err);
}

static unsigned render(struct mcp_buf *out, void *user) {
    const struct serve_authority *authority = user;
    mcp_buf_add(out, mcp_buf_view(&authority->document));
    return 200;
}

size_t serve_authority_pages(struct serve_authority *authority,
                             struct mcp_page out[SERVE_AUTHORITY_PAGES]) {
    if (authority == NULL)
        return 0;
    const struct mcp_page own = {.path = authority->path.data,
                                 .content_type = "application/json",
                                 .render = render,
                                 .user = authority};
    out[0] = own;
    out[1] = own;
    out[1].path = ROOT_PATH;
    return strcmp(own.path, ROOT_PATH) == 0 ? 1 : 2;
}

/* ---- the settings ---- */

static const char *text(const json_t *settings, const char *key) {
    const char *value = json_string_value(json_object_get(settings, key));
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static enum mcp_code missing(struct mcp_err *err, const char *option) {
    return MCP_FAIL(err, MCP_E_INVALID,
                    "--oauth-issuer, --oauth-audience and --oauth-jwks or --oauth-jwks-url go "
                    "together: %s is missing",
                    option);
}

/* Issuer, audience and one place of keys, or none at all; *out_any: they are there. */
static enum mcp_code check_settings(const json_t *settings, bool *out_any, struct mcp_err *err) {
    static const char *const keys[] = {"oauth_issuer", "oauth_audience", "oauth_jwks",
                                       "oauth_jwks_url", "oauth_scopes"};
    bool has_file = text(settings, "oauth_jwks") != NULL;
    bool has_url = text(settings, "oauth_jwks_url") != NULL;
    *out_any = false;
    for (size_t i = 0; i < MCP_COUNT(keys); i++)
        *out_any = *out_any || text(settings, keys[i]) != NULL;
    if (*out_any && text(settings, "oauth_issuer") == NULL)
        return missing(err, "--oauth-issuer");
    if (*out_any && text(settings, "oauth_audience") == NULL)
        return missing(err, "--oauth-audience");
    if (*out_any && !has_file && !has_url)
        return missing(err, "--oauth-jwks");
    if (has_file && has_url)
        return MCP_FAIL(err, MCP_E_INVALID,
                        "--oauth-jwks and --oauth-jwks-url: one of them, not both");
    return MCP_OK;
}

static enum mcp_code open_all(struct serve_authority *authority, const json_t *settings,
                              const char *name, struct mcp_err *err) {
    const char *policy = text(settings, "oauth_scopes");
    authority->rules =
        (struct oauth_rules){.issuer = mcp_str_of(text(settings, "oauth_issuer")),
                             .audience = mcp_str_of(text(settings, "oauth_audience")),
                             .leeway_s = SERVE_OAUTH_LEEWAY_S};
    if (policy != NULL)
        MCP_TRY(serve_scopes_read(policy, &authority->policy, err));
    MCP_TRY(find_scopes(authority, err));
    MCP_TRY(describe(authority, name, err));
    authority->face = (struct mcp_authority){.admit = admit,
                                             .release = release,
                                             .allows = allows,
                                             .metadata_url = authority->url.data,
                                             .scopes = authority->scopes.data,
                                             .user = authority};
    const struct serve_keyring_options keys = {.path = text(settings, "oauth_jwks"),
                                               .url = text(settings, "oauth_jwks_url"),
                                               .rules = authority->rules,
                                               .program = name};
    return serve_keyring_open(&keys, &authority->keyring, err);
}

enum mcp_code serve_authority_new(const json_t *settings, const char *name,
                                  struct serve_authority **out_authority, struct mcp_err *err) {
    bool is_given = false;
    MCP_TRY(check_settings(settings, &is_given, err));
    if (!is_given)
        return MCP_OK;
    struct serve_authority *authority = mcp_alloc(sizeof *authority);
    if (authority == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    authority->document.max = MAX_DOCUMENT_BYTES;
    authority->path.max = MAX_URL_BYTES;
    authority->url.max = MAX_URL_BYTES;
    authority->scopes.max = MAX_SCOPES_BYTES;
    enum mcp_code code = open_all(authority, settings, name, err);
    if (code != MCP_OK) {
        serve_authority_free(authority);
        return code;
    }
    *out_authority = authority;
    return MCP_OK;
}

void serve_authority_free(struct serve_authority *authority) {
    if (authority == NULL)
        return;
    serve_keyring_close(authority->keyring);
    oauth_scope_policy_free(authority->policy);
    mcp_buf_deinit(&authority->document);
    mcp_buf_deinit(&authority->path);
    mcp_buf_deinit(&authority->url);
    mcp_buf_deinit(&authority->scopes);
    mcp_free(authority);
}

void serve_authority_freep(struct serve_authority **authority) {
    serve_authority_free(*authority);
}

const struct mcp_authority *serve_authority_face(const struct serve_authority *authority) {
    return authority != NULL ? &authority->face : NULL;
}
