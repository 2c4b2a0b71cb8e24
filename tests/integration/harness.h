/* SPDX-License-Identifier: MIT */
/* harness.h - start the real programs on free ports, talk to them, stop them. */
#ifndef HARNESS_H
#define HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <cmocka.h>

/* A directory of this test run, removed at the end; and the sample database in it. */
struct harness {
    char dir[64];
    char database[96];
    char config[96];
};

void harness_open(struct harness *harness);
void harness_close(struct harness *harness);

/* A running program of ours. */
struct process {
    pid_t pid;
    int port;      /* 0 when it never listened */
    char log[128]; /* its stderr, a file */
};

/* Start build/<preset>/bin/<name> with the arguments (NULL-terminated) and wait until it says that
 * it listens, at most 20 s. Fails the test when it ends before. At a socket file port is -1. */
struct process process_start(const struct harness *harness, const char *name,
                             const char *const *arguments);

/* The same, with a socket handed over as systemd does. */
struct process process_start_with(const struct harness *harness, const char *name,
                                  const char *const *arguments, int socket_fd);

/* The two servers on given ports (0: free ones). */
struct process start_database(const struct harness *harness, int port);
struct process start_product(const struct harness *harness, int port);

/* Send the signal and wait; the exit code, or -signal. *out_ms: how long it took. */
int process_stop(struct process *process, int signal, uint64_t *out_ms);

/* Run a program to its end; what it printed in `out` (its first bytes), its exit code. */
int process_run(const char *name, const char *const *arguments, char *out, size_t out_bytes);

/* Write the orchestrator's configuration. */
void write_config(const struct harness *harness, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A listening socket on a free port whose peer never gets what it hopes for. */
enum bad_peer_kind {
    BAD_SILENT,  /* accepts, says nothing */
    BAD_GARBAGE, /* answers everything with bytes that are not HTTP */
    BAD_JSON     /* answers every POST with 200 and half a JSON text */
};
struct bad_peer;
struct bad_peer *bad_peer_start(enum bad_peer_kind kind, int *out_port);
void bad_peer_stop(struct bad_peer *peer);

uint64_t now_ms(void);
void sleep_ms(unsigned ms);

#endif
