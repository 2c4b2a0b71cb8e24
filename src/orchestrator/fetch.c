/* SPDX-License-Identifier: MIT */
/* fetch.c - see fetch.h. */
#include "orchestrator/fetch.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "orchestrator/listing.h"
#include "orchestrator/merge.h"
#include "orchestrator/share.h"
#include "orchestrator/subscribe.h"

/* One resource of the list. */
struct item {
    struct flight *flight; /* for the reply */
    json_t *listed;        /* borrowed from the list */
    const char *uri;
    json_t *value;       /* owned; NULL until read */
    struct mcp_err *why; /* owned; NULL unless something is wrong with it */
};

/* One fetch under way. */
struct flight {
    struct orch_fetcher *fetcher;
    enum orch_holding holding;
    uint64_t generation;  /* of the cache entry when it began */
    uint64_t deadline_ms; /* of list and reads together; 0: not connected yet */
    uint64_t serial;      /* of the connection in use */
    uint64_t since_ms;    /* when its first asker began */
    bool was_up;          /* the connection is older than the fetch: it may be dead */
    bool has_reconnected;
    struct orch_share_lease lease;
    struct orch_waiter connected;
    mcp_reply_fn *on_read;
    struct mcp_err lost;   /* the connection failed under it */
    struct mcp_err broken; /* we failed: no memory */
    struct orch_listing listing;
    json_t *list; /* owned */
    struct item *items;
    size_t item_count;
    size_t next;      /* first item not yet asked for */
    size_t in_flight; /* reads asked for and not answered */
    bool is_pumping;  /* a reply that comes at once must not recurse */
    size_t bytes;     /* of content so far */
    struct orch_asker *askers;
};

struct orch_fetcher {
    struct orch_upstream *upstream;
    struct orch_watched watched; /* by subscribe */
    struct flight
        *open[ORCH_HOLDINGS]; /* may be joined; older ones live on their callbacks alone */
};

enum mcp_code orch_fetcher_new(struct orch_upstream *upstream, struct orch_fetcher **out_fetcher,
                               struct mcp_err *err) {
    struct orch_fetcher *fetcher = mcp_alloc(sizeof *fetcher);
    if (fetcher == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    fetcher->upstream = upstream;
    *out_fetcher = fetcher;
    return MCP_OK;
}

void orch_fetcher_free(struct orch_fetcher *fetcher) {
    if (fetcher == NULL)
        return;
    assert(fetcher->open[ORCH_RESOURCES] == NULL && fetcher->open[ORCH_TOOLS] == NULL);
    orch_watched_deinit(&fetcher->watched);
    mcp_free(fetcher);
}

static struct orch_state *state_of(const struct flight *flight) {
    return orch_upstream_hub(flight->fetcher->upstream)->state;
}

static void drop_list(struct flight *flight) {
    for (size_t i = 0; i < flight->item_count; i++) {
        json_decref(flight->items[i].value);
        mcp_free(flight->items[i].why);
    }
    mcp_free(flight->items);
    json_decref(flight->list);
    orch_listing_deinit(&flight->listing);
    flight->items = NULL;
    flight->list = NULL;
    flight->item_count = 0;
    flight->next = 0;
    flight->bytes = 0;
}

/* Everything ends here: tell everyone, let go. */
static void land(struct flight *flight, struct orch_value *value, const struct mcp_err *why) {
    struct orch_fetcher *fetcher = flight->fetcher;
    struct orch_asker *asker = flight->askers;
    if (fetcher->open[flight->holding] == flight)
        fetcher->open[flight->holding] = NULL;
    drop_list(flight);
    orch_share_settle(&flight->lease, NULL, NULL);
    mcp_free(flight);
    while (asker != NULL) {
        struct orch_asker *next = asker->next;
        asker->done(asker, value, why);
        asker = next;
    }
}

static void land_failed(struct flight *flight, const struct mcp_err *cause) {
    struct mcp_err why = *orch_upstream_cause(flight->fetcher->upstream, cause);
    char line[sizeof why.where + sizeof why.what + 3];
    (void)snprintf(line, sizeof line, "%s%s%s", why.where, why.where[0] != '\0' ? ": " : "",
                   why.what);
    orch_upstream_tell(flight->fetcher->upstream, ORCH_EV_FETCH_FAILED, line);
    land(flight, NULL, &why);
}

static void land_without_memory(struct flight *flight) {
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, MCP_E_NOMEM, "out of memory");
    land_failed(flight, &err);
}

