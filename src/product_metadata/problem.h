/* SPDX-License-Identifier: MIT */
/* problem.h - one thing that is wrong with a metadata file. Layer: product_metadata. */
#ifndef PRODUCT_PROBLEM_H
#define PRODUCT_PROBLEM_H

#include "product_metadata/outline.h"

/* Views live until the callback returns. */
struct product_problem {
    bool is_warning;         /* served nevertheless */
    size_t line;             /* 1-based; 0: not known */
    size_t column;           /* 1-based, in bytes */
    struct mcp_str pointer;  /* JSON pointer of the value; empty: the whole file */
    enum product_part part;  /* with `position`: the member of a list that `pointer` is in; */
    size_t position;         /* PRODUCT_PART_COUNT: in none, or it is not known */
    const char *rule;        /* "json", a schema keyword, "model", or a check of lint.h */
    struct mcp_str sentence; /* one line */
};

typedef void(product_problem_fn)(const struct product_problem *problem, void *user);

#endif
