/* SPDX-License-Identifier: MIT */
/* loop.h - the one I/O thread, from the inside. Layer: dial. Includes: base. */
#ifndef MCP_LOOP_H
#define MCP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

#include "mcp/dial.h"

struct mcp_era_cache;
struct mcp_proxy_env;

/* All structs are the caller's storage, so that what must not fail needs no memory. */

/* Work for the loop's thread. Zeroed except fn and user; not to be pushed again before it ran. */
struct mcp_loop_job {
    struct mcp_loop_job *next;
    void (*fn)(void *user);
    void *user;
};

/* Zeroed except fn and user. */
struct mcp_loop_timer {
    struct mcp_loop_timer *prev;
    struct mcp_loop_timer *next;
    uint64_t due_ms;
    bool is_set;
    void (*fn)(void *user);
    void *user;
};

/* A descriptor; `events` in fn are epoll's. Level-triggered. */
struct mcp_loop_watch {
    int fd;
    void (*fn)(void *user, uint32_t events);
    void *user;
};

/* Something that must be closed before the loop may end: `close` begins that. */
struct mcp_loop_guest {
    struct mcp_loop_guest *prev;
    struct mcp_loop_guest *next;
    void (*close)(struct mcp_loop_guest *guest);
};

/* Any thread. Never fails; the job must stay until it ran. */
void mcp_loop_push(struct mcp_loop *loop, struct mcp_loop_job *job);
/* Any thread: run fn(user) on the loop and come back when it has run. */
void mcp_loop_run(struct mcp_loop *loop, void (*fn)(void *user), void *user);
bool mcp_loop_is_own_thread(const struct mcp_loop *loop);

/* All below: the loop's thread only. */
void mcp_loop_enter(struct mcp_loop *loop, struct mcp_loop_guest *guest);
void mcp_loop_leave(struct mcp_loop *loop, struct mcp_loop_guest *guest);

void mcp_loop_timer_set(struct mcp_loop *loop, struct mcp_loop_timer *timer, uint64_t due_ms);
void mcp_loop_timer_clear(struct mcp_loop *loop, struct mcp_loop_timer *timer);

enum mcp_code mcp_loop_watch(struct mcp_loop *loop, struct mcp_loop_watch *watch, uint32_t events,
                             struct mcp_err *err) MCP_CHECK;
void mcp_loop_rewatch(struct mcp_loop *loop, struct mcp_loop_watch *watch, uint32_t events);
void mcp_loop_unwatch(struct mcp_loop *loop, struct mcp_loop_watch *watch);

/* What servers turned out to speak, over all connections of the loop. */
struct mcp_era_cache *mcp_loop_eras(struct mcp_loop *loop);

/* The proxies of the environment as it was when the loop was made. */
const struct mcp_proxy_env *mcp_loop_proxies(const struct mcp_loop *loop);

/* For http_fetch: transfers are added and removed outside curl's callbacks only, by `fn`, which is
 * called once in a while after mcp_loop_curl_later. `on_transfer` gets each finished transfer. */
CURLM *mcp_loop_curl(struct mcp_loop *loop);
void mcp_loop_curl_later(struct mcp_loop *loop, struct mcp_loop_job *job);
CURL *mcp_loop_take_easy(struct mcp_loop *loop); /* NULL when there is no memory */
void mcp_loop_give_easy(struct mcp_loop *loop, CURL *easy);

/* What CURLOPT_PRIVATE of every easy handle points to. */
struct mcp_loop_transfer {
    void (*on_end)(struct mcp_loop_transfer *transfer, CURLcode code);
};

#endif
