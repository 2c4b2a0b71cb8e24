/* SPDX-License-Identifier: MIT */
/* reaper.c - see reaper.h. */
#include "listen/reaper.h"

#include <sys/socket.h>

void mcp_reaper_init(struct mcp_reaper *reaper, uint64_t head_ms, uint64_t body_ms,
                     uint64_t idle_ms) {
    *reaper = (struct mcp_reaper){.timeout_ms = {head_ms, body_ms, idle_ms}};
}

static void leave(struct mcp_reaper *reaper, struct mcp_reaper_entry *entry) {
    if (entry->phase_plus_one == 0)
        return;
    struct mcp_reaper_list *list = &reaper->lists[entry->phase_plus_one - 1];
    if (entry->before != NULL)
        entry->before->after = entry->after;
    else
        list->first = entry->after;
    if (entry->after != NULL)
        entry->after->before = entry->before;
    else
        list->last = entry->before;
    entry->before = NULL;
    entry->after = NULL;
    entry->phase_plus_one = 0;
}

void mcp_reaper_enter(struct mcp_reaper *reaper, struct mcp_reaper_entry *entry,
                      enum mcp_reaper_phase phase, uint64_t now_ms) {
    leave(reaper, entry);
    if (phase >= MCP_REAPER_COUNT)
        return;
    struct mcp_reaper_list *list = &reaper->lists[phase];
    entry->deadline_ms = now_ms + reaper->timeout_ms[phase];
    entry->phase_plus_one = (unsigned)phase + 1;
    entry->before = list->last;
    if (list->last != NULL)
        list->last->after = entry;
    else
        list->first = entry;
    list->last = entry;
}

struct mcp_reaper_entry *mcp_reaper_next_due(struct mcp_reaper *reaper, uint64_t now_ms) {
    for (size_t i = 0; i < MCP_REAPER_COUNT; i++) {
        struct mcp_reaper_entry *entry = reaper->lists[i].first;
        if (entry != NULL && entry->deadline_ms <= now_ms) {
            leave(reaper, entry);
            return entry;
        }
    }
    return NULL;
}

struct mcp_reaper_entry *mcp_reaper_oldest_idle(struct mcp_reaper *reaper) {
    struct mcp_reaper_entry *entry = reaper->lists[MCP_REAPER_IDLE].first;
    if (entry != NULL)
        leave(reaper, entry);
    return entry;
}

uint64_t mcp_reaper_wait(const struct mcp_reaper *reaper, uint64_t now_ms, uint64_t most) {
    uint64_t wait = most;
    for (size_t i = 0; i < MCP_REAPER_COUNT; i++) {
        const struct mcp_reaper_entry *entry = reaper->lists[i].first;
        if (entry == NULL)
            continue;
        uint64_t left = entry->deadline_ms > now_ms ? entry->deadline_ms - now_ms : 0;
        wait = left < wait ? left : wait;
    }
    return wait;
}

void mcp_reaper_run(struct mcp_reaper *reaper, uint64_t now_ms) {
    struct mcp_reaper_entry *entry = NULL;
    while ((entry = mcp_reaper_next_due(reaper, now_ms)) != NULL)
        (void)shutdown(entry->socket, SHUT_RDWR);
}
