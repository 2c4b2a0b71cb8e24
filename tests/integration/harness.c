/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { READY_MS = 20000, STOP_MS = 10000, MAX_ARGUMENTS = 32 };

uint64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void sleep_ms(unsigned ms) {
    const struct timespec pause = {ms / 1000, (long)(ms % 1000) * 1000000};
    (void)nanosleep(&pause, NULL);
}

static void program_path(const char *name, char *out, size_t bytes) {
    (void)snprintf(out, bytes, "%s/%s", MCP_BIN_DIR, name);
}

/* As sd_listen_fds(3) expects it: descriptor 3, and variables that name this process. */
static void hand_over(int socket_fd) {
    char pid[16];
    (void)snprintf(pid, sizeof pid, "%d", (int)getpid());
    (void)setenv("LISTEN_PID", pid, 1);
    (void)setenv("LISTEN_FDS", "1", 1);
    if (socket_fd == 3)
        (void)fcntl(3, F_SETFD, 0);
    else
        (void)dup2(socket_fd, 3);
}

/* In the child: descriptors as asked, then the program. */
static void become(const char *name, const char *const *arguments, int out_fd, int err_fd,
                   int socket_fd) {
    char path[512];
    char *argv[MAX_ARGUMENTS + 2] = {path};
    int null = open("/dev/null", O_RDONLY);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* when a test ends early, so does what it started */
    program_path(name, path, sizeof path);
    for (int i = 0; i < MAX_ARGUMENTS && arguments[i] != NULL; i++)
        argv[i + 1] = strdup(arguments[i]);
    (void)dup2(null, STDIN_FILENO);
    (void)dup2(out_fd, STDOUT_FILENO);
    (void)dup2(err_fd, STDERR_FILENO);
    if (socket_fd >= 0)
        hand_over(socket_fd);
    for (int fd = socket_fd >= 0 ? 4 : 3; fd < 256; fd++)
        (void)close(fd);
    (void)chdir(MCP_SOURCE_DIR);
    (void)execv(path, argv);
    _exit(127);
}

static int port_in(const char *log) {
    char text[4096] = "";
    FILE *file = fopen(log, "r");
    size_t len = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file != NULL)
        (void)fclose(file);
    text[len] = '\0';
    if (strstr(text, "listening on unix:") != NULL)
        return -1;
    const char *at = strstr(text, "listening on http");
    at = at != NULL ? strstr(at, "://") : NULL;
    at = at != NULL ? strchr(at + 3, ':') : NULL;
    return at != NULL ? (int)strtol(at + 1, NULL, 10) : 0;
}

static void show_log(const char *log) {
    char text[4096] = "";
    FILE *file = fopen(log, "r");
    if (file == NULL)
        return;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    print_error("%s\n", text);
}

struct process process_start(const struct harness *harness, const char *name,
                             const char *const *arguments) {
    return process_start_with(harness, name, arguments, -1);
}

