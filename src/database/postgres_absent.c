/* SPDX-License-Identifier: MIT */
/* postgres_absent.c - see postgres_backend.h: a build without libpq. Pure: no I/O, no clock. */
#include "database/postgres_backend.h"

enum mcp_code database_postgres_open(const struct database_postgres_source *source,
                                     const struct database_limits *limits,
                                     const struct database_exposure *exposure,
                                     struct database_backend **out_backend, struct mcp_err *err) {
    (void)source;
    (void)limits;
    (void)exposure;
    (void)out_backend;
    return MCP_FAIL(err, MCP_E_UNSUPPORTED,
                    "this mcp-database was built without PostgreSQL; build it with libpq and "
                    "-DMCP_POSTGRES=ON, or unset DATABASE_URL");
}