static void tell_outcome(const struct flight *flight, const json_t *root) {
    char line[128];
    size_t bad = json_array_size(json_object_get(root, "errors"));
    if (flight->holding == ORCH_TOOLS)
        (void)snprintf(line, sizeof line, "%zu tools",
                       json_array_size(json_object_get(root, "tools")));
    else if (bad > 0)
        (void)snprintf(line, sizeof line, "%zu of %zu resources have an error", bad,
                       flight->item_count);
    else
        (void)snprintf(line, sizeof line, "%zu resources", flight->item_count);
    orch_upstream_tell(flight->fetcher->upstream, bad > 0 ? ORCH_EV_FETCH_FAILED : ORCH_EV_FETCHED,
                       line);
}

/* `root` is taken. What is incomplete is not cached: the next caller tries again. */
static void land_with(struct flight *flight, json_t *root) {
    tell_outcome(flight, root);
    bool is_whole = json_array_size(json_object_get(root, "errors")) == 0;
    MCP_AUTO(orch_value_unrefp) struct orch_value *value = orch_value_new(root);
    if (value == NULL) {
        land_without_memory(flight);
        return;
    }
    struct orch_cache_terms terms = orch_cache_policy_terms(&flight->listing.policy);
    if (is_whole) {
        orch_state_put(state_of(flight), orch_upstream_slot(flight->fetcher->upstream),
                       flight->holding, flight->generation, value, &terms);
        orch_share_settle(&flight->lease, value, &terms);
    }
    land(flight, value, NULL);
}

static enum mcp_code add_item(const struct item *item, json_t *resources, json_t *errors,
                              struct mcp_err *err) {
    const char *name = json_string_value(json_object_get(item->listed, "name"));
    if (item->value != NULL)
        MCP_TRY(orch_merge_put(resources, name, item->uri, json_incref(item->value), err));
    if (item->why != NULL)
        return orch_merge_note(errors, name, item->uri, item->why, err);
    return MCP_OK;
}

