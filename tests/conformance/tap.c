/* SPDX-License-Identifier: MIT */
/*
 * tap.c - what a server of ours hears and says, byte by byte, for messages.mjs to judge. Preloaded
 * (LD_PRELOAD) by tests alone; nothing of it is in the product. Writes MCP_TAP_DIR/PROGRAM.PID:
 *
 *   "o CONNECTION 0\n\n"                 a peer connected; connection 0 is stdin and stdout
 *   "< CONNECTION LENGTH\nBYTES\n"       heard
 *   "> CONNECTION LENGTH\nBYTES\n"       said
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_FDS = 4096, HIGH_FD = 500, MAX_PARTS = 1024 };

static struct {
    int fd; /* of the record; 0: this process is not tapped */
    pid_t pid;
    pthread_mutex_t lock; /* guards: the rest, and the order of the record */
    unsigned last;
    unsigned connection[MAX_FDS]; /* its number; 0: not one of ours */
} tap = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *real(const char *name) {
    return dlsym(RTLD_NEXT, name);
}

static bool is_ours(const char *program) {
    static const char *const names[] = {"everything-server", "mcp-database",
                                        "mcp-product-metadata"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(program, names[i]) == 0)
            return true;
    return false;
}

__attribute__((constructor)) static void open_record(void) {
    char exe[PATH_MAX] = "";
    char path[PATH_MAX];
    const char *dir = getenv("MCP_TAP_DIR");
    ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
    const char *program = len > 0 ? strrchr(exe, '/') : NULL;
    if (dir == NULL || program == NULL || !is_ours(program + 1))
        return;
    (void)snprintf(path, sizeof path, "%s%s.%d", dir, program, (int)getpid());
    int fd = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    int high = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD) : -1; /* programs count theirs */
    if (fd >= 0)
        (void)close(fd);
    tap.fd = high > 0 ? high : 0;
    tap.pid = getpid();
}

/* A child that was only forked says nothing of its own here. */
static bool is_tapped(void) {
    return tap.fd != 0 && tap.pid == getpid();
}

static bool number_of(int fd, unsigned *out_number) {
    if (fd == STDIN_FILENO || fd == STDOUT_FILENO)
        *out_number = 0;
    else if (fd > 0 && fd < MAX_FDS && tap.connection[fd] != 0)
        *out_number = tap.connection[fd];
    else
        return false;
    return true;
}

static void write_record(char kind, unsigned number, const struct iovec *parts, size_t count,
                         size_t len) {
    char head[64];
    struct iovec all[MAX_PARTS + 2];
    int head_len = snprintf(head, sizeof head, "%c %u %zu\n", kind, number, len);
    size_t used = 0;
    size_t left = len;
    all[used++] = (struct iovec){head, (size_t)head_len};
    for (size_t i = 0; i < count && left > 0; i++) {
        size_t piece = parts[i].iov_len < left ? parts[i].iov_len : left;
        all[used++] = (struct iovec){parts[i].iov_base, piece};
        left -= piece;
    }
    all[used++] = (struct iovec){"\n", 1};
    if (writev(tap.fd, all, (int)used) < 0)
        tap.fd = 0;
}

static void record(char kind, int fd, const struct iovec *parts, size_t count, ssize_t len) {
    unsigned number = 0;
    if (len <= 0 || !is_tapped() || count > MAX_PARTS)
        return;
    (void)pthread_mutex_lock(&tap.lock);
    if (number_of(fd, &number))
        write_record(kind, number, parts, count, (size_t)len);
    (void)pthread_mutex_unlock(&tap.lock);
}

static void record_bytes(char kind, int fd, const void *bytes, ssize_t len) {
    const struct iovec part = {(void *)bytes, len > 0 ? (size_t)len : 0};
    record(kind, fd, &part, 1, len);
}

static void connected(int fd) {
    if (fd <= STDOUT_FILENO || fd >= MAX_FDS || !is_tapped())
        return;
    (void)pthread_mutex_lock(&tap.lock);
    tap.connection[fd] = ++tap.last;
    write_record('o', tap.last, NULL, 0, 0);
    (void)pthread_mutex_unlock(&tap.lock);
}

/* --- what is wrapped --- */

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): those of libc are reserved */

int accept4(int fd, struct sockaddr *address, socklen_t *len, int flags) {
    int (*next)(int, struct sockaddr *, socklen_t *, int) = real("accept4");
    int peer = next(fd, address, len, flags);
    connected(peer);
    return peer;
}

int close(int fd) {
    int (*next)(int) = real("close");
    if (fd > STDOUT_FILENO && fd < MAX_FDS && is_tapped()) {
        (void)pthread_mutex_lock(&tap.lock);
        tap.connection[fd] = 0;
        (void)pthread_mutex_unlock(&tap.lock);
    }
    return next(fd);
}

ssize_t read(int fd, void *bytes, size_t len) {
    ssize_t (*next)(int, void *, size_t) = real("read");
    ssize_t got = next(fd, bytes, len);
    record_bytes('<', fd, bytes, got);
    return got;
}

ssize_t recv(int fd, void *bytes, size_t len, int flags) {
    ssize_t (*next)(int, void *, size_t, int) = real("recv");
    ssize_t got = next(fd, bytes, len, flags);
    if ((flags & MSG_PEEK) == 0)
        record_bytes('<', fd, bytes, got);
    return got;
}

ssize_t write(int fd, const void *bytes, size_t len) {
    ssize_t (*next)(int, const void *, size_t) = real("write");
    ssize_t done = next(fd, bytes, len);
    record_bytes('>', fd, bytes, done);
    return done;
}

ssize_t send(int fd, const void *bytes, size_t len, int flags) {
    ssize_t (*next)(int, const void *, size_t, int) = real("send");
    ssize_t done = next(fd, bytes, len, flags);
    record_bytes('>', fd, bytes, done);
    return done;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    ssize_t (*next)(int, const struct msghdr *, int) = real("sendmsg");
    ssize_t done = next(fd, message, flags);
    record('>', fd, message->msg_iov, message->msg_iovlen, done);
    return done;
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
