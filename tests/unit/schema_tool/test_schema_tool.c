/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "schema_tool/batch.h"

enum { MAX_WORDS = 160, PATH_BYTES = 128 };

/* A command line without the program's name; words end at NULL. */
static enum mcp_code parse(const char *const *words, struct schema_tool_arguments *out,
                           struct mcp_err *err) {
    static char *argv[MAX_WORDS];
    int argc = 1;
    argv[0] = (char[]){"mcp-schema"};
    for (; words[argc - 1] != NULL; argc++)
        memcpy(&argv[argc], &words[argc - 1], sizeof(void *));
    argv[argc] = NULL;
    return schema_tool_arguments_parse(argc, argv, out, err);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void options_come_before_the_files(void **state) {
    (void)state;
    struct schema_tool_arguments out = {0};
    struct mcp_err err = {0};
    assert_int_equal(parse(WORDS("--json", "--draft", "7", "--format-assertion", "--remote",
                                 "http://a/=x.json", "s.json", "a.json", "-", "--json"),
                           &out, &err),
                     MCP_OK);
    assert_int_equal(out.mode, SCHEMA_TOOL_JUDGE);
    assert_true(out.is_json && out.assert_format);
    assert_int_equal(out.draft, MCP_SCHEMA_DRAFT_07);
    assert_int_equal(out.remote_count, 1);
    assert_string_equal(out.schema, "s.json");
    assert_int_equal(out.instance_count, 3);
    assert_string_equal(out.instances[1], "-");
}

static void modes_are_chosen_by_option(void **state) {
    (void)state;
    static const struct {
        const char *word;
        enum schema_tool_mode mode;
    } cases[] = {
        {"--help", SCHEMA_TOOL_HELP},       {"-h", SCHEMA_TOOL_HELP},
        {"--version", SCHEMA_TOOL_VERSION}, {"-V", SCHEMA_TOOL_VERSION},
        {"--batch", SCHEMA_TOOL_BATCH},
    };
    for (size_t i = 0; i < MCP_COUNT(cases); i++) {
        struct schema_tool_arguments out = {0};
        assert_int_equal(parse(WORDS(cases[i].word), &out, NULL), MCP_OK);
        assert_int_equal(out.mode, cases[i].mode);
    }
}

static void two_dashes_end_the_options(void **state) {
    (void)state;
    struct schema_tool_arguments out = {0};
    assert_int_equal(parse(WORDS("--", "--json", "a"), &out, NULL), MCP_OK);
    assert_string_equal(out.schema, "--json");
    assert_false(out.is_json);
}

static void bad_arguments_are_named(void **state) {
    (void)state;
    static const struct {
        const char *words[4];
        const char *where;
        const char *what;
    } cases[] = {
        {{NULL}, "", "a schema and at least one instance"},
        {{"s.json", NULL}, "", "at least one instance"},
        {{"--wibble", "s", "i", NULL}, "--wibble", "not an option"},
        {{"--draft", NULL}, "--draft", "a value must follow"},
        {{"--draft", "4", "s", NULL}, "--draft", "\"4\" is no draft"},
        {{"--remote", "x", "s", NULL}, "--remote", "expected URI=FILE"},
        {{"--batch", "s", NULL}, "", "takes no files"},
    };
    for (size_t i = 0; i < MCP_COUNT(cases); i++) {
        struct schema_tool_arguments out = {.schema = "untouched"};
        struct mcp_err err = {0};
        assert_int_equal(parse(cases[i].words, &out, &err), MCP_E_INVALID);
        assert_string_equal(err.where, cases[i].where);
        assert_non_null(strstr(err.what, cases[i].what));
        assert_string_equal(out.schema, "untouched");
    }
}

static void remotes_are_bounded(void **state) {
    (void)state;
    const char *words[MAX_WORDS] = {NULL};
    struct schema_tool_arguments out = {0};
    size_t count = 0;
    for (size_t i = 0; i < SCHEMA_TOOL_MAX_REMOTES; i++) {
        words[count++] = "--remote";
        words[count++] = "http://a/=f";
    }
    words[count] = "s";
    words[count + 1] = "i";
    assert_int_equal(parse(words, &out, NULL), MCP_OK);
    assert_int_equal(out.remote_count, SCHEMA_TOOL_MAX_REMOTES);
    words[count] = "--remote";
    words[count + 1] = "http://a/=f";
    words[count + 2] = "s";
    words[count + 3] = "i";
    assert_int_equal(parse(words, &out, NULL), MCP_E_LIMIT);
}

static void drafts_have_names_and_uris(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum mcp_schema_draft draft;
    } cases[] = {
        {"7", MCP_SCHEMA_DRAFT_07},
        {"draft-07", MCP_SCHEMA_DRAFT_07},
        {"http://json-schema.org/draft-07/schema#", MCP_SCHEMA_DRAFT_07},
        {"2020-12", MCP_SCHEMA_2020_12},
        {"https://json-schema.org/draft/2020-12/schema", MCP_SCHEMA_2020_12},
    };
    for (size_t i = 0; i < MCP_COUNT(cases); i++) {
        enum mcp_schema_draft draft = MCP_SCHEMA_AUTO;
        assert_int_equal(schema_tool_draft(mcp_str_of(cases[i].text), &draft, NULL), MCP_OK);
        assert_int_equal(draft, cases[i].draft);
    }
}

