/* SPDX-License-Identifier: MIT */
/* lint.h - what a metadata file can get wrong although its shape is right. Layer: product_metadata.
 */
#ifndef PRODUCT_LINT_H
#define PRODUCT_LINT_H

#include "product_metadata/index.h"
#include "product_metadata/problem.h"

/*
 * Report warnings, without line and column:
 *
 *   empty-term         an alias, key, id, name or mapped term without a letter or digit
 *   ambiguous-term     an alias, key, id or name that two products have (compared as index.h does)
 *   same-canonical-id  two products with one canonical_id
 *   reference-form     a database reference that is not table.column
 *   dialect-term       a dialect's term that no mapping has: a slip, or known to its readers alone
 *   sql-...            see sql_form.h; of the mappings and of every dialect's
 *
 *   errors  NOMEM
 *   cost    O(terms)
 */
enum mcp_code product_lint(const struct product_model *model, const struct product_index *index,
                           product_problem_fn *on_problem, void *user,
                           struct mcp_err *err) MCP_CHECK;

#endif
