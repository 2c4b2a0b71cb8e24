/* SPDX-License-Identifier: MIT */
/* oauth_scope.c - see oauth_scope.h. Pure: no I/O, no clock, no log. */
#include "oauth_client/oauth_scope.h"

/* The scope at or after *at; empty at the end. */
static struct mcp_str next_scope(struct mcp_str list, size_t *at) {
    while (*at < list.len && list.ptr[*at] == ' ')
        (*at)++;
    size_t from = *at;
    while (*at < list.len && list.ptr[*at] != ' ')
        (*at)++;
    return (struct mcp_str){list.len > 0 ? list.ptr + from : "", *at - from};
}

static bool holds(struct mcp_str list, struct mcp_str scope) {
    size_t at = 0;
    for (struct mcp_str one = next_scope(list, &at); one.len > 0; one = next_scope(list, &at))
        if (mcp_str_equal(one, scope))
            return true;
    return false;
}

bool mcp_oauth_scope_has_all(struct mcp_str held, struct mcp_str wanted) {
    size_t at = 0;
    for (struct mcp_str one = next_scope(wanted, &at); one.len > 0; one = next_scope(wanted, &at))
        if (!holds(held, one))
            return false;
    return true;
}

static bool is_scope(struct mcp_str scope) {
    for (size_t i = 0; i < scope.len; i++)
        if (scope.ptr[i] <= ' ' || scope.ptr[i] > '~' || scope.ptr[i] == '"' ||
            scope.ptr[i] == '\\')
            return false;
    return true;
}

void mcp_oauth_scope_add(struct mcp_buf *list, struct mcp_str more) {
    size_t at = 0;
    for (struct mcp_str one = next_scope(more, &at); one.len > 0; one = next_scope(more, &at)) {
        if (!is_scope(one) || holds(mcp_buf_view(list), one))
            continue;
        if (list->len > 0)
            mcp_buf_addc(list, ' ');
        mcp_buf_add(list, one);
    }
}
