/* SPDX-License-Identifier: MIT */
/* client_list.c - a list method followed to its last page. Pure: no I/O, no clock, no log. */
#include "client/client_core.h"
#include "client/pages.h"
#include "mcp/alloc.h"

/* A list being followed; released when its on_done has been called. */
struct list {
    struct mcp_client *client;
    mcp_reply_fn *on_page;
    struct mcp_pages *pages;
    mcp_reply_fn *on_done;
    void *user;
    uint64_t deadline_ms;
    uint64_t timeout_ms;
    char *method;
};

static void list_free(struct list *list) {
    mcp_pages_free(list->pages);
    mcp_free(list->method);
    mcp_free(list);
}

static void end_list(struct list *list, const struct mcp_reply *reply) {
    list->on_done(reply, list->user);
    list_free(list);
}

static void fail_list(struct list *list, struct mcp_err *err) {
    (void)mcp_err_at(err, err->code, "%s", list->method);
    end_list(list, &(struct mcp_reply){.code = err->code, .err = err});
}

static void request_page(struct list *list, const json_t *params) {
    const struct mcp_client_outgoing outgoing = {
        .method = list->method,
        .params = params,
        .deadline_ms = list->deadline_ms,
        .timeout_ms = list->timeout_ms,
    };
    (void)mcp_client_core_request(list->client, &outgoing, list->on_page, list);
}

static void on_page(const struct mcp_reply *reply, void *user) {
    struct list *list = user;
    struct mcp_err err = {0};
    json_auto_t *cursor = NULL;
    if (reply->code != MCP_OK) {
        end_list(list, reply);
        return;
    }
    if (mcp_pages_add(list->pages, reply->result, &cursor, &err) != MCP_OK) {
        fail_list(list, &err);
        return;
    }
    if (cursor == NULL) {
        end_list(list,
                 &(struct mcp_reply){.code = MCP_OK, .result = mcp_pages_result(list->pages)});
        return;
    }
    json_auto_t *params = json_pack("{s:O}", "cursor", cursor);
    if (params == NULL) {
        (void)MCP_FAIL(&err, MCP_E_NOMEM, "out of memory for a list");
        fail_list(list, &err);
        return;
    }
    request_page(list, params);
}

/* NULL when memory is refused. */
static struct list *list_new(struct mcp_client *client, const char *method, const char *key,
                             struct mcp_err *err) {
    struct list *list = mcp_alloc(sizeof *list);
    if (list != NULL) {
        list->client = client;
        list->method = mcp_strdup(method);
    }
    if (list != NULL && list->method != NULL &&
        mcp_pages_new(key, client->options.max_pages, client->options.max_items, &list->pages,
                      err) == MCP_OK)
        return list;
    if (list != NULL)
        list_free(list);
    (void)MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a list");
    return NULL;
}

void mcp_client_core_list(struct mcp_client *client, const struct mcp_client_outgoing *outgoing,
                          const char *key, mcp_reply_fn *on_done, void *user) {
    struct mcp_err err = {0};
    struct list *list = list_new(client, outgoing->method, key, &err);
    if (list == NULL) {
        (void)mcp_err_at(&err, err.code, "%s", outgoing->method);
        on_done(&(struct mcp_reply){.code = err.code, .err = &err}, user);
        return;
    }
    list->on_page = on_page;
    list->on_done = on_done;
    list->user = user;
    list->deadline_ms = outgoing->deadline_ms;
    list->timeout_ms = outgoing->timeout_ms;
    request_page(list, NULL);
}

/* NOLINTNEXTLINE(readability-function-size): the contract */
void mcp_client_list(struct mcp_client *client, const char *method, const char *key,
                     uint64_t now_ms, uint64_t timeout_ms, mcp_reply_fn *on_done, void *user) {
    const struct mcp_client_outgoing outgoing = {
        .method = method,
        .deadline_ms = mcp_client_add_ms(now_ms, timeout_ms),
        .timeout_ms = timeout_ms,
    };
    mcp_client_core_list(client, &outgoing, key, on_done, user);
}
