/* SPDX-License-Identifier: MIT */
/* The worker's loop over a socket pair, in a thread: frames in, frames out. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "database/frames.h"
#include "database/worker.h"
#include "fixture.h"

static struct fixture fixture;
static struct database_backend *backend;
static int ends[2];

static void *serve(void *user) {
    (void)user;
    database_worker_serve(ends[1], backend);
    return NULL;
}

static void send_text(const char *frame) {
    assert_int_equal(send(ends[0], frame, strlen(frame), 0), (ssize_t)strlen(frame));
}

/* The next frame, of this packet or the next one. */
static char next_frame(struct mcp_str *out_text) {
    static char bytes[DATABASE_FRAME_BYTES + 1];
    static struct mcp_str packet;
    char type = 0;
    if (packet.len == 0) {
        ssize_t len = recv(ends[0], bytes, DATABASE_FRAME_BYTES, 0);
        assert_true(len > 0);
        packet = (struct mcp_str){bytes, (size_t)len};
    }
    assert_true(database_frame_next(&packet, &type, out_text));
    return type;
}

static void expect_frame(char wanted, const char *part) {
    static char text[DATABASE_FRAME_BYTES + 1];
    struct mcp_str view = {"", 0};
    char type = next_frame(&view);
    memcpy(text, view.ptr, view.len);
    text[view.len] = '\0';
    if (type != wanted || strstr(text, part) == NULL)
        print_error("%c %s\n", type, text);
    assert_int_equal(type, wanted);
    assert_non_null(strstr(text, part));
}

static void frames_are_answered_in_turn(void **state) {
    (void)state;
    send_text("Q\nSELECT 5 AS five");
    expect_frame('N', "[\"five\"]");
    expect_frame('R', "{\"five\":5}");
    expect_frame('D', "\"row_count\":1");
    send_text("Q\nDROP TABLE sales");
    expect_frame('E', "only reads");
    send_text("S");
    expect_frame('R', "\"tables\"");
    expect_frame('D', "{}");
    send_text("O");
    expect_frame('E', "no outline");
    send_text("?");
    expect_frame('E', "unknown frame");
}

static void long_answers_come_in_pieces(void **state) {
    (void)state;
    struct mcp_str text = {"", 0};
    size_t total = 0;
    char type = 0;
    send_text("Q\nSELECT printf('%.*c', 90000, 'x') AS x FROM sales LIMIT 3");
    expect_frame('N', "x");
    while ((type = next_frame(&text)) == 'R') {
        assert_true(text.len > 0 && text.len <= 32768);
        total += text.len;
    }
    assert_int_equal(type, 'D');
    assert_int_equal(total, 3 * 90008 + 2);
}

static void open_reads_its_configuration(void **state) {
    (void)state;
    struct database_backend *other = NULL;
    struct mcp_err err = {0};
    json_auto_t *bad = json_pack("{s:i}", "path", 1);
    assert_int_equal(database_worker_open(bad, &other, &err), MCP_E_SCHEMA);
    assert_string_equal(err.where, "/path");
}

static void *start(void *user) {
    *(int *)user = database_worker_main(ends[1]);
    return NULL;
}

static void bad_configuration_ends_the_process_with_a_reason(void **state) {
    (void)state;
    int kept[2] = {ends[0], ends[1]};
    const char *const frames[] = {"Q", "C{", "C{\"path\":\"/nowhere/x.db\"}"};
    const char *const reasons[] = {"no configuration", "what", "no such file"};
    for (size_t i = 0; i < MCP_COUNT(frames); i++) {
        int exit_code = -1;
        pthread_t thread;
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
        assert_int_equal(pthread_create(&thread, NULL, start, &exit_code), 0);
        send_text(frames[i]);
        expect_frame('E', reasons[i]);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(exit_code, EXIT_FAILURE);
        (void)close(ends[0]);
        (void)close(ends[1]);
    }
    ends[0] = kept[0];
    ends[1] = kept[1];
}

static pthread_t server;

static int set_up(void **state) {
    (void)state;
    fixture_make(&fixture, database_sample_script);
    json_auto_t *configuration =
        json_pack("{s:s, s:{s:i}}", "path", fixture.path, "limits", "deadline_ms", 2000);
    assert_int_equal(database_worker_open(configuration, &backend, NULL), MCP_OK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    return pthread_create(&server, NULL, serve, NULL);
}

static int tear_down(void **state) {
    (void)state;
    (void)close(ends[0]);
    (void)pthread_join(server, NULL);
    (void)close(ends[1]);
    backend->ops->close(backend);
    fixture_remove(&fixture);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_answered_in_turn),
        cmocka_unit_test(long_answers_come_in_pieces),
        cmocka_unit_test(open_reads_its_configuration),
        cmocka_unit_test(bad_configuration_ends_the_process_with_a_reason),
    };
    return cmocka_run_group_tests_name("database.worker", tests, set_up, tear_down);
}
