/* SPDX-License-Identifier: MIT */
/* Target: mcp_timestamp_parse. Property: what parses is written in UTC and parses to the same
 * moment; any eight bytes taken as a moment are written as text that parses. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mcp/timestamp.h"

static void check_moment(int64_t moment, bool is_exact) {
    char text[MCP_TIMESTAMP_BYTES];
    int64_t back = 0;
    mcp_timestamp_format(moment, text);
    if (mcp_timestamp_parse(mcp_str_of(text), &back, NULL) != MCP_OK)
        abort();
    if (is_exact && back != moment)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t moment = 0;
    if (mcp_timestamp_parse((struct mcp_str){(const char *)data, size}, &moment, NULL) == MCP_OK)
        check_moment(moment, true);
    if (size >= sizeof moment) {
        memcpy(&moment, data, sizeof moment);
        check_moment(moment, false);
    }
    return 0;
}
