/* SPDX-License-Identifier: MIT */
/* metrics.h - what a server counts, and as Prometheus text 0.0.4. Layer: server. Includes: base
 * protocol. */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include <stdatomic.h>

#include "mcp/method.h"

enum {
    MCP_METRICS_OK = 0,           /* answered with a result */
    MCP_METRICS_CANCELLED = 1,    /* not answered: its peer did not want it any more */
    MCP_METRICS_MAX_METHODS = 24, /* requests of clients, and "other" */
    MCP_METRICS_REVISIONS = MCP_VERSION_NEWEST + 1,
    MCP_METRICS_CODES = 16,
    MCP_METRICS_BUCKETS = 12,    /* the last one has no end */
    MCP_METRICS_MAX_ROWS = 256,  /* of mcp_requests_total, beside the one for what is beyond */
    MCP_METRICS_MAX_LABEL = 128, /* bytes of the server's name, and of its version, that are told */
    MCP_METRICS_MAX_BYTES = 65536 /* no text is longer, whatever was counted */
};

struct mcp_metrics_times {
    atomic_uint_fast64_t buckets[MCP_METRICS_BUCKETS];
    atomic_uint_fast64_t sum_us;
};

/*
 * Begins zeroed. Counting takes a few atomic additions, no lock and no memory. Combinations of
 * method, revision and code get a row as they first occur; past MCP_METRICS_MAX_ROWS new ones count
 * as "other" throughout, so that no row ever shrinks or goes.
 *
 *   thread  any
 */
struct mcp_metrics {
    atomic_uint_fast64_t requests[MCP_METRICS_MAX_METHODS][MCP_METRICS_REVISIONS]
                                 [MCP_METRICS_CODES];
    atomic_uint_fast64_t beyond;
    atomic_size_t row_count; /* rows given out */
    struct mcp_metrics_times times[MCP_METRICS_MAX_METHODS];
};

struct mcp_metrics_request {
    const struct mcp_method *method; /* NULL: "other" */
    enum mcp_version version;
    int code; /* MCP_METRICS_OK, MCP_METRICS_CANCELLED, or of the JSON-RPC error */
};

/* A request is over. */
void mcp_metrics_count(struct mcp_metrics *metrics, const struct mcp_metrics_request *request);

/* How long it took; a bucket has what took at most its bound. */
void mcp_metrics_time(struct mcp_metrics *metrics, const struct mcp_method *method, uint64_t us);

/* What is true at the moment. */
struct mcp_metrics_gauges {
    const char *name; /* of the server; "", NULL: empty. Escaped, cut to MCP_METRICS_MAX_LABEL */
    const char *version;
    size_t in_flight, sessions, streams, subscriptions;
    size_t worker_queue;
    int64_t started_ms; /* since 1970 */
};

/* Append the text: at most MCP_METRICS_MAX_BYTES, only rows that are not zero. */
void mcp_metrics_write(const struct mcp_metrics *metrics, const struct mcp_metrics_gauges *gauges,
                       struct mcp_buf *out);

#endif
