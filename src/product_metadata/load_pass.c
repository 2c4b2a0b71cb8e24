/* SPDX-License-Identifier: MIT */
/* load_pass.c - problems of a load and their places; see load_pass.h. Pure: no I/O, no clock, no
 * log. */
#include "product_metadata/load_pass.h"

#include <string.h>

#include "json/text_scan.h"

void product_pass_deinit(struct product_pass *pass) {
    product_outline_deinit(&pass->outline);
    product_lines_deinit(&pass->lines);
}

void product_pass_tell(struct product_pass *pass, const struct product_problem *problem,
                       enum mcp_code code) {
    const struct product_load *load = pass->load;
    if (!problem->is_warning && pass->error_count++ == 0) {
        pass->code = code;
        int pointer_len = (int)(problem->pointer.len < 120 ? problem->pointer.len : 120);
        (void)MCP_FAIL(pass->err, code, "%.*s%s%.*s (%s)", pointer_len, problem->pointer.ptr,
                       pointer_len > 0 ? ": " : "", (int)problem->sentence.len,
                       problem->sentence.ptr, problem->rule);
        if (problem->line > 0)
            (void)mcp_err_at(pass->err, code, "%s:%zu:%zu", load->name, problem->line,
                             problem->column);
        else
            (void)mcp_err_at(pass->err, code, "%s", load->name);
    }
    if (load->on_problem != NULL)
        load->on_problem(problem, load->user);
}

/* What follows the first `count` tokens. */
static struct mcp_str skip_tokens(struct mcp_str pointer, size_t count) {
    for (; count > 0 && pointer.len > 0; count--) {
        const char *slash = memchr(pointer.ptr + 1, '/', pointer.len - 1);
        size_t skipped = slash != NULL ? (size_t)(slash - pointer.ptr) : pointer.len;
        pointer = (struct mcp_str){pointer.ptr + skipped, pointer.len - skipped};
    }
    return pointer;
}

/* The place that `rest` names inside the member, without a look at the text before it. */
static bool find_in(struct product_pass *pass, const struct product_span *span, struct mcp_str rest,
                    bool at_key, struct mcp_place *out_place) {
    struct mcp_place found = {1, 1};
    const struct mcp_str value = {pass->text.ptr + span->value, span->end - span->value};
    size_t base = at_key && rest.len == 0 ? span->key : span->value;
    if (rest.len > 0 && mcp_pointer_locate(value, rest, at_key, &found, NULL) != MCP_OK)
        return false;
    if (pass->lines.count == 0 && product_lines_init(pass->text, &pass->lines, NULL) != MCP_OK)
        return false;
    *out_place = product_lines_find(&pass->lines, pass->text, base);
    out_place->column = found.line > 1 ? found.column : out_place->column + found.column - 1;
    out_place->line += found.line - 1;
    return true;
}

void product_pass_tell_at(struct product_pass *pass, const struct product_problem *problem,
                          enum mcp_code code) {
    struct product_problem placed = *problem;
    struct mcp_place found = {0};
    bool at_key = problem->pointer.len > 0 && strcmp(problem->rule, "type") != 0;
    bool is_found = false;
    if (problem->part < PRODUCT_PART_COUNT)
        is_found = find_in(pass, &pass->outline.parts[problem->part].rows[problem->position],
                           skip_tokens(problem->pointer, 2), at_key, &found);
    else
        is_found = mcp_pointer_locate(pass->text, problem->pointer, at_key, &found, NULL) == MCP_OK;
    if (is_found) {
        placed.line = found.line;
        placed.column = found.column;
    }
    product_pass_tell(pass, &placed, code);
}
