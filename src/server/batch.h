/* SPDX-License-Identifier: MIT */
/* batch.h - the replies to a JSON array of messages, as one array. Layer: server. Includes: json.
 */
#ifndef SERVER_BATCH_H
#define SERVER_BATCH_H

#include "mcp/outlet.h"

/*
 * Stands between the messages of a batch and the outlet the batch came with: each message has an
 * outlet of its own; what is said last on one is an element of the array, what is said before
 * passes through; when all have ended, the array is sent and the real outlet ended. An array
 * without elements is nothing to answer.
 *
 *   owner   of itself: gone when the last outlet has ended and open is over
 *   thread  any
 */
struct mcp_batch;

/* Takes `outlet` on success. NULL: allocation refused. */
struct mcp_batch *mcp_batch_new(struct mcp_outlet *outlet, size_t message_count);

/* The outlet of one message: each is to be ended once. */
struct mcp_outlet *mcp_batch_outlet(struct mcp_batch *batch, size_t index);

/* All messages have been handed on. The batch may be gone afterwards. */
void mcp_batch_opened(struct mcp_batch *batch);

#endif
