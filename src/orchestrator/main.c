/* SPDX-License-Identifier: MIT */
/* main.c - mcp-orchestrator. */
#include "orchestrator/cli.h"
#include "program/program.h"

int main(int argc, char **argv) {
    mcp_program_prepare();
    return orch_cli_run(argc, argv);
}
