/* SPDX-License-Identifier: MIT */
/* subscriptions.h - who is told of which change. Layer: server. Includes: base json. */
#ifndef SERVER_SUBSCRIPTIONS_H
#define SERVER_SUBSCRIPTIONS_H

#include "mcp/json.h"
#include "mcp/map.h"
#include "server/list.h"

enum mcp_topic { MCP_TOPIC_RESOURCE_LIST = 1, MCP_TOPIC_TOOL_LIST = 2, MCP_TOPIC_PROMPT_LIST = 4 };

struct mcp_stream;

/* Someone who is told: a session, or one listen request. Embedded in its owner; zero before join.
 */
struct mcp_subscriber {
    struct mcp_stream *stream; /* the owner's; NULL: cannot be told now */
    json_t *tag;               /* the owner's; modern: the id of the listen request */
    struct mcp_list in_all;
    struct mcp_list interests; /* its URIs */
    size_t uri_count;
    unsigned topics; /* MCP_TOPIC_* */
    bool is_muted;   /* not told anything yet */
};

/*
 *   owner   copies URIs; subscribers are borrowed between join and leave
 *   thread  none: the owner locks
 */
struct mcp_subscriptions {
    struct mcp_map *by_uri;
    struct mcp_list subscribers;
    size_t count;              /* interests in all */
    size_t max_per_subscriber; /* URIs */
};

/* seed: random, because peers choose the URIs. errors: NOMEM */
enum mcp_code mcp_subscriptions_init(struct mcp_subscriptions *table, uint64_t seed,
                                     size_t max_per_subscriber, struct mcp_err *err) MCP_CHECK;
void mcp_subscriptions_deinit(struct mcp_subscriptions *table); /* after every leave */

void mcp_subscriptions_join(struct mcp_subscriptions *table, struct mcp_subscriber *subscriber,
                            unsigned topics);
void mcp_subscriptions_leave(struct mcp_subscriptions *table, struct mcp_subscriber *subscriber);

/* Told of `uri` from now on; once, however often it is asked.
 * errors: LIMIT max_per_subscriber; NOMEM */
enum mcp_code mcp_subscriptions_add(struct mcp_subscriptions *table,
                                    struct mcp_subscriber *subscriber, struct mcp_str uri,
                                    struct mcp_err *err) MCP_CHECK;

/* True when it was there. */
bool mcp_subscriptions_remove(struct mcp_subscriptions *table, struct mcp_subscriber *subscriber,
                              struct mcp_str uri);

typedef void(mcp_subscriber_fn)(struct mcp_subscriber *subscriber, void *user);

/* Visit each subscriber of the URI, in the order they asked; of the topic, in the order of join. */
void mcp_subscriptions_each_uri(const struct mcp_subscriptions *table, struct mcp_str uri,
                                mcp_subscriber_fn *visit, void *user);
void mcp_subscriptions_each_topic(const struct mcp_subscriptions *table, enum mcp_topic topic,
                                  mcp_subscriber_fn *visit, void *user);

/* Visit each URI somebody is told of, in the order they were first asked for. */
typedef void(mcp_subject_fn)(struct mcp_str uri, void *user);
void mcp_subscriptions_each_subject(const struct mcp_subscriptions *table, mcp_subject_fn *visit,
                                    void *user);

#endif
