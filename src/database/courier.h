/* SPDX-License-Identifier: MIT */
/* courier.h - a thread that hands out large answers, which take a while to be put into words.
 * Layer: database. Includes: worker_pool. */
#ifndef DATABASE_COURIER_H
#define DATABASE_COURIER_H

#include "database/worker_pool.h"

enum {
    DATABASE_COURIER_BYTES = 256 * 1024, /* of rows and text together: less is no burden */
    DATABASE_COURIER_WAITING = 4         /* answers, beside the one being handed out */
};

/* An answer that is whole, and who waits for it. Owns what it has. */
struct database_parcel {
    struct mcp_buf columns;
    struct mcp_buf rows;
    struct mcp_buf text;
    json_t *done;
    uint64_t elapsed_ms;
    database_done_fn *on_done;
    void *user;
};

struct database_courier;

/* errors: IO no thread can be had; NOMEM. */
enum mcp_code database_courier_start(struct database_courier **out_courier,
                                     struct mcp_err *err) MCP_CHECK;

/* Hand out what was taken, join. NULL is a no-op. */
void database_courier_stop(struct database_courier *courier);

/*
 * on_done is called with it soon, on the courier's thread; the parcel is empty then, its buffers
 * as large as before. False, and nothing was taken: too many wait already.
 */
bool database_courier_take(struct database_courier *courier, struct database_parcel *parcel);

/* Call on_done with what is in it, on this thread. Its content may be taken by whoever is called.
 */
void database_parcel_hand_out(struct database_parcel *parcel);

#endif
