/* SPDX-License-Identifier: MIT */
/* Target: what a shared cache gives: values, messages and answers. Properties: what is read is
 * written as it was, byte for byte; a value that is taken has the shape that it must have. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "orchestrator/share_plan.h"

static void require(bool claim) {
    if (!claim)
        abort();
}

static void check_value(struct mcp_str body, bool is_tools) {
    MCP_AUTO(orch_value_unrefp) struct orch_value *value = NULL;
    if (orch_share_record_value(body, is_tools, &value, NULL) != MCP_OK)
        return;
    const json_t *root = orch_value_root(value);
    require(is_tools ? json_is_array(json_object_get(root, "tools"))
                     : json_is_object(json_object_get(root, "resources")) &&
                           json_is_object(json_object_get(root, "uris")));
}

static void check_record(struct mcp_str bytes) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf again = MCP_BUF_INIT(1 << 20);
    struct orch_share_record record;
    if (orch_share_record_read(bytes, &record, NULL) != MCP_OK)
        return;
    require(orch_share_record_write(&record, &again, NULL) == MCP_OK);
    require(mcp_str_equal(mcp_buf_view(&again), bytes));
    check_value(record.body, false);
    check_value(record.body, true);
}

static void check_message(struct mcp_str bytes) {
    struct orch_share_message message;
    char again[ORCH_SHARE_MESSAGE_BYTES];
    if (orch_share_message_read(bytes, &message, NULL) == MCP_OK)
        require(mcp_str_equal(mcp_str_of(orch_share_message_write(&message, again)), bytes));
}

/* The bytes as every text of an answer. */
static void check_view(struct mcp_str bytes) {
    const struct orch_cache_limits limits = {.ttl_ms = 1000, .max_items = 1, .max_bytes = 1};
    const struct orch_share_question question = {.may_claim = true, .is_claim = true};
    const struct orch_share_item number = {.is_number = true, .number = 500};
    const struct orch_share_item text = {.is_text = true, .text = bytes};
    const struct orch_share_item items[] = {number, number, text, text, number, text, number};
    struct orch_share_view view;
    size_t best = 0;
    uint64_t wait_ms = 0;
    require(orch_share_view_read(items, MCP_COUNT(items), &view, NULL) == MCP_OK);
    enum orch_share_step step = orch_share_next(&question, &view, &limits, &best, &wait_ms);
    require(best <= 2 && (step != ORCH_SHARE_GIVE || view.offers[best].is_there));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct mcp_str bytes = {(const char *)data, size};
    check_record(bytes);
    check_message(bytes);
    check_view(bytes);
    check_value(bytes, false);
    return 0;
}
