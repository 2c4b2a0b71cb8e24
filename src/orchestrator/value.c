/* SPDX-License-Identifier: MIT */
/* value.c - see value.h. Pure: no I/O, no clock, no log. */
#include "orchestrator/value.h"

#include <stdatomic.h>

#include "mcp/alloc.h"

struct orch_value {
    atomic_size_t refs;
    json_t *root;
    size_t bytes;
};

enum { NODE_BYTES = 32 };

/* As deep as the parser lets a tree be. */
static size_t count_bytes(const json_t *node) {
    size_t bytes = NODE_BYTES + json_string_length(node);
    json_t *open = (json_t *)(uintptr_t)node; /* NOLINT: iterated, not changed */
    for (size_t i = 0; i < json_array_size(node); i++)
        bytes += count_bytes(json_array_get(node, i)); /* NOLINT(misc-no-recursion) */
    for (void *at = json_object_iter(open); at != NULL; at = json_object_iter_next(open, at))
        bytes += NODE_BYTES + json_object_iter_key_len(at) +
                 count_bytes(json_object_iter_value(at)); /* NOLINT(misc-no-recursion) */
    return bytes;
}

struct orch_value *orch_value_new(json_t *root) {
    struct orch_value *value = root != NULL ? mcp_alloc(sizeof *value) : NULL;
    if (value == NULL) {
        json_decref(root);
        return NULL;
    }
    atomic_init(&value->refs, 1);
    value->root = root;
    value->bytes = count_bytes(root);
    return value;
}

struct orch_value *orch_value_ref(struct orch_value *value) {
    if (value != NULL)
        (void)atomic_fetch_add_explicit(&value->refs, 1, memory_order_relaxed);
    return value;
}

void orch_value_unref(struct orch_value *value) {
    /* acq_rel: whoever frees must have seen every other holder's last read */
    if (value == NULL || atomic_fetch_sub_explicit(&value->refs, 1, memory_order_acq_rel) != 1)
        return;
    json_decref(value->root);
    mcp_free(value);
}

void orch_value_unrefp(struct orch_value **value) {
    orch_value_unref(*value);
    *value = NULL;
}

const json_t *orch_value_root(const struct orch_value *value) {
    return value != NULL ? value->root : NULL;
}

size_t orch_value_bytes(const struct orch_value *value) {
    return value != NULL ? value->bytes : 0;
}
