/* SPDX-License-Identifier: MIT */
/*
 * Stands between a client and a real server, and harms what the server says:
 *   relay MODE_FILE stdio PROGRAM [ARGUMENT]...   on stdin and stdout
 *   relay MODE_FILE tcp PORT TARGET_PORT          on 127.0.0.1
 * MODE_FILE holds "" (whole), "hang" (nothing comes through), "slow" (150 ms late), "cut" (half of
 * it, then the end) or "garbage" (other bytes). It ends with its server, and its server with it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 16384 };
#define MAX_PAIRS ((size_t)64)

/* What comes from `server` is harmed on its way to `client`. -1: closed. */
struct pair {
    int client_in;
    int client_out;
    int server_in;
    int server_out;
};

static const char *mode_file;
static struct pair pairs[MAX_PAIRS];

static void read_mode(char out[16]) {
    FILE *file = fopen(mode_file, "r");
    out[0] = '\0';
    if (file == NULL)
        return;
    (void)fgets(out, 16, file);
    (void)fclose(file);
}

static bool send_all(int fd, const char *bytes, size_t len) {
    while (len > 0) {
        ssize_t count = write(fd, bytes, len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        bytes += count;
        len -= (size_t)count;
    }
    return true;
}

static bool send_harmed(int fd, char *bytes, size_t len) {
    const struct timespec late = {.tv_nsec = 150000000};
    char mode[16];
    read_mode(mode);
    if (strcmp(mode, "hang") == 0)
        return true;
    if (strcmp(mode, "slow") == 0)
        (void)nanosleep(&late, NULL);
    if (strcmp(mode, "garbage") == 0)
        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)(bytes[i] == '\n' ? '\n' : bytes[i] ^ (char)(0x15 + i % 7));
    if (strcmp(mode, "cut") != 0)
        return send_all(fd, bytes, len);
    (void)send_all(fd, bytes, len / 2);
    return false;
}

static void end_pair(struct pair *pair) {
    const int fds[] = {pair->client_in, pair->client_out, pair->server_in, pair->server_out};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    *pair = (struct pair){-1, -1, -1, -1};
}

/* False: one side is at its end. */
static bool pump(const struct pair *pair, bool from_server) {
    static char bytes[CHUNK];
    ssize_t count = read(from_server ? pair->server_out : pair->client_in, bytes, sizeof bytes);
    if (count <= 0)
        return count < 0 && (errno == EINTR || errno == EAGAIN);
    return from_server ? send_harmed(pair->client_out, bytes, (size_t)count)
                       : send_all(pair->server_in, bytes, (size_t)count);
}

static int tcp(int port, bool listens) {
    const int yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    bool ok =
        listens ? bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 64) == 0
                : connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (ok)
        return fd;
    (void)close(fd);
    return -1;
}

static void take(int listener, int target_port) {
    int client = accept(listener, NULL, NULL);
    int server = client >= 0 ? tcp(target_port, false) : -1;
    for (size_t i = 0; i < MAX_PAIRS && server >= 0; i++) {
        if (pairs[i].client_in >= 0)
            continue;
        pairs[i] = (struct pair){client, dup(client), server, dup(server)};
        return;
    }
    if (client >= 0)
        (void)close(client);
    if (server >= 0)
        (void)close(server);
}

static void relay(int listener, int target_port) {
    for (;;) {
        struct pollfd fds[2 * MAX_PAIRS + 1];
        for (size_t i = 0; i < MAX_PAIRS; i++) {
            fds[2 * i] = (struct pollfd){.fd = pairs[i].client_in, .events = POLLIN};
            fds[2 * i + 1] = (struct pollfd){.fd = pairs[i].server_out, .events = POLLIN};
        }
        fds[2 * MAX_PAIRS] = (struct pollfd){.fd = listener, .events = POLLIN};
        (void)poll(fds, 2 * MAX_PAIRS + 1, -1);
        for (size_t i = 0; i < MAX_PAIRS; i++) {
            bool ends = (fds[2 * i].revents != 0 && !pump(&pairs[i], false)) ||
                        (fds[2 * i + 1].revents != 0 && !pump(&pairs[i], true));
            if (ends)
                end_pair(&pairs[i]);
            if (ends && listener < 0)
                return; /* the only one */
        }
        if (fds[2 * MAX_PAIRS].revents != 0)
            take(listener, target_port);
    }
}

static int start(char **argv) {
    int in[2];
    int out[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
        return 1;
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        (void)signal(SIGPIPE, SIG_DFL);
        (void)dup2(in[0], STDIN_FILENO);
        (void)dup2(out[1], STDOUT_FILENO);
        (void)execv(argv[0], argv);
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    pairs[0] = (struct pair){STDIN_FILENO, STDOUT_FILENO, in[1], out[0]};
    relay(-1, 0);
    return 0;
}

int main(int argc, char **argv) {
    for (size_t i = 0; i < MAX_PAIRS; i++)
        pairs[i] = (struct pair){-1, -1, -1, -1};
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc < 4)
        return 2;
    mode_file = argv[1];
    if (strcmp(argv[2], "stdio") == 0)
        return start(argv + 3);
    int listener = tcp((int)strtol(argv[3], NULL, 10), true);
    if (listener < 0 || argc < 5)
        return 1;
    relay(listener, (int)strtol(argv[4], NULL, 10));
    return 0;
}
