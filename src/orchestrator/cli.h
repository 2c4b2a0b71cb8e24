/* SPDX-License-Identifier: MIT */
/* cli.h - the command line of mcp-orchestrator. Layer: orchestrator. Includes: orchestrator
 * program. */
#ifndef ORCH_CLI_H
#define ORCH_CLI_H

enum { ORCH_EXIT_PARTIAL = 3 }; /* besides those of program.h: answered, but something is missing */

/* Run one command: answers on stdout, everything else on stderr. Returns the exit code. */
int orch_cli_run(int argc, char **argv);

#endif
