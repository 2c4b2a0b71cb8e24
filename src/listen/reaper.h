/* SPDX-License-Identifier: MIT */
/* reaper.h - deadlines of connections, by what they are doing. Layer: listen. Includes: base. */
#ifndef MCP_REAPER_H
#define MCP_REAPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Phases with a deadline. A drip of bytes does not move it: it bounds the whole phase. */
enum mcp_reaper_phase {
    MCP_REAPER_HEAD,  /* the first byte of a request to the end of its head */
    MCP_REAPER_BODY,  /* the end of the head to the end of the body */
    MCP_REAPER_IDLE,  /* a kept-alive connection between requests */
    MCP_REAPER_COUNT, /* how many there are */
    MCP_REAPER_NONE   /* answering: the handler's time, or a stream */
};

/* Part of each connection; zeroed is valid and in no phase. */
struct mcp_reaper_entry {
    struct mcp_reaper_entry *before;
    struct mcp_reaper_entry *after;
    uint64_t deadline_ms;
    unsigned phase_plus_one; /* 0: in none */
    int socket;
};

struct mcp_reaper_list {
    struct mcp_reaper_entry *first; /* earliest deadline: within a phase all take equally long */
    struct mcp_reaper_entry *last;
};

/* thread: one. Owns nothing. */
struct mcp_reaper {
    uint64_t timeout_ms[MCP_REAPER_COUNT];
    struct mcp_reaper_list lists[MCP_REAPER_COUNT];
};

void mcp_reaper_init(struct mcp_reaper *reaper, uint64_t head_ms, uint64_t body_ms,
                     uint64_t idle_ms);

/* Leave the phase it is in and enter another (NONE: only leave). cost: O(1). */
void mcp_reaper_enter(struct mcp_reaper *reaper, struct mcp_reaper_entry *entry,
                      enum mcp_reaper_phase phase, uint64_t now_ms);

/* The connection whose deadline has passed, taken out of its phase; NULL when there is none. */
struct mcp_reaper_entry *mcp_reaper_next_due(struct mcp_reaper *reaper, uint64_t now_ms);

/* The connection that has been idle longest, taken out; NULL when none is. */
struct mcp_reaper_entry *mcp_reaper_oldest_idle(struct mcp_reaper *reaper);

/* Milliseconds until the next deadline, at most `most`; 0 when one has passed. */
uint64_t mcp_reaper_wait(const struct mcp_reaper *reaper, uint64_t now_ms, uint64_t most);

/* Shut every connection that is due down; its owner sees the end of the stream and closes it. */
void mcp_reaper_run(struct mcp_reaper *reaper, uint64_t now_ms);

#endif
