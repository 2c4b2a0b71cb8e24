/* SPDX-License-Identifier: MIT */
/* server_torture.h - the engine's vectors with each allocation refused in turn. */
#ifndef SERVER_TORTURE_H
#define SERVER_TORTURE_H

#include <stdbool.h>

/*
 * Run the cases of "server.<module>" that are worth it, once for each allocation after the start of
 * the server: every answer is the wanted one or says "Internal error", and nothing leaks.
 */
void server_torture(const char *module, bool (*is_worth_it)(const char *name));

#endif
