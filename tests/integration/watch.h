/* SPDX-License-Identifier: MIT */
/* watch.h - a running server seen from outside: its processes, files, memory and /health. */
#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>
#include <sys/types.h>

enum { MAX_CHILDREN = 16 };

struct process_state {
    char letter; /* R running, S sleeping, T stopped, Z dead but not reaped */
    pid_t parent;
    long cpu_ticks; /* user time so far */
};
bool read_state(pid_t pid, struct process_state *out); /* false: no such process */

/* Processes whose parent it is, at most MAX_CHILDREN; the dead that are not reaped are counted in
 * *out_zombies alone. */
int children_of(pid_t pid, pid_t *out, int *out_zombies);
int open_files_of(pid_t pid);

/* A figure of /proc/PID/status ("VmHWM:") in KiB; -1: it has none. */
long status_of(pid_t pid, const char *name);

/* A number of /health, "busy"; -1: it has none. And the wait until it is so. */
long health(int port, const char *name);
void wait_health(int port, const char *name, long wanted);

#endif
