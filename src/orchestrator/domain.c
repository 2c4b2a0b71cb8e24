/* SPDX-License-Identifier: MIT */
/* domain.c - see domain.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/domain.h"

#include <string.h>

/* A pattern: the part before the star with its dot ("sales."; "" for "*"), or a whole domain. */
struct reach {
    struct mcp_str text;
    bool is_open;
};

static struct reach reach_of(struct mcp_str entry) {
    bool is_all = entry.len == 1 && entry.ptr[0] == '*';
    bool is_below = entry.len > 2 && memcmp(entry.ptr + entry.len - 2, ".*", 2) == 0;
    if (is_all || is_below)
        return (struct reach){{entry.ptr, entry.len - 1}, true};
    return (struct reach){entry, false};
}

static bool begins(struct mcp_str text, struct mcp_str with) {
    return text.len >= with.len && (with.len == 0 || memcmp(text.ptr, with.ptr, with.len) == 0);
}

bool orch_domain_covers(struct mcp_str entry, struct mcp_str asked) {
    struct reach have = reach_of(entry);
    struct reach want = reach_of(asked);
    if (have.is_open && want.is_open)
        return begins(have.text, want.text) || begins(want.text, have.text);
    if (have.is_open) /* something must be left below the dot */
        return want.text.len > have.text.len && begins(want.text, have.text);
    if (want.is_open)
        return have.text.len > want.text.len && begins(have.text, want.text);
    return mcp_str_equal(have.text, want.text);
}

const char *orch_domain_flaw(struct mcp_str entry) {
    struct reach reach = reach_of(entry);
    if (reach.text.len > 0 && memchr(reach.text.ptr, '*', reach.text.len) != NULL)
        return "a \"*\" must be the whole last part, as in \"sales.*\", in";
    return NULL;
}
