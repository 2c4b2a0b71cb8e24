/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "captured.h"
#include "product_metadata/commands.h"
#include "product_metadata/embedded.h"
#include "vectors.h"

#define W(text) ((char[]){text}) /* a word as main gets it: writable */

struct command {
    int (*run)(int argc, char **argv);
    int argc;
    char **argv;
};

static char directory[] = "/tmp/mcp-commands-XXXXXX";
static char output[65536];
static char complaint[4096];

static int make_directory(void **state) {
    (void)state;
    return mkdtemp(directory) != NULL ? chdir(directory) : -1;
}

static int remove_directory(void **state) {
    static const char *const names[] = {"product_metadata.json", "product_metadata_schema.json",
                                        "file"};
    (void)state;
    for (size_t i = 0; i < MCP_COUNT(names); i++)
        (void)unlink(names[i]);
    return chdir("/") == 0 ? rmdir(directory) : -1;
}

static int run_command(void *user) {
    const struct command *command = user;
    return command->run(command->argc, command->argv);
}

static int run_to_stdout(void *user) {
    return captured(STDOUT_FILENO, run_command, user, output, sizeof output);
}

/* Run; stdout is left in `output`, stderr in `complaint`. */
static int run(int (*command)(int argc, char **argv), int argc, char **argv) {
    struct command job = {command, argc, argv};
    return captured(STDERR_FILENO, run_to_stdout, &job, complaint, sizeof complaint);
}

