/* SPDX-License-Identifier: MIT */
/* line_writer.c - see line_writer.h. */
#include "listen/line_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "listen/os_error.h"

#define NONBLOCKING_PIECE 65536

enum mcp_code mcp_line_writer_open(struct mcp_line_writer *writer, int fd, size_t max_queue_bytes,
                                   struct mcp_err *err) {
    int flags = fcntl(fd, F_GETFL);
    bool is_nonblocking = flags >= 0 && (flags & O_NONBLOCK) != 0;
    *writer = (struct mcp_line_writer){
        .fd = fd,
        .cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
        .piece = is_nonblocking ? NONBLOCKING_PIECE : PIPE_BUF,
        .queue = MCP_BUF_INIT(max_queue_bytes),
    };
    if (writer->cancel_fd < 0)
        return mcp_os_error(err, "eventfd");
    (void)pthread_mutex_init(&writer->lock, NULL);
    (void)pthread_cond_init(&writer->moved, NULL);
    return MCP_OK;
}

void mcp_line_writer_close(struct mcp_line_writer *writer) {
    if (writer->cancel_fd < 0)
        return;
    (void)close(writer->cancel_fd);
    writer->cancel_fd = -1;
    mcp_buf_deinit(&writer->queue);
    (void)pthread_cond_destroy(&writer->moved);
    (void)pthread_mutex_destroy(&writer->lock);
}

/* False when cancelled, or the descriptor failed. */
static bool wait_writable(const struct mcp_line_writer *writer) {
    struct pollfd fds[] = {{.fd = writer->fd, .events = POLLOUT},
                           {.fd = writer->cancel_fd, .events = POLLIN}};
    int rc = -1;
    do {
        rc = poll(fds, 2, -1);
    } while (rc < 0 && errno == EINTR);
    return rc > 0 && fds[1].revents == 0 && (fds[0].revents & POLLOUT) != 0;
}

static bool write_all(const struct mcp_line_writer *writer, struct mcp_str bytes) {
    while (bytes.len > 0) {
        if (!wait_writable(writer))
            return false;
        size_t piece = bytes.len < writer->piece ? bytes.len : writer->piece;
        ssize_t done = write(writer->fd, bytes.ptr, piece);
        if (done < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        size_t step = done > 0 ? (size_t)done : 0;
        bytes = (struct mcp_str){bytes.ptr + step, bytes.len - step};
    }
    return true;
}

static enum mcp_code assemble(struct mcp_buf *line, const struct mcp_str *parts, size_t count,
                              struct mcp_err *err) {
    for (size_t i = 0; i < count; i++)
        mcp_buf_add(line, parts[i]);
    mcp_buf_addc(line, '\n');
    MCP_TRY(mcp_buf_finish(line, err));
    for (size_t i = 0; i + 1 < line->len; i++)
        if (line->data[i] == '\n' || line->data[i] == '\r')
            line->data[i] = ' ';
    return MCP_OK;
}

enum turn { TURN_WRITE, TURN_QUEUED, TURN_BROKEN };

/* Become the writing thread, or leave the line to it. */
static enum turn take_turn(struct mcp_line_writer *writer, struct mcp_str line) {
    enum turn turn = TURN_WRITE;
    (void)pthread_mutex_lock(&writer->lock);
    while (writer->is_writing && !writer->is_broken && writer->queue.len > 0 &&
           line.len > writer->queue.max - writer->queue.len)
        (void)pthread_cond_wait(&writer->moved, &writer->lock);
    if (writer->is_broken) {
        turn = TURN_BROKEN;
    } else if (writer->is_writing) {
        size_t max = writer->queue.max;
        if (line.len > max)
            writer->queue.max = line.len; /* one line always fits into an empty queue */
        mcp_buf_add(&writer->queue, line);
        writer->queue.max = max;
        turn = mcp_buf_finish(&writer->queue, NULL) == MCP_OK ? TURN_QUEUED : TURN_BROKEN;
    } else {
        writer->is_writing = true;
    }
    (void)pthread_mutex_unlock(&writer->lock);
    return turn;
}

/* What others left meanwhile; false when nothing, and then this thread no longer writes. */
static bool next_lot(struct mcp_line_writer *writer, bool is_sound, struct mcp_buf *lot) {
    mcp_buf_deinit(lot);
    (void)pthread_mutex_lock(&writer->lock);
    if (!is_sound)
        writer->is_broken = true;
    bool has_more = writer->queue.len > 0 && !writer->is_broken;
    if (has_more) {
        struct mcp_buf empty = MCP_BUF_INIT(writer->queue.max);
        *lot = writer->queue;
        writer->queue = empty;
    } else {
        writer->is_writing = false;
    }
    (void)pthread_cond_broadcast(&writer->moved);
    (void)pthread_mutex_unlock(&writer->lock);
    return has_more;
}

enum mcp_code mcp_line_writer_put(struct mcp_line_writer *writer, const struct mcp_str *parts,
                                  size_t count, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(SIZE_MAX / 4);
    MCP_TRY(assemble(&line, parts, count, err));
    enum turn turn = take_turn(writer, mcp_buf_view(&line));
    if (turn == TURN_BROKEN)
        return MCP_FAIL(err, MCP_E_CANCELLED, "the peer is gone");
    if (turn == TURN_QUEUED)
        return MCP_OK;
    bool is_sound = write_all(writer, mcp_buf_view(&line));
    bool is_first_sound = is_sound;
    while (next_lot(writer, is_sound, &line))
        is_sound = write_all(writer, mcp_buf_view(&line));
    return is_first_sound ? MCP_OK : MCP_FAIL(err, MCP_E_CANCELLED, "the peer is gone");
}

void mcp_line_writer_cancel(struct mcp_line_writer *writer) {
    uint64_t one = 1;
    (void)pthread_mutex_lock(&writer->lock);
    writer->is_broken = true;
    (void)pthread_cond_broadcast(&writer->moved);
    (void)pthread_mutex_unlock(&writer->lock);
    (void)!write(writer->cancel_fd, &one, sizeof one);
}
