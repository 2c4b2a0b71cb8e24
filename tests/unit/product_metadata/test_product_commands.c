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

static void json_of_no_file_is_the_error(void **state) {
    (void)state;
    char *missing[] = {W("/nowhere/x.json"), W("-j")};
    assert_int_equal(run(product_command_check, 2, missing), 2);
    assert_string_equal(output, "{\"file\":\"/nowhere/x.json\",\"error\":{\"code\":\"E_NOT_FOUND\","
                                "\"where\":\"/nowhere/x.json\",\"message\":\"no such file\"}}\n");
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

static int import(const char *format, const char *text, const char *out) {
    char from[16];
    char to[64];
    char *words[] = {W("--from"), from, W("file"), W("--last-updated=2026-01-01T00:00:00Z"),
                     W("--out"),  to};
    (void)snprintf(from, sizeof from, "%s", format);
    (void)snprintf(to, sizeof to, "%s", out != NULL ? out : "");
    put(text);
    return run(product_command_import, out != NULL ? 6 : 4, words);
}

static void import_writes_a_valid_file(void **state) {
    (void)state;
    char *file[] = {W("--strict"), W("a/made.json")};
    assert_int_equal(import("csv",
                            "canonical_id,canonical_name,aliases,t.c,term,sql\r\n"
                            "P1,Wand,abra|x,1,,\r\n,,,,sales,s.a\r\n",
                            "a/made.json"),
                     0);
    assert_string_equal(output, "");
    assert_string_equal(complaint, "file: 2 rows taken, 0 rejected; wrote a/made.json\n");
    assert_int_equal(run(product_command_check, 2, file), 0);
    assert_string_equal(output, "a/made.json: 1 product, 1 mapping, 0 errors, 0 warnings\n");
    assert_int_equal(unlink("a/made.json"), 0);
    assert_int_equal(rmdir("a"), 0);
}

static void import_writes_to_stdout_without_out(void **state) {
    (void)state;
    assert_int_equal(import("json", "[{\"term\": \"t\", \"sql\": \"x\"}]", NULL), 0);
    assert_string_equal(output, "{\n  \"product_aliases\": {},\n  \"column_mappings\": {\n"
                                "    \"t\": \"x\"\n  },\n"
                                "  \"last_updated\": \"2026-01-01T00:00:00Z\"\n}\n");
    assert_string_equal(complaint, "file: 1 row taken, 0 rejected\n");
}

static void import_tells_each_rejected_row(void **state) {
    (void)state;
    assert_int_equal(import("csv", "term,sql\na,x\nb\n\"c\",\nd,y\n", NULL), 3);
    assert_string_equal(complaint, "file:3:1: rejected: expected 2 fields, got 1\n"
                                   "file:4:1: rejected: sql: expected a text that is not empty\n"
                                   "file: 2 rows taken, 2 rejected\n");
    assert_int_equal(import("json", "[\n {\"term\": \"t\", \"sql\": \"x\"},\n  7]", NULL), 3);
    assert_non_null(strstr(complaint, "file:3:3: rejected: expected an object, got integer\n"));
    assert_int_equal(import("yaml", "- {term: t, sql: x}\n- term: u\n", NULL), 3);
    assert_non_null(strstr(complaint, "file:2:3: rejected: sql: expected a text"));
    assert_int_equal(import("json", "{\"column_mappings\": {\"a\": \"x\",\n\"b\": 1}}", NULL), 3);
    assert_non_null(strstr(complaint, "file:2:1: rejected: expected a string, got 1\n"));
}

static void import_tells_what_check_would_warn_of(void **state) {
    (void)state;
    assert_int_equal(import("csv", "term,sql\na,x;\n", NULL), 0);
    assert_non_null(strstr(complaint, "file: warning: /column_mappings/a: "));
}

static void import_writes_nothing_of_what_it_cannot_read(void **state) {
    (void)state;
    static const struct {
        const char *format;
        const char *text;
        const char *why;
    } cases[] = {
        {"csv", "a,b\n", "file:1:1: column \"a\": expected key"},
        {"csv", "term,sql\na\n", "file: no row can be taken"},
        {"json", "[1,\n", "file:2:1: "},
        {"json", "5", "file: expected an array of rows"},
        {"yaml", "a: [\n", "file:"},
        {"json", "{\"column_mappings\": {}, \"version\": 5}", "file:"},
    };
    for (size_t i = 0; i < MCP_COUNT(cases); i++) {
        assert_int_equal(import(cases[i].format, cases[i].text, "made.json"), 1);
        assert_non_null(strstr(complaint, cases[i].why));
        assert_int_equal(access("made.json", F_OK), -1);
    }
    assert_int_equal(import("csv", "term,sql\na,x\n", "/dev/null/x"), 1);
}

static void import_bounds_what_it_reads(void **state) {
    (void)state;
    char *words[] = {W("-f"), W("csv"), W("file")};
    put("term,sql\n");
    assert_int_equal(truncate("file", (64 << 20) + 1), 0);
    assert_int_equal(run(product_command_import, 3, words), 2);
    assert_non_null(strstr(complaint, "larger than 67108864 bytes"));
}

static void import_wants_a_format_and_a_file(void **state) {
    (void)state;
    char *file[] = {W("file")};
    char *format[] = {W("--from"), W("csv")};
    char *other[] = {W("--from"), W("xls"), W("file")};
    char *missing[] = {W("--from"), W("csv"), W("/nowhere.csv")};
    char *time[] = {W("--from"), W("csv"), W("file"), W("--last-updated"), W("soon")};
    char *help[] = {W("--help")};
    assert_int_equal(run(product_command_import, 1, file), 2);
    assert_non_null(strstr(complaint, "--from csv, json or yaml must say what FILE is"));
    assert_int_equal(run(product_command_import, 2, format), 2);
    assert_non_null(strstr(complaint, "expected one FILE, got 0"));
    assert_int_equal(run(product_command_import, 3, other), 2);
    assert_int_equal(run(product_command_import, 3, missing), 2);
    assert_non_null(strstr(complaint, "/nowhere.csv: no such file"));
    assert_int_equal(run(product_command_import, 5, time), 2);
    assert_int_equal(run(product_command_import, 1, help), 0);
    assert_non_null(strstr(output, "Usage: mcp-product-metadata import"));
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
        cmocka_unit_test(json_of_no_file_is_the_error),
        cmocka_unit_test(check_escapes_what_a_terminal_would_obey),
        cmocka_unit_test(check_says_what_it_cannot_read),
        cmocka_unit_test(check_wants_one_file),
        cmocka_unit_test(import_writes_a_valid_file),
        cmocka_unit_test(import_writes_to_stdout_without_out),
        cmocka_unit_test(import_tells_each_rejected_row),
        cmocka_unit_test(import_tells_what_check_would_warn_of),
        cmocka_unit_test(import_writes_nothing_of_what_it_cannot_read),
        cmocka_unit_test(import_bounds_what_it_reads),
        cmocka_unit_test(import_wants_a_format_and_a_file),
    };
    return cmocka_run_group_tests_name("product_metadata.product_commands", tests, make_directory,
                                       remove_directory);
}