static void put(const char *text) {
    FILE *file = fopen("file", "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int check(const char *text) {
    char *words[] = {W("file")};
    put(text);
    return run(product_command_check, 1, words);
}

static void generate_writes_the_example_and_its_schema(void **state) {
    (void)state;
    char *words[] = {W("--out"), W(".")};
    char *file[] = {W("product_metadata.json")};
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf schema = MCP_BUF_INIT(65536);
    assert_int_equal(run(product_command_generate, 2, words), 0);
    assert_non_null(strstr(output, "wrote ./product_metadata.json"));
    assert_string_equal(complaint, "");
    assert_int_equal(mcp_file_read("product_metadata_schema.json", &schema, NULL), MCP_OK);
    assert_string_equal(schema.data, product_metadata_schema);
    assert_int_equal(run(product_command_check, 1, file), 0);
    assert_string_equal(output,
                        "product_metadata.json: 3 products, 10 mappings, 0 errors, 0 warnings\n");
}

static void generate_makes_the_directory_and_any_number(void **state) {
    (void)state;
    char *words[] = {W("-n"), W("50"), W("--seed=9"), W("-o"), W("a/b"), W("--last-updated=now")};
    char *file[] = {W("--strict"), W("a/b/product_metadata.json")};
    assert_int_equal(run(product_command_generate, 6, words), 0);
    assert_int_equal(run(product_command_check, 2, file), 0);
    assert_non_null(strstr(output, "50 products"));
    assert_int_equal(unlink("a/b/product_metadata.json"), 0);
    assert_int_equal(unlink("a/b/product_metadata_schema.json"), 0);
    assert_int_equal(rmdir("a/b"), 0);
    assert_int_equal(rmdir("a"), 0);
}

static void generate_refuses_bad_words(void **state) {
    (void)state;
    char *many[] = {W("--products"), W("1000001")};
    char *time[] = {W("--last-updated"), W("soon")};
    char *word[] = {W("x")};
    assert_int_equal(run(product_command_generate, 2, many), 2);
    assert_non_null(strstr(complaint, "expected an integer from 0 to 1000000"));
    assert_int_equal(run(product_command_generate, 2, time), 2);
    assert_non_null(strstr(complaint, "--last-updated is \"soon\": expected \"now\" or a time"));
    assert_int_equal(run(product_command_generate, 1, word), 2);
    assert_string_equal(output, "");
}

static void generate_fails_where_it_cannot_write(void **state) {
    (void)state;
    char *words[] = {W("--out"), W("/dev/null/x")};
    assert_int_equal(run(product_command_generate, 2, words), 1);
    assert_non_null(strstr(complaint, "/dev/null"));
}

static void help_shows_usage_and_options(void **state) {
    (void)state;
    char *words[] = {W("--help")};
    assert_int_equal(run(product_command_generate, 1, words), 0);
    assert_non_null(strstr(output, "Usage: mcp-product-metadata generate"));
    assert_non_null(strstr(output, "--seed S"));
    assert_int_equal(run(product_command_check, 1, words), 0);
    assert_non_null(strstr(output, "Usage: mcp-product-metadata check"));
    assert_non_null(strstr(output, "--[no-]strict"));
}

static void check_lists_every_error(void **state) {
    (void)state;
    assert_int_equal(check("{\"product_aliases\": {\"a\": 1},\n \"column_mappings\": {\"b\": 2}}"),
                     1);
    assert_string_equal(output,
                        "file:1:27: error: /product_aliases/a: expected an object, got 1 [type]\n"
                        "file:2:27: error: /column_mappings/b: expected a string, got 2 [type]\n"
                        "file: 2 errors, 0 warnings\n");
}

static void check_lets_warnings_pass_unless_strict(void **state) {
    (void)state;
    char *strict[] = {W("file"), W("--strict")};
    assert_int_equal(check("{\"product_aliases\": {}, \"column_mappings\": {\"a\": \"x;\"}}"), 0);
    assert_non_null(strstr(output, "file:1:45: warning: /column_mappings/a: "));
    assert_non_null(strstr(output, "file: 0 products, 1 mapping, 0 errors, 1 warning\n"));
    assert_int_equal(run(product_command_check, 2, strict), 1);
}

static void check_shows_all_there_are(void **state) {
    (void)state;
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(65536);
    mcp_buf_add(&text, MCP_STR("{\"product_aliases\": {}, \"column_mappings\": {"));
    for (int i = 0; i < 503; i++)
        mcp_buf_addf(&text, "%s\"m%d\": %d", i > 0 ? ",\n" : "", i, i);
    mcp_buf_add(&text, MCP_STR("}}"));
    assert_int_equal(check(text.data), 1);
    assert_non_null(strstr(output, "file:1:51: error: /column_mappings/m0: "));
    assert_non_null(strstr(output, "file:503:9: error: /column_mappings/m502: "));
    assert_non_null(strstr(output, "file: 503 errors, 0 warnings\n"));
}

static void strict_warnings_are_errors(void **state) {
    (void)state;
    char *strict[] = {W("file"), W("--strict")};
    put("{\"product_aliases\": {}, \"column_mappings\": {\"a\": \"x;\"}}");
    assert_int_equal(run(product_command_check, 2, strict), 1);
    assert_non_null(strstr(output, "file:1:45: error: /column_mappings/a: "));
    assert_non_null(strstr(output, "1 error, 0 warnings\n"));
}

/* The report of `text` as JSON. */
static json_t *report(const char *text, bool is_strict, int expected) {
    char *words[] = {W("file"), W("--json"), W("--strict")};
    put(text);
    assert_int_equal(run(product_command_check, is_strict ? 3 : 2, words), expected);
    json_t *root = json_loads(output, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    return root;
}

static void expect_report(const char *text, bool is_strict, int expected, const char *report_text) {
    json_auto_t *got = report(text, is_strict, expected);
    json_auto_t *want = json_loads(report_text, 0, NULL);
    assert_non_null(want);
    (void)json_object_del(got, "content_hash");
    if (json_equal(got, want) != 1)
        print_error("%s\n", output);
    assert_int_equal(json_equal(got, want), 1);
}

static void json_is_a_report(void **state) {
    (void)state;
    expect_report("{\"product_aliases\": {}, \"column_mappings\": {}}", false, 0,
                  "{\"file\": \"file\", \"problems\": [], \"errors\": 0, \"warnings\": 0,"
                  " \"products\": 0, \"mappings\": 0}");
    expect_report("{\"product_aliases\": {},\n\"column_mappings\": {\"\\\"\": \"{x}\"}}", false, 0,
                  "{\"file\": \"file\", \"problems\": [{\"severity\": \"warning\", \"line\": 2,"
                  " \"column\": 21, \"pointer\": \"/column_mappings/\\\"\","
                  " \"rule\": \"sql-placeholder\", \"message\":"
                  " \"unknown placeholder \\\"{x}\\\": expected {date_column}\"}],"
                  " \"errors\": 0, \"warnings\": 1, \"products\": 0, \"mappings\": 1}");
    json_auto_t *strict = report(
        "{\"product_aliases\": {}, \"column_mappings\": {\"a\": \"x;\", \"b\": \"(\"}}", true, 1);
    assert_int_equal(json_integer_value(json_object_get(strict, "errors")), 2);
    assert_int_equal(json_array_size(json_object_get(strict, "problems")), 2);
    expect_report("{", false, 1,
                  "{\"file\": \"file\", \"problems\": [{\"severity\": \"error\", \"line\": 1,"
                  " \"column\": 2, \"pointer\": \"\", \"rule\": \"json\","
                  " \"message\": \"string or '}' expected near end of file\"}],"
                  " \"errors\": 1, \"warnings\": 0}");
}

static void json_of_no_file_is_nothing(void **state) {
    (void)state;
    char *missing[] = {W("/nowhere/x.json"), W("-j")};
    assert_int_equal(run(product_command_check, 2, missing), 2);
    assert_string_equal(output, "");
}

static void check_escapes_what_a_terminal_would_obey(void **state) {
    (void)state;
    assert_int_equal(check("{\"product_aliases\": {}, \"column_mappings\": {\"\\u001b[31m\": 1}}"),
                     1);
    assert_non_null(strstr(output, "/column_mappings/\\x1b[31m: "));
}

static void check_says_what_it_cannot_read(void **state) {
    (void)state;
    char *missing[] = {W("/nowhere/x.json")};
    assert_int_equal(run(product_command_check, 1, missing), 2);
    assert_non_null(strstr(complaint, "/nowhere/x.json: no such file"));
    assert_string_equal(output, "");
}

static void check_wants_one_file(void **state) {
    (void)state;
    char *two[] = {W("a"), W("b")};
    char *option[] = {W("--strikt"), W("a")};
    assert_int_equal(run(product_command_check, 0, NULL), 2);
    assert_non_null(strstr(complaint, "command line: expected one FILE, got 0"));
    assert_int_equal(run(product_command_check, 2, two), 2);
    assert_non_null(strstr(complaint, "got 2"));
    assert_int_equal(run(product_command_check, 2, option), 2);
    assert_non_null(strstr(complaint, "did you mean --strict?"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generate_writes_the_example_and_its_schema),
        cmocka_unit_test(generate_makes_the_directory_and_any_number),
        cmocka_unit_test(generate_refuses_bad_words),
        cmocka_unit_test(generate_fails_where_it_cannot_write),
        cmocka_unit_test(help_shows_usage_and_options),
        cmocka_unit_test(check_lists_every_error),
        cmocka_unit_test(check_lets_warnings_pass_unless_strict),
        cmocka_unit_test(check_shows_all_there_are),
        cmocka_unit_test(strict_warnings_are_errors),
        cmocka_unit_test(json_is_a_report),
        cmocka_unit_test(json_of_no_file_is_nothing),
        cmocka_unit_test(check_escapes_what_a_terminal_would_obey),
        cmocka_unit_test(check_says_what_it_cannot_read),
        cmocka_unit_test(check_wants_one_file),
    };
    return cmocka_run_group_tests_name("product_metadata.product_commands", tests, make_directory,
                                       remove_directory);
}