/* In the order of the list, whatever order the answers came in. */
static enum mcp_code assemble(const struct flight *flight, json_t **out, struct mcp_err *err) {
    json_auto_t *resources = json_object();
    json_auto_t *errors = json_array();
    json_auto_t *uris = json_object();
    for (size_t i = 0; i < flight->item_count; i++) {
        MCP_TRY(add_item(&flight->items[i], resources, errors, err));
        if (json_object_set_new(uris, flight->items[i].uri, json_true()) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    *out = json_pack("{s:O, s:O, s:O}", "resources", resources, "errors", errors, "uris", uris);
    return *out != NULL ? MCP_OK : MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
}

/* The connection is dead. One that is older than this fetch may have died long ago: try a new one,
 * once. */
static void recover(struct flight *flight) {
    struct orch_upstream *upstream = flight->fetcher->upstream;
    struct mcp_err lost = flight->lost;
    orch_upstream_suspect(upstream, flight->serial, &lost);
    if (!flight->was_up || flight->has_reconnected || orch_upstream_is_closing(upstream)) {
        land_failed(flight, &lost);
        return;
    }
    flight->has_reconnected = true;
    flight->lost = (struct mcp_err){0};
    drop_list(flight);
    orch_upstream_connect(upstream, 0, UINT64_MAX, &flight->connected);
}

/* Nothing is in flight and nothing more will be asked for. */
static void settle(struct flight *flight) {
    json_t *root = NULL;
    struct mcp_err err = {0};
    if (flight->broken.code != MCP_OK)
        land_failed(flight, &flight->broken);
    else if (flight->lost.code != MCP_OK)
        recover(flight);
    else if (assemble(flight, &root, &err) != MCP_OK)
        land_failed(flight, &err);
    else
        land_with(flight, root);
}

/* The connection the flight began on is no more. */
static bool is_gone(const struct flight *flight) {
    return orch_upstream_is_gone(flight->fetcher->upstream, flight->serial);
}

/* The connection, not the request, is at fault. An answer of the peer and a timeout say nothing
 * against the connection. */
static bool is_lost(const struct flight *flight, const struct mcp_reply *reply) {
    return reply->rpc_error == NULL && (reply->code == MCP_E_IO || is_gone(flight));
}

static void fail_item(struct item *item, const struct mcp_err *why) {
    if (item->why == NULL)
        item->why = mcp_alloc(sizeof *item->why);
    if (item->why != NULL)
        *item->why = *why;
    else
        (void)MCP_FAIL(&item->flight->broken, MCP_E_NOMEM, "out of memory");
}

static void fail_item_at(struct item *item, enum mcp_code code, const char *what) {
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, code, "%s", what);
    fail_item(item, &err);
}

static size_t content_bytes(const json_t *contents) {
    size_t bytes = 0;
    for (size_t i = 0; i < json_array_size(contents); i++) {
        const json_t *content = json_array_get(contents, i);
        bytes += json_string_length(json_object_get(content, "text"));
        bytes += json_string_length(json_object_get(content, "blob"));
    }
    return bytes;
}

static void take_contents(struct item *item, const json_t *contents) {
    struct flight *flight = item->flight;
    const char *mime = json_string_value(json_object_get(item->listed, "mimeType"));
    char remark[ORCH_REMARK_BYTES] = "";
    struct mcp_err err = {0};
    flight->bytes += content_bytes(contents);
    if (flight->bytes > (size_t)ORCH_MAX_SERVER_MIB << 20) {
        (void)MCP_FAIL(&err, MCP_E_LIMIT, "the server's resources hold more than %d MiB",
                       ORCH_MAX_SERVER_MIB);
        fail_item(item, &err);
        return;
    }
    if (orch_merge_value(contents, mime, &item->value, remark, &err) != MCP_OK)
        fail_item(item, &err);
    else if (remark[0] != '\0')
        fail_item_at(item, MCP_E_SYNTAX, remark);
}

static uint64_t time_left(const struct flight *flight) {
    uint64_t now_ms = mcp_clock_now_ms();
    return flight->deadline_ms > now_ms ? flight->deadline_ms - now_ms : 0;
}

static void read_item(struct flight *flight, struct item *item) {
    json_auto_t *params = json_pack("{s:s}", "uri", item->uri);
    uint64_t left_ms = time_left(flight);
    if (params == NULL) {
        fail_item_at(item, MCP_E_NOMEM, "out of memory");
    } else if (left_ms == 0) {
        fail_item_at(item, MCP_E_TIMEOUT, "not read: the server's timeout is over");
    } else if (flight->bytes > (size_t)ORCH_MAX_SERVER_MIB << 20) {
        fail_item_at(item, MCP_E_LIMIT, "not read: the server's resources are too big together");
    } else {
        flight->in_flight++;
        orch_call_send(flight->fetcher->upstream, "resources/read", params, left_ms,
                       flight->on_read, item);
    }
}

static bool has_link(struct flight *flight) {
    if (flight->lost.code == MCP_OK && is_gone(flight))
        (void)MCP_FAIL(&flight->lost, MCP_E_IO, "the connection was lost while reading");
    return flight->lost.code == MCP_OK;
}

/* Keep reads in flight; settle after the last answer. */
static void pump(struct flight *flight) {
    if (flight->is_pumping)
        return;
    flight->is_pumping = true;
    while (flight->next < flight->item_count && flight->in_flight < ORCH_READS_IN_FLIGHT &&
           has_link(flight)) {
        struct item *item = &flight->items[flight->next++];
        read_item(flight, item);
    }
    flight->is_pumping = false;
    bool is_over = flight->next == flight->item_count || flight->lost.code != MCP_OK ||
                   flight->broken.code != MCP_OK;
    if (is_over && flight->in_flight == 0)
        settle(flight);
}

static void on_read(const struct mcp_reply *reply, void *user) {
    struct item *item = user;
    struct flight *flight = item->flight;
    flight->in_flight--;
    if (reply->code == MCP_OK) {
        orch_cache_policy_add(&flight->listing.policy, reply->result, flight->listing.is_modern);
        take_contents(item, json_object_get(reply->result, "contents"));
    } else if (is_lost(flight, reply) && flight->lost.code == MCP_OK)
        flight->lost = *reply->err;
    else
        fail_item(item, reply->err);
    pump(flight);
}

/* Items for every resource with a URI, each URI once. */
static enum mcp_code make_items(struct flight *flight, struct mcp_err *err) {
    size_t count = json_array_size(flight->list);
    if (count > ORCH_MAX_RESOURCES)
        return MCP_FAIL(err, MCP_E_LIMIT, "lists %zu resources: more than %d", count,
                        ORCH_MAX_RESOURCES);
    json_auto_t *seen = json_object();
    flight->items = mcp_alloc((count + 1) * sizeof *flight->items);
    if (flight->items == NULL || seen == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        json_t *listed = json_array_get(flight->list, i);
        const char *uri = json_string_value(json_object_get(listed, "uri"));
        if (uri == NULL)
            return MCP_FAIL(err, MCP_E_PEER, "the resource at %zu of its list has no uri", i);
        if (json_object_get(seen, uri) != NULL)
            continue;
        if (json_object_set_new(seen, uri, json_true()) != 0)
            return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
        flight->items[flight->item_count++] =
            (struct item){.flight = flight, .listed = listed, .uri = uri};
    }
    return MCP_OK;
}

static const char *key_of(const struct flight *flight) {
    return flight->holding == ORCH_TOOLS ? "tools" : "resources";
}

static const char *method_of(const struct flight *flight) {
    return flight->holding == ORCH_TOOLS ? "tools/list" : "resources/list";
}

/* The list is whole. */
static void use_list(struct flight *flight) {
    struct mcp_err err = {0};
    flight->list =
        json_incref(json_object_get(orch_listing_result(&flight->listing), key_of(flight)));
    if (flight->holding == ORCH_TOOLS) {
        json_t *root = json_pack("{s:O}", "tools", flight->list);
        if (root != NULL)
            land_with(flight, root);
        else
            land_without_memory(flight);
    } else if (make_items(flight, &err) != MCP_OK) {
        land_failed(flight, &err);
    } else {
        orch_subscribe(flight->fetcher->upstream, &flight->fetcher->watched, flight->list);
        pump(flight);
    }
}

static void on_listed(struct orch_listing *listing, const struct mcp_err *why, bool is_lost) {
    struct flight *flight = (struct flight *)((char *)listing - offsetof(struct flight, listing));
    if (why == NULL) {
        use_list(flight);
    } else if (is_lost) {
        flight->lost = *why;
        settle(flight);
    } else {
        land_failed(flight, why);
    }
}

/* A server that does not declare the feature has none of it: not an error. */
static bool is_declared(const struct flight *flight) {
    struct mcp_dial *dial = orch_upstream_dial(flight->fetcher->upstream);
    const json_t *declared = mcp_client_server_capabilities(mcp_dial_client(dial));
    return declared == NULL ||
           json_object_get(declared, flight->holding == ORCH_TOOLS ? "tools" : "resources") != NULL;
}

static void land_empty(struct flight *flight) {
    json_t *root = flight->holding == ORCH_TOOLS
                       ? json_pack("{s:[]}", "tools")
                       : json_pack("{s:{}, s:[], s:{}}", "resources", "errors", "uris");
    if (root != NULL)
        land_with(flight, root);
    else
        land_without_memory(flight);
}

static void list(struct flight *flight) {
    struct orch_upstream *upstream = flight->fetcher->upstream;
    /* losing a connection outdates what was cached: this fetch is of the new generation */
    flight->generation =
        orch_state_generation(state_of(flight), orch_upstream_slot(upstream), flight->holding);
    flight->serial = orch_upstream_serial(upstream);
    flight->deadline_ms = mcp_clock_now_ms() + orch_upstream_server(upstream)->timeout_ms;
    orch_upstream_tell(upstream, ORCH_EV_FETCHING,
                       flight->holding == ORCH_TOOLS ? "tools" : "resources");
    if (!is_declared(flight)) {
        land_empty(flight);
        return;
    }
    const struct orch_listing_order order = {upstream, method_of(flight), key_of(flight),
                                             flight->deadline_ms, on_listed};
    orch_listing_begin(&flight->listing, &order);
}

static void on_connected(struct orch_waiter *waiter, const struct mcp_err *why) {
    struct flight *flight = (struct flight *)((char *)waiter - offsetof(struct flight, connected));
    if (why != NULL)
        land(flight, NULL, why); /* the upstream has told why */
    else
        list(flight);
}

/* Another process has read it, or this one is to. */
static void on_shared(struct orch_share_lease *lease, struct orch_value *value) {
    struct flight *flight = (struct flight *)((char *)lease - offsetof(struct flight, lease));
    struct orch_fetcher *fetcher = flight->fetcher;
    if (value == NULL) {
        orch_upstream_connect(fetcher->upstream, 0, flight->since_ms, &flight->connected);
        return;
    }
    orch_upstream_tell(fetcher->upstream, ORCH_EV_FETCHED, "from the shared cache");
    if (flight->holding == ORCH_RESOURCES)
        orch_subscribe_uris(fetcher->upstream, &fetcher->watched,
                            json_object_get(orch_value_root(value), "uris"));
    land(flight, value, NULL);
}

static bool join(struct orch_fetcher *fetcher, enum orch_holding holding, uint64_t generation,
                 struct orch_asker *asker) {
    struct flight *flight = fetcher->open[holding];
    if (flight == NULL || flight->generation != generation)
        return false;
    asker->next = flight->askers;
    flight->askers = asker;
    return true;
}

static void refuse(struct orch_asker *asker) {
    struct mcp_err err = {0};
    (void)MCP_FAIL(&err, MCP_E_NOMEM, "out of memory");
    asker->done(asker, NULL, &err);
}

void orch_fetcher_ask(struct orch_fetcher *fetcher, enum orch_holding holding,
                      struct orch_asker *asker) {
    struct orch_upstream *upstream = fetcher->upstream;
    struct orch_state *state = orch_upstream_hub(upstream)->state;
    size_t slot = orch_upstream_slot(upstream);
    uint64_t generation = orch_state_generation(state, slot, holding);
    asker->next = NULL;
    if (join(fetcher, holding, generation, asker))
        return;
    /* a fetch may have ended since the caller missed the cache */
    MCP_AUTO(orch_value_unrefp)
    struct orch_value *fresh = orch_state_peek(state, slot, holding);
    if (fresh != NULL) {
        asker->done(asker, fresh, NULL);
        return;
    }
    struct flight *flight = mcp_alloc(sizeof *flight);
    if (flight == NULL) {
        refuse(asker);
        return;
    }
    *flight = (struct flight){.fetcher = fetcher,
                              .holding = holding,
                              .generation = generation,
                              .since_ms = asker->since_ms,
                              .was_up = orch_upstream_dial(upstream) != NULL,
                              .lease = {.done = on_shared},
                              .connected = {.done = on_connected},
                              .on_read = on_read,
                              .listing = {.policy = ORCH_CACHE_POLICY_INIT},
                              .askers = asker};
    fetcher->open[holding] = flight;
    orch_share_ask(orch_upstream_hub(upstream)->share, slot, holding,
                   orch_upstream_server(upstream)->timeout_ms, &flight->lease);
}
