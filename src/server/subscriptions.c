/* SPDX-License-Identifier: MIT */
/* subscriptions.c - see subscriptions.h. Pure: no I/O, no clock, no log. */
#include "server/subscriptions.h"

#include <string.h>

#include "mcp/alloc.h"

/* One URI somebody asked for. Lives while it has interests. */
struct subject {
    struct mcp_list interests;
    size_t uri_len;
    char uri[];
};

/* One subscriber's wish to be told of one subject. */
struct interest {
    struct mcp_list in_subject;
    struct mcp_list in_subscriber;
    struct subject *subject;
    struct mcp_subscriber *subscriber;
};

static void free_interest(struct mcp_subscriptions *table, struct interest *interest) {
    struct subject *subject = interest->subject;
    mcp_list_remove(&interest->in_subject);
    mcp_list_remove(&interest->in_subscriber);
    interest->subscriber->uri_count--;
    table->count--;
    mcp_free(interest);
    if (mcp_list_next(&subject->interests, &subject->interests) == NULL)
        (void)mcp_map_remove(table->by_uri, (struct mcp_str){subject->uri, subject->uri_len});
}

static struct interest *find(const struct mcp_subscriptions *table,
                             const struct mcp_subscriber *subscriber, struct mcp_str uri) {
    const struct subject *subject = mcp_map_get(table->by_uri, uri);
    if (subject == NULL)
        return NULL;
    struct mcp_list *node = mcp_list_next(&subject->interests, &subject->interests);
    for (; node != NULL; node = mcp_list_next(&subject->interests, node)) {
        struct interest *interest = MCP_LIST_OF(node, struct interest, in_subject);
        if (interest->subscriber == subscriber)
            return interest;
    }
    return NULL;
}

/* The subject of that URI, made when it is new. */
static enum mcp_code need_subject(struct mcp_subscriptions *table, struct mcp_str uri,
                                  struct subject **out_subject, struct mcp_err *err) {
    *out_subject = mcp_map_get(table->by_uri, uri);
    if (*out_subject != NULL)
        return MCP_OK;
    struct subject *fresh MCP_AUTO(mcp_freep) = mcp_alloc(sizeof *fresh + uri.len + 1);
    if (fresh == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    mcp_list_init(&fresh->interests);
    fresh->uri_len = uri.len;
    if (uri.len > 0)
        memcpy(fresh->uri, uri.ptr, uri.len);
    MCP_TRY(mcp_map_put(table->by_uri, uri, fresh, err));
    *out_subject = MCP_TAKE(fresh);
    return MCP_OK;
}

enum mcp_code mcp_subscriptions_init(struct mcp_subscriptions *table, uint64_t seed,
                                     size_t max_per_subscriber, struct mcp_err *err) {
    *table = (struct mcp_subscriptions){.max_per_subscriber = max_per_subscriber};
    mcp_list_init(&table->subscribers);
    return mcp_map_new(seed, mcp_free, &table->by_uri, err);
}

void mcp_subscriptions_deinit(struct mcp_subscriptions *table) {
    mcp_map_free(table->by_uri);
    table->by_uri = NULL;
}

void mcp_subscriptions_join(struct mcp_subscriptions *table, struct mcp_subscriber *subscriber,
                            unsigned topics) {
    mcp_list_init(&subscriber->interests);
    subscriber->topics = topics;
    mcp_list_append(&table->subscribers, &subscriber->in_all);
}

void mcp_subscriptions_leave(struct mcp_subscriptions *table, struct mcp_subscriber *subscriber) {
    if (!mcp_list_is_linked(&subscriber->in_all))
        return;
    struct mcp_list *head = &subscriber->interests;
    while (mcp_list_next(head, head) != NULL)
        free_interest(table, MCP_LIST_OF(head->next, struct interest, in_subscriber));
    mcp_list_remove(&subscriber->in_all);
}

enum mcp_code mcp_subscriptions_add(struct mcp_subscriptions *table,
                                    struct mcp_subscriber *subscriber, struct mcp_str uri,
                                    struct mcp_err *err) {
    if (find(table, subscriber, uri) != NULL)
        return MCP_OK;
    if (subscriber->uri_count >= table->max_per_subscriber)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %zu subscriptions", table->max_per_subscriber);
    /* The interest comes first: a subject without one would never be removed. */
    struct interest *interest MCP_AUTO(mcp_freep) = mcp_alloc(sizeof *interest);
    if (interest == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    MCP_TRY(need_subject(table, uri, &interest->subject, err));
    interest->subscriber = subscriber;
    mcp_list_append(&interest->subject->interests, &interest->in_subject);
    mcp_list_append(&subscriber->interests, &interest->in_subscriber);
    subscriber->uri_count++;
    table->count++;
    (void)MCP_TAKE(interest);
    return MCP_OK;
}

bool mcp_subscriptions_remove(struct mcp_subscriptions *table, struct mcp_subscriber *subscriber,
                              struct mcp_str uri) {
    struct interest *interest = find(table, subscriber, uri);
    if (interest == NULL)
        return false;
    free_interest(table, interest);
    return true;
}

void mcp_subscriptions_each_uri(const struct mcp_subscriptions *table, struct mcp_str uri,
                                mcp_subscriber_fn *visit, void *user) {
    const struct subject *subject = mcp_map_get(table->by_uri, uri);
    if (subject == NULL)
        return;
    struct mcp_list *node = mcp_list_next(&subject->interests, &subject->interests);
    for (; node != NULL; node = mcp_list_next(&subject->interests, node))
        visit(MCP_LIST_OF(node, struct interest, in_subject)->subscriber, user);
}

void mcp_subscriptions_each_topic(const struct mcp_subscriptions *table, enum mcp_topic topic,
                                  mcp_subscriber_fn *visit, void *user) {
    struct mcp_list *node = mcp_list_next(&table->subscribers, &table->subscribers);
    for (; node != NULL; node = mcp_list_next(&table->subscribers, node)) {
        struct mcp_subscriber *subscriber = MCP_LIST_OF(node, struct mcp_subscriber, in_all);
        if ((subscriber->topics & (unsigned)topic) != 0)
            visit(subscriber, user);
    }
}

void mcp_subscriptions_each_subject(const struct mcp_subscriptions *table, mcp_subject_fn *visit,
                                    void *user) {
    size_t at = 0;
    struct mcp_str uri;
    while (mcp_map_next(table->by_uri, &at, &uri, NULL))
        visit(uri, user);
}