/* What the batch answers to `lines`; to be released with free. */
static char *batch(const char *lines, enum schema_tool_exit *out_exit) {
    char *answers = NULL;
    size_t size = 0;
    FILE *in = tmpfile();
    FILE *out = open_memstream(&answers, &size);
    assert_non_null(in);
    assert_non_null(out);
    (void)fputs(lines, in);
    rewind(in);
    *out_exit = schema_tool_batch(in, out, stderr);
    (void)fclose(in);
    (void)fclose(out);
    return answers;
}

static void expect_answers(const char *lines, const char *wanted) {
    enum schema_tool_exit code = SCHEMA_TOOL_ERROR;
    char *answers = batch(lines, &code);
    assert_int_equal(code, SCHEMA_TOOL_VALID);
    assert_string_equal(answers, wanted);
    free(answers);
}

static void batch_answers_each_line_in_order(void **state) {
    (void)state;
    expect_answers("{\"remotes\":{\"http://r/\":{\"type\":\"integer\"}}}\n"
                   "{\"n\":0,\"schema\":{\"$ref\":\"http://r/\"},\"tests\":[1,\"a\",1.0]}\n"
                   "\n"
                   "{\"n\":1,\"schema\":false,\"tests\":[]}\n"
                   "{\"n\":\"x\",\"schema\":true,\"tests\":[null]}",
                   "{\"n\":0,\"valid\":[true,false,true]}\n"
                   "{\"n\":1,\"valid\":[]}\n"
                   "{\"n\":\"x\",\"valid\":[true]}\n");
}

static void batch_takes_dialect_and_format(void **state) {
    (void)state;
    expect_answers(
        "{\"n\":1,\"schema\":{\"items\":[false]},\"tests\":[[1]],"
        "\"dialect\":\"http://json-schema.org/draft-07/schema#\"}\n"
        "{\"n\":2,\"schema\":{\"prefixItems\":[false]},\"tests\":[[1]],"
        "\"dialect\":\"https://json-schema.org/draft/2020-12/schema\"}\n"
        "{\"n\":3,\"schema\":{\"format\":\"ipv4\"},\"tests\":[\"x\"],\"format\":true}\n"
        "{\"n\":4,\"schema\":{\"format\":\"ipv4\"},\"tests\":[\"x\"],\"format\":false}\n",
        "{\"n\":1,\"valid\":[false]}\n{\"n\":2,\"valid\":[false]}\n"
        "{\"n\":3,\"valid\":[false]}\n{\"n\":4,\"valid\":[true]}\n");
}

