/* SPDX-License-Identifier: MIT */
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torture.h"

struct vector {
    probe_fn *probe;
    const json_t *test;
};

static char *show(const json_t *value) {
    return value != NULL ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("nothing");
}

static void expect_equal(const json_t *got, const json_t *want) {
    if (json_equal(got, want))
        return;
    char *got_text = show(got);
    char *want_text = show(want);
    print_error("got  %s\nwant %s\n", got_text, want_text);
    free(got_text);
    free(want_text);
    fail();
}

/* "what" matches when it is contained in the message; "where" when it is equal. */
static void expect_error(enum mcp_code code, const struct mcp_err *err, const json_t *want) {
    const char *where = json_string_value(json_object_get(want, "where"));
    const char *what = json_string_value(json_object_get(want, "what"));
    if (strcmp(mcp_code_name(code), json_string_value(json_object_get(want, "code"))) != 0)
        print_error("where %s what %s\n", err->where, err->what);
    assert_string_equal(mcp_code_name(code), json_string_value(json_object_get(want, "code")));
    if (where != NULL)
        assert_string_equal(err->where, where);
    if (what != NULL && strstr(err->what, what) == NULL) {
        print_error("got  %s\nwant %s\n", err->what, what);
        fail();
    }
}

static void check_vector(void **state) {
    const struct vector *vector = *state;
    const json_t *in = json_object_get(vector->test, "in");
    const json_t *want_error = json_object_get(vector->test, "error");
    json_t *out = NULL;
    struct mcp_err err = {0};
    enum mcp_code code = vector->probe(in, &out, &err);
    if (want_error != NULL) {
        expect_error(code, &err, want_error);
        assert_null(out);
        return;
    }
    if (code != MCP_OK)
        print_error("%s where %s what %s\n", mcp_code_name(code), err.where, err.what);
    assert_int_equal(code, MCP_OK);
    expect_equal(out, json_object_get(vector->test, "out"));
    json_decref(out);
}

static int run_cases(const char *group, probe_fn *probe, json_t *cases,
                     const struct CMUnitTest *more, size_t more_count) {
    size_t count = json_array_size(cases);
    struct CMUnitTest *tests = calloc(count + more_count, sizeof *tests);
    struct vector *vectors = calloc(count + 1, sizeof *vectors);
    int failed = 1;
    if (tests != NULL && vectors != NULL) {
        for (size_t i = 0; i < count; i++) {
            vectors[i] = (struct vector){probe, json_array_get(cases, i)};
            const char *name = json_string_value(json_object_get(vectors[i].test, "name"));
            tests[i] = (struct CMUnitTest){
                .name = name, .test_func = check_vector, .initial_state = &vectors[i]};
        }
        if (more_count > 0)
            memcpy(tests + count, more, more_count * sizeof *tests);
        failed = _cmocka_run_group_tests(group, tests, count + more_count, NULL, NULL);
    }
    free(tests);
    free(vectors);
    return failed;
}

json_t *vectors_load(const char *group) {
    char path[512];
    const char *module = strchr(group, '.') + 1;
    (void)snprintf(path, sizeof path, "%s/%s.json", VECTORS_DIR, module);
    json_error_t why = {0};
    json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    if (json_array_size(json_object_get(file, "cases")) == 0)
        (void)fprintf(stderr, "%s:%d: no cases: %s\n", path, why.line, why.text);
    return file;
}

int vectors_run(const char *group, probe_fn *probe, const struct CMUnitTest *more,
                size_t more_count) {
    json_auto_t *file = vectors_load(group);
    json_t *cases = json_object_get(file, "cases");
    if (json_array_size(cases) == 0)
        return 1;
    return run_cases(group, probe, cases, more, more_count);
}

static enum mcp_code rerun(void *user, struct mcp_err *err) {
    const struct vector *vector = user;
    json_auto_t *out = NULL;
    return vector->probe(json_object_get(vector->test, "in"), &out, err);
}

void vectors_torture(const char *group, probe_fn *probe) {
    vectors_torture_some(group, probe, NULL);
}

void vectors_torture_some(const char *group, probe_fn *probe, bool (*is_wanted)(const json_t *in)) {
    json_auto_t *file = vectors_load(group);
    const json_t *cases = json_object_get(file, "cases");
    assert_true(json_array_size(cases) > 0);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        struct vector vector = {probe, json_array_get(cases, i)};
        if (json_object_get(vector.test, "error") == NULL &&
            (is_wanted == NULL || is_wanted(json_object_get(vector.test, "in"))))
            torture_run(rerun, &vector);
    }
}
