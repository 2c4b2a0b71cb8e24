/* SPDX-License-Identifier: MIT */
/* main.c - mcp-orchestrator. */
#include <pthread.h>
#include <signal.h>

#include "orchestrator/cli.h"
#include "program/program.h"

int main(int argc, char **argv) {
    sigset_t ends;
    mcp_program_prepare();
    /* this program waits in calls, not for signals: they end it, and its children with it */
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGHUP);
    (void)pthread_sigmask(SIG_UNBLOCK, &ends, NULL);
    return orch_cli_run(argc, argv);
}