static void batch_reads_text_with_nul(void **state) {
    (void)state;
    expect_answers("{\"n\":0,\"schema\":{\"const\":\"a\\u0000b\"},"
                   "\"tests\":[\"a\\u0000b\",\"a\"]}\n",
                   "{\"n\":0,\"valid\":[true,false]}\n");
}

static void batch_answers_errors_and_goes_on(void **state) {
    (void)state;
    static const struct {
        const char *line;
        const char *error;
    } cases[] = {
        {"{\"n\":1,\"schema\":{\"type\":1},\"tests\":[]}", "/type: expected null, boolean"},
        {"{\"n\":1,\"tests\":[]}", "\\\"schema\\\" is missing"},
        {"{\"n\":1,\"schema\":{}}", "/tests: required, but missing"},
        {"{\"n\":1,\"schema\":{},\"tests\":{}}", "/tests: expected an array, got object"},
        {"{\"n\":1,\"schema\":{},\"tests\":[],\"dialect\":\"x\"}", "\\\"x\\\" is no draft"},
        {"{\"n\":1,\"schema\":{},\"tests\":[],\"format\":1}", "/format: expected a boolean"},
        {"{\"n\":1,\"schema\":{\"$ref\":\"#\"},\"tests\":[1]}", "/tests/0: the value nests"},
        {"{\"n\":1,\"schema\":{\"$ref\":\"http://x/\"},\"tests\":[]}",
         "/$ref: the reference leads"},
    };
    for (size_t i = 0; i < MCP_COUNT(cases); i++) {
        char lines[512];
        enum schema_tool_exit code = SCHEMA_TOOL_ERROR;
        (void)snprintf(lines, sizeof lines, "%s\n{\"n\":2,\"schema\":true,\"tests\":[1]}\n",
                       cases[i].line);
        char *answers = batch(lines, &code);
        assert_int_equal(code, SCHEMA_TOOL_VALID);
        assert_memory_equal(answers, "{\"n\":1,\"error\":\"", 16);
        assert_non_null(strstr(answers, cases[i].error));
        assert_non_null(strstr(answers, "\n{\"n\":2,\"valid\":[true]}\n"));
        free(answers);
    }
}

static void batch_answers_a_line_that_is_no_json(void **state) {
    (void)state;
    enum schema_tool_exit code = SCHEMA_TOOL_ERROR;
    char *answers = batch("{\"n\":1\n{\"n\":2,\"schema\":true,\"tests\":[1]}\n", &code);
    assert_int_equal(code, SCHEMA_TOOL_VALID);
    assert_memory_equal(answers, "{\"n\":null,\"error\":\"", 19);
    assert_non_null(strstr(answers, "\n{\"n\":2,\"valid\":[true]}\n"));
    free(answers);
}

static void batch_ends_when_nobody_reads(void **state) {
    (void)state;
    FILE *in = tmpfile();
    FILE *out = fopen("/dev/full", "w");
    FILE *problems = fopen("/dev/null", "w");
    assert_non_null(in);
    assert_non_null(out);
    assert_non_null(problems);
    (void)fputs("{\"n\":0,\"schema\":true,\"tests\":[]}\n", in);
    rewind(in);
    assert_int_equal(schema_tool_batch(in, out, problems), SCHEMA_TOOL_ERROR);
    (void)fclose(in);
    (void)fclose(out);
    (void)fclose(problems);
}

/* A directory of files for one test. */
struct desk {
    char path[32];
    char schema[PATH_BYTES];
    char instance[PATH_BYTES];
    char other[PATH_BYTES];
};

