/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "listen/line_writer.h"

enum { THREADS = 4, LINES = 500 };

struct channel {
    int fds[2];
    struct mcp_line_writer writer;
};

static void open_channel(struct channel *channel, size_t max_queue_bytes) {
    assert_int_equal(pipe2(channel->fds, O_CLOEXEC), 0);
    assert_int_equal(mcp_line_writer_open(&channel->writer, channel->fds[1], max_queue_bytes, NULL),
                     MCP_OK);
}

static void close_channel(struct channel *channel) {
    mcp_line_writer_close(&channel->writer);
    mcp_line_writer_close(&channel->writer);
    (void)close(channel->fds[0]);
    (void)close(channel->fds[1]);
}

static void parts_become_one_line(void **state) {
    (void)state;
    struct channel channel;
    char got[64] = "";
    open_channel(&channel, 1024);
    const struct mcp_str parts[] = {MCP_STR("{\"a\":"), MCP_STR(""), MCP_STR("1}")};
    assert_int_equal(mcp_line_writer_put(&channel.writer, parts, 3, NULL), MCP_OK);
    assert_int_equal(read(channel.fds[0], got, sizeof got), 8);
    assert_string_equal(got, "{\"a\":1}\n");
    close_channel(&channel);
}

/* S-6 */
static void line_breaks_inside_become_spaces(void **state) {
    (void)state;
    struct channel channel;
    char got[64] = "";
    open_channel(&channel, 1024);
    const struct mcp_str part = MCP_STR("{\r\n\"a\":\n1}\n");
    assert_int_equal(mcp_line_writer_put(&channel.writer, &part, 1, NULL), MCP_OK);
    assert_int_equal(read(channel.fds[0], got, sizeof got), 12);
    assert_string_equal(got, "{  \"a\": 1} \n");
    close_channel(&channel);
}

static void *put_lines(void *arg) {
    struct mcp_line_writer *writer = arg;
    char text[3000];
    memset(text, 'x', sizeof text);
    for (int i = 0; i < LINES; i++) {
        const struct mcp_str part = {text, (size_t)(i * 7 % 3000) + 1};
        if (mcp_line_writer_put(writer, &part, 1, NULL) != MCP_OK)
            return writer;
    }
    return NULL;
}

static void *read_to_end(void *arg) {
    size_t *lines = arg;
    FILE *in = fdopen((int)lines[0], "r");
    size_t count = 0;
    char *line = NULL;
    size_t room = 0;
    while (in != NULL && getline(&line, &room, in) > 0 &&
           strspn(line, "x") + 1 == strlen(line)) /* whole, not mixed with another */
        count++;
    free(line);
    if (in != NULL)
        (void)fclose(in);
    lines[1] = count;
    return NULL;
}

static void many_threads_never_mix_their_lines(void **state) {
    (void)state;
    struct channel channel;
    pthread_t threads[THREADS];
    pthread_t reader;
    open_channel(&channel, 8192);
    size_t lines[2] = {(size_t)channel.fds[0], 0};
    assert_int_equal(pthread_create(&reader, NULL, read_to_end, lines), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, put_lines, &channel.writer), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(close(channel.fds[1]), 0);
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_int_equal(lines[1], THREADS * LINES);
    mcp_line_writer_close(&channel.writer);
}

static void a_peer_that_left_is_cancelled(void **state) {
    (void)state;
    struct channel channel;
    struct mcp_err err = {0};
    const struct mcp_str part = MCP_STR("{}");
    (void)signal(SIGPIPE, SIG_IGN);
    open_channel(&channel, 1024);
    assert_int_equal(close(channel.fds[0]), 0);
    assert_int_equal(mcp_line_writer_put(&channel.writer, &part, 1, &err), MCP_E_CANCELLED);
    assert_int_equal(mcp_line_writer_put(&channel.writer, &part, 1, NULL), MCP_E_CANCELLED);
    mcp_line_writer_close(&channel.writer);
    assert_int_equal(close(channel.fds[1]), 0);
}

static void *put_forever(void *arg) {
    const struct mcp_str part = MCP_STR("0123456789012345678901234567890123456789");
    while (mcp_line_writer_put(arg, &part, 1, NULL) == MCP_OK) {
    }
    return NULL;
}

static void cancel_frees_who_waits_for_a_peer_that_does_not_read(void **state) {
    (void)state;
    struct channel channel;
    pthread_t threads[THREADS];
    open_channel(&channel, 64);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, put_forever, &channel.writer), 0);
    (void)usleep(20000); /* most likely all wait by now; the claim holds either way */
    mcp_line_writer_cancel(&channel.writer);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    close_channel(&channel);
}

static void a_line_greater_than_the_queue_is_written(void **state) {
    (void)state;
    struct channel channel;
    pthread_t reader;
    open_channel(&channel, 16);
    size_t lines[2] = {(size_t)channel.fds[0], 0};
    char *text = malloc(300000);
    assert_non_null(text);
    memset(text, 'x', 300000);
    const struct mcp_str part = {text, 300000};
    assert_int_equal(pthread_create(&reader, NULL, read_to_end, lines), 0);
    assert_int_equal(mcp_line_writer_put(&channel.writer, &part, 1, NULL), MCP_OK);
    assert_int_equal(close(channel.fds[1]), 0);
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_int_equal(lines[1], 1);
    free(text);
    mcp_line_writer_close(&channel.writer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_become_one_line),
        cmocka_unit_test(line_breaks_inside_become_spaces),
        cmocka_unit_test(many_threads_never_mix_their_lines),
        cmocka_unit_test(a_peer_that_left_is_cancelled),
        cmocka_unit_test(cancel_frees_who_waits_for_a_peer_that_does_not_read),
        cmocka_unit_test(a_line_greater_than_the_queue_is_written),
    };
    return cmocka_run_group_tests_name("listen.line_writer", tests, NULL, NULL);
}
