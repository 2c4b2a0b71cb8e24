/* SPDX-License-Identifier: MIT */
/* administrator.h - the server that with_postgres.sh starts, as its administrator. Failures end the
 * test. */
#ifndef ADMINISTRATOR_H
#define ADMINISTRATOR_H

#include <libpq-fe.h>

PGconn *administrate(const char *database);

/* Run statements; the first cell of what the last one gives, to be freed. */
char *administrator_ask(PGconn *conn, const char *sql);
void administrator_run(PGconn *conn, const char *sql);

/* A new database from a script in which @DATABASE@ stands for its name. */
void administrator_make_database(const char *name, const char *script);

/* start, stop, kill, freeze or thaw the whole server. */
void administrator_control(const char *word);

#endif