static void put_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static int set_desk(void **state) {
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    (void)strcpy(desk->path, "/tmp/schema-tool-XXXXXX");
    assert_non_null(mkdtemp(desk->path));
    (void)snprintf(desk->schema, PATH_BYTES, "%s/s.json", desk->path);
    (void)snprintf(desk->instance, PATH_BYTES, "%s/i.json", desk->path);
    (void)snprintf(desk->other, PATH_BYTES, "%s/o.json", desk->path);
    *state = desk;
    return 0;
}

static int clear_desk(void **state) {
    struct desk *desk = *state;
    (void)unlink(desk->schema);
    (void)unlink(desk->instance);
    (void)unlink(desk->other);
    (void)rmdir(desk->path);
    free(desk);
    return 0;
}

/* What the program would print and end with; both texts end in one. */
static enum schema_tool_exit judge(const struct schema_tool_arguments *arguments, char **out_text) {
    size_t size = 0;
    FILE *out = open_memstream(out_text, &size);
    assert_non_null(out);
    enum schema_tool_exit code = schema_tool_judge(arguments, out, out);
    (void)fclose(out);
    return code;
}

static void expect_lines(const struct schema_tool_arguments *arguments, enum schema_tool_exit code,
                         const char *const *parts) {
    char *text = NULL;
    enum schema_tool_exit got = judge(arguments, &text);
    for (; *parts != NULL; parts++)
        if (strstr(text, *parts) == NULL) {
            print_error("got  %s\nwant %s\n", text, *parts);
            fail();
        }
    assert_int_equal(got, code);
    free(text);
}

static void every_failure_has_its_place(void **state) {
    struct desk *desk = *state;
    put_file(desk->schema, "{\"properties\": {\"port\": {\"maximum\": 9}}, \"required\": [\"a\"],"
                           " \"additionalProperties\": false}");
    put_file(desk->instance, "{\n  \"port\": 10,\n  \"x\": 1\n}\n");
    put_file(desk->other, "{\"a\": 1}");
    char *instances[] = {desk->instance};
    struct schema_tool_arguments arguments = {
        .schema = desk->schema, .instances = instances, .instance_count = 1};
    expect_lines(&arguments, SCHEMA_TOOL_INVALID,
                 WORDS("/i.json:1:1: the required key \"a\" is missing [/required]\n",
                       "/i.json:2:11: /port: expected at most 9, got 10 "
                       "[/properties/port/maximum]\n",
                       "/i.json:3:3: /x: unknown key \"x\" [/additionalProperties]\n"));
}

static void valid_instances_are_said_to_be(void **state) {
    struct desk *desk = *state;
    put_file(desk->schema, "{\"type\": \"integer\"}");
    put_file(desk->instance, "1");
    put_file(desk->other, "\"a\"");
    char *instances[] = {desk->instance, desk->other, desk->instance};
    struct schema_tool_arguments arguments = {
        .schema = desk->schema, .instances = instances, .instance_count = 1};
    expect_lines(&arguments, SCHEMA_TOOL_VALID, WORDS("/i.json: valid\n"));
    arguments.instance_count = 3;
    expect_lines(&arguments, SCHEMA_TOOL_INVALID,
                 WORDS("/i.json: valid\n", "/o.json:1:1: expected an integer"));
}

static void json_output_has_one_object_a_line(void **state) {
    struct desk *desk = *state;
    put_file(desk->schema, "{\"items\": {\"type\": \"integer\"}}");
    put_file(desk->instance, "[1,\n\"a\"]");
    put_file(desk->other, "[");
    char *instances[] = {desk->instance, desk->other};
    struct schema_tool_arguments arguments = {
        .schema = desk->schema, .instances = instances, .instance_count = 2, .is_json = true};
    expect_lines(
        &arguments, SCHEMA_TOOL_ERROR,
        WORDS("\"valid\":false,\"failures\":[{\"instance\":\"/1\",\"schema\":\"/items/type\","
              "\"keyword\":\"type\",\"message\":\"expected an integer, got the string "
              "\\\"a\\\"\",\"line\":2,\"column\":1}]}\n",
              "\"error\":{\"code\":\"E_SYNTAX\"", "/o.json:1:2"));
}