struct process process_start_with(const struct harness *harness, const char *name,
                                  const char *const *arguments, int socket_fd) {
    static int count;
    struct process process = {0};
    (void)snprintf(process.log, sizeof process.log, "%s/%s-%d.log", harness->dir, name, count++);
    int log = open(process.log, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    process.pid = fork();
    if (process.pid == 0)
        become(name, arguments, log, log, socket_fd);
    (void)close(log);
    for (uint64_t until = now_ms() + READY_MS; process.port == 0 && now_ms() < until;) {
        int status = 0;
        if (waitpid(process.pid, &status, WNOHANG) == process.pid) {
            show_log(process.log);
            fail_msg("%s ended before it listened (status %d)", name, status);
        }
        process.port = port_in(process.log);
        sleep_ms(5);
    }
    if (process.port == 0)
        fail_msg("%s does not listen after %d ms", name, READY_MS);
    return process;
}

struct process start_database(const struct harness *harness, int port) {
    char text[16];
    (void)snprintf(text, sizeof text, "%d", port);
    const char *const arguments[] = {"--database", harness->database, "--port", text, NULL};
    return process_start(harness, "mcp-database", arguments);
}

struct process start_product(const struct harness *harness, int port) {
    char text[16];
    (void)snprintf(text, sizeof text, "%d", port);
    const char *const arguments[] = {"--host", "127.0.0.1", "--port", text, NULL};
    return process_start(harness, "mcp-product-metadata", arguments);
}

int process_stop(struct process *process, int signal, uint64_t *out_ms) {
    int status = 0;
    uint64_t began = now_ms();
    (void)kill(process->pid, signal);
    while (waitpid(process->pid, &status, WNOHANG) == 0) {
        if (now_ms() - began > STOP_MS) {
            (void)kill(process->pid, SIGKILL);
            (void)waitpid(process->pid, &status, 0);
            break;
        }
        sleep_ms(2);
    }
    if (out_ms != NULL)
        *out_ms = now_ms() - began;
    process->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int process_run(const char *name, const char *const *arguments, char *out, size_t out_bytes) {
    int ends[2];
    int status = 0;
    size_t used = 0;
    ssize_t len = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0)
        become(name, arguments, ends[1], ends[1], -1);
    (void)close(ends[1]);
    while ((len = read(ends[0], out + used, out_bytes - 1 - used)) > 0)
        used += (size_t)len;
    out[used] = '\0';
    (void)close(ends[0]);
    (void)waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void write_config(const struct harness *harness, const char *format, ...) {
    FILE *file = fopen(harness->config, "w");
    va_list values;
    assert_non_null(file);
    va_start(values, format);
    (void)vfprintf(file, format, values);
    va_end(values);
    assert_int_equal(fclose(file), 0);
}

void harness_open(struct harness *harness) {
    char output[1024];
    (void)snprintf(harness->dir, sizeof harness->dir, "/tmp/mcp-integration-XXXXXX");
    assert_non_null(mkdtemp(harness->dir));
    (void)snprintf(harness->database, sizeof harness->database, "%s/sample.db", harness->dir);
    (void)snprintf(harness->config, sizeof harness->config, "%s/mcp_config.yaml", harness->dir);
    const char *const arguments[] = {"init", harness->database, NULL};
    int code = process_run("mcp-database", arguments, output, sizeof output);
    if (code != 0)
        print_error("%s\n", output);
    assert_int_equal(code, 0);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at) {
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

void harness_close(struct harness *harness) {
    (void)nftw(harness->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* bad peers */

struct bad_peer {
    enum bad_peer_kind kind;
    int listen_fd;
    int stop[2];
    pthread_t thread;
    int clients[64];
    int client_count;
};

static void answer(const struct bad_peer *peer, int fd) {
    static const char garbage[] = "\x16\x03\x01garbage that is no HTTP at all\r\n\r\n";
    static const char json[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                               "Content-Length: 24\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,";
    char bytes[8192];
    if (recv(fd, bytes, sizeof bytes, 0) <= 0 || peer->kind == BAD_SILENT)
        return;
    const char *text = peer->kind == BAD_GARBAGE ? garbage : json;
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void *misbehave(void *user) {
    struct bad_peer *peer = user;
    for (;;) {
        struct pollfd fds[66] = {{peer->stop[0], POLLIN, 0}, {peer->listen_fd, POLLIN, 0}};
        for (int i = 0; i < peer->client_count; i++)
            fds[i + 2] = (struct pollfd){peer->clients[i], POLLIN, 0};
        (void)poll(fds, (nfds_t)peer->client_count + 2, -1);
        if (fds[0].revents != 0)
            return NULL;
        for (int i = 0; i < peer->client_count; i++)
            if (fds[i + 2].revents != 0) {
                answer(peer, peer->clients[i]);
                if (fds[i + 2].revents & (POLLHUP | POLLERR))
                    sleep_ms(1);
            }
        if (fds[1].revents != 0 && peer->client_count < 64)
            peer->clients[peer->client_count++] = accept(peer->listen_fd, NULL, NULL);
    }
}

struct bad_peer *bad_peer_start(enum bad_peer_kind kind, int *out_port) {
    struct bad_peer *peer = calloc(1, sizeof *peer);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    assert_non_null(peer);
    peer->kind = kind;
    peer->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(peer->listen_fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(peer->listen_fd, 64), 0);
    assert_int_equal(getsockname(peer->listen_fd, (struct sockaddr *)&address, &len), 0);
    *out_port = ntohs(address.sin_port);
    assert_int_equal(pipe(peer->stop), 0);
    assert_int_equal(pthread_create(&peer->thread, NULL, misbehave, peer), 0);
    return peer;
}

void bad_peer_stop(struct bad_peer *peer) {
    (void)!write(peer->stop[1], "x", 1);
    (void)pthread_join(peer->thread, NULL);
    for (int i = 0; i < peer->client_count; i++)
        (void)close(peer->clients[i]);
    (void)close(peer->listen_fd);
    (void)close(peer->stop[0]);
    (void)close(peer->stop[1]);
    free(peer);
}
