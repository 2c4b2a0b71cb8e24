/* SPDX-License-Identifier: MIT */
/* Servers that misbehave as cases.json says, each beside one that does not. usage: test_hostile
 * library|orchestrator WAY [PATTERN] */
#include <stdio.h>
#include <string.h>

#include "hostile_rig.h"
#include "mcp/dial.h"

enum { MAX_TESTS = 256 };

/* libcurl opens what it keeps for ever. */
static void warm_up(void) {
    struct mcp_loop *loop = NULL;
    assert_int_equal(mcp_loop_new(&loop, NULL), MCP_OK);
    mcp_loop_free(loop);
}

int main(int argc, char **argv) {
    static struct CMUnitTest tests[MAX_TESTS];
    if (argc < 3)
        return 2;
    bool is_library = strcmp(argv[1], "library") == 0;
    size_t count = 0;
    size_t wanted = 0;
    hostile_open();
    struct hostile_case *all = hostile_cases(argv[2], &count);
    for (size_t i = 0; i < count; i++)
        if (argc < 4 || strstr(all[i].name, argv[3]) != NULL)
            tests[wanted++] = (struct CMUnitTest){
                .name = all[i].title,
                .test_func = is_library ? hostile_run_library : hostile_run_orchestrator,
                .initial_state = &all[i]};
    warm_up();
    int failed = _cmocka_run_group_tests("hostile", tests, wanted, NULL, NULL);
    print_message("%zu hostile cases over %s, through the %s: the longest took %llu ms, at most "
                  "%zu KiB were held; %llu answers of the other server meanwhile, the slowest "
                  "%llu ms\n",
                  hostile_sum.cases, argv[2], argv[1], (unsigned long long)hostile_sum.longest_ms,
                  hostile_sum.peak_bytes / 1024, (unsigned long long)hostile_sum.good_answers,
                  (unsigned long long)hostile_sum.good_longest_ms);
    hostile_close();
    return failed;
}