static void what_cannot_be_judged_ends_in_an_error(void **state) {
    struct desk *desk = *state;
    char *instances[] = {desk->instance};
    struct schema_tool_arguments arguments = {
        .schema = desk->schema, .instances = instances, .instance_count = 1};
    expect_lines(&arguments, SCHEMA_TOOL_ERROR, WORDS("/s.json: no such file"));
    put_file(desk->schema, "{\n\"properties\": {\"a\": {\"type\": 1}}}");
    expect_lines(&arguments, SCHEMA_TOOL_ERROR,
                 WORDS("/s.json:2:30: /properties/a/type: expected null"));
    put_file(desk->schema, "{\"$ref\": \"http://x.example/\"}");
    expect_lines(&arguments, SCHEMA_TOOL_ERROR, WORDS("/s.json:1:10: /$ref: the reference leads"));
    put_file(desk->schema, "{\"items\": {\"$ref\": \"#\"}, \"allOf\": [{\"$ref\": \"#\"}]}");
    expect_lines(&arguments, SCHEMA_TOOL_ERROR, WORDS("/i.json: no such file"));
    put_file(desk->instance, "[]");
    expect_lines(&arguments, SCHEMA_TOOL_ERROR, WORDS("/i.json: the value nests"));
}

static void remotes_draft_and_format_are_used(void **state) {
    struct desk *desk = *state;
    char remote[PATH_BYTES + 32];
    put_file(desk->other,
             "{\"dependencies\": {\"a\": [\"b\"]}, \"properties\": {\"a\": {\"format\":"
             " \"ipv4\"}}}");
    put_file(desk->schema, "{\"$ref\": \"http://r.example/\"}");
    put_file(desk->instance, "{\"a\": \"x\"}");
    (void)snprintf(remote, sizeof remote, "http://r.example/=%s", desk->other);
    char *instances[] = {desk->instance};
    struct schema_tool_arguments arguments = {.schema = desk->schema,
                                              .instances = instances,
                                              .instance_count = 1,
                                              .draft = MCP_SCHEMA_DRAFT_07,
                                              .assert_format = true,
                                              .remotes = {remote},
                                              .remote_count = 1};
    expect_lines(&arguments, SCHEMA_TOOL_INVALID,
                 WORDS("which \"a\" needs [/$ref/dependencies/a]", "expected an IPv4 address"));
    (void)unlink(desk->other);
    expect_lines(&arguments, SCHEMA_TOOL_ERROR, WORDS("/o.json: no such file"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_come_before_the_files),
        cmocka_unit_test(modes_are_chosen_by_option),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(bad_arguments_are_named),
        cmocka_unit_test(remotes_are_bounded),
        cmocka_unit_test(drafts_have_names_and_uris),
        cmocka_unit_test(batch_answers_each_line_in_order),
        cmocka_unit_test(batch_takes_dialect_and_format),
        cmocka_unit_test(batch_reads_text_with_nul),
        cmocka_unit_test(batch_answers_errors_and_goes_on),
        cmocka_unit_test(batch_answers_a_line_that_is_no_json),
        cmocka_unit_test(batch_ends_when_nobody_reads),
        cmocka_unit_test_setup_teardown(every_failure_has_its_place, set_desk, clear_desk),
        cmocka_unit_test_setup_teardown(valid_instances_are_said_to_be, set_desk, clear_desk),
        cmocka_unit_test_setup_teardown(json_output_has_one_object_a_line, set_desk, clear_desk),
        cmocka_unit_test_setup_teardown(what_cannot_be_judged_ends_in_an_error, set_desk,
                                        clear_desk),
        cmocka_unit_test_setup_teardown(remotes_draft_and_format_are_used, set_desk, clear_desk),
    };
    return cmocka_run_group_tests_name("schema_tool.schema_tool", tests, NULL, NULL);
}
