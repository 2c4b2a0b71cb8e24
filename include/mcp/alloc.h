/* SPDX-License-Identifier: MIT */
/* alloc.h - every allocation goes through here, so a test can refuse any one. Layer: base. */
#ifndef MCP_ALLOC_H
#define MCP_ALLOC_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mcp_allocator {
    void *(*resize)(void *old, size_t bytes, void *user); /* old NULL: allocate; NULL: refused */
    void (*release)(void *old, void *user);               /* old may be NULL */
    void *user;
};

/* Install before any other call; NULL restores malloc. */
void mcp_alloc_install(const struct mcp_allocator *allocator);

void *mcp_alloc(size_t bytes);              /* zero-filled; NULL when refused */
void *mcp_realloc(void *old, size_t bytes); /* old intact when NULL is returned */
void mcp_free(void *old);                   /* NULL is a no-op */
char *mcp_strdup(const char *text);         /* NULL when refused, or when text is NULL */
char *mcp_strndup(const char *text, size_t len);

/* For MCP_AUTO on a plain pointer: char *name MCP_AUTO(mcp_freep) = NULL; */
void mcp_freep(void *pointer_to_pointer);

/*
 * Bound what this thread may allocate until the matching end: the sum of the bytes asked for, not
 * the bytes alive, so a parse that amplifies its input ends in NOMEM instead of eating the machine.
 * Budgets do not nest.
 */
void mcp_alloc_budget_begin(size_t bytes);
void mcp_alloc_budget_end(void);

/* Memory although the budget is spent, for code that must not be refused half-way; not zeroed. */
void *mcp_alloc_past_budget(size_t bytes);

/* How often this thread was refused since it started: a caller of code that hides a refused
 * allocation (or reports it as something else) compares before and after. */
size_t mcp_alloc_refusals(void);

#ifdef __cplusplus
}
#endif

#endif
