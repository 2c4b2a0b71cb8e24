/* SPDX-License-Identifier: MIT */
/* query.h - messages for mcp-database as text. */
#ifndef QUERY_H
#define QUERY_H

#define QUERY(id, sql)                                                                             \
    "{\"jsonrpc\":\"2.0\",\"id\":" id                                                              \
    ",\"method\":\"tools/call\",\"params\":{\"name\":\"execute_query\",\"arguments\":{\"query\":"  \
    "\"" sql "\"}}}"
#define ENDLESS                                                                                    \
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
#define PING "{\"jsonrpc\":\"2.0\",\"id\":77,\"method\":\"ping\"}"

#endif
