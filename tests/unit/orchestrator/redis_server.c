/* SPDX-License-Identifier: MIT */
/* redis_server.c - see redis_server.h. */
#include "redis_server.h"

#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "certificates.h"
#include "live.h"

static const char *find_program(void) {
    static const char *const places[] = {"/usr/bin/redis-server", "/usr/bin/valkey-server",
                                         "/usr/local/bin/redis-server",
                                         "/usr/local/bin/valkey-server", "/usr/sbin/redis-server"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (access(places[i], X_OK) == 0)
            return places[i];
    return NULL;
}

bool redis_server_is_there(void) {
    return find_program() != NULL;
}

void redis_server_open(struct redis_server *server) {
    *server = (struct redis_server){0};
    (void)snprintf(server->dir, sizeof server->dir, "/tmp/mcp-redis-XXXXXX");
    assert_non_null(mkdtemp(server->dir));
    (void)snprintf(server->socket, sizeof server->socket, "%s/socket", server->dir);
}

static void become(const struct redis_server *server) {
    const char *password = server->password != NULL ? server->password : "";
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)chdir(server->dir);
    (void)freopen("/dev/null", "w", stdout);
    char port[16];
    char tls_port[16];
    (void)snprintf(port, sizeof port, "%d", server->port);
    (void)snprintf(tls_port, sizeof tls_port, "%d", server->tls_port);
    if (server->has_ports)
        (void)execl(find_program(), "redis-server", "--port", port, "--unixsocket", server->socket,
                    "--save", "", "--appendonly", "no", "--requirepass", password, "--tls-port",
                    tls_port, "--tls-cert-file", server->cert, "--tls-key-file", "key",
                    "--tls-auth-clients", "no", "--tls-ca-cert-file", server->cert, (char *)NULL);
    (void)execl(find_program(), "redis-server", "--port", "0", "--unixsocket", server->socket,
                "--save", "", "--appendonly", "no", "--requirepass", password, (char *)NULL);
    _exit(127);
}

/* Free a moment ago. */
static int free_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    (void)close(fd);
    return ntohs(address.sin_port);
}

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static void make_ports(struct redis_server *server) {
    struct certificate made;
    char key[96];
    certificate_make(&made, "localhost", time(NULL) - 3600, time(NULL) + 3600);
    (void)snprintf(server->cert, sizeof server->cert, "%s/cert", server->dir);
    (void)snprintf(key, sizeof key, "%s/key", server->dir);
    write_file(server->cert, made.cert);
    write_file(key, made.key);
    server->port = free_port();
    server->tls_port = free_port();
}

static bool answers(const struct redis_server *server) {
    const char *ping[] = {"PING"};
    json_auto_t *reply = redis_server_ask(server, 1, ping);
    return json_is_string(reply);
}

void redis_server_start(struct redis_server *server) {
    const struct timespec moment = {.tv_nsec = 5000000};
    uint64_t until = live_now_ms() + 20000;
    if (server->has_ports)
        make_ports(server);
    server->pid = fork();
    assert_true(server->pid >= 0);
    if (server->pid == 0)
        become(server);
    while (!answers(server)) {
        assert_true(live_now_ms() < until);
        (void)nanosleep(&moment, NULL);
    }
}

void redis_server_signal(const struct redis_server *server, int number) {
    assert_int_equal(kill(server->pid, number), 0);
}

void redis_server_stop(struct redis_server *server) {
    if (server->pid == 0)
        return;
    (void)kill(server->pid, SIGKILL);
    (void)waitpid(server->pid, NULL, 0);
    (void)unlink(server->socket);
    server->pid = 0;
}

void redis_server_close(struct redis_server *server) {
    char key[96];
    redis_server_stop(server);
    (void)snprintf(key, sizeof key, "%s/key", server->dir);
    (void)unlink(key);
    (void)unlink(server->cert);
    (void)rmdir(server->dir);
}

static json_t *json_of(const redisReply *reply) {
    json_t *list = NULL;
    switch (reply->type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        return json_stringn(reply->str, reply->len);
    case REDIS_REPLY_INTEGER:
        return json_integer(reply->integer);
    case REDIS_REPLY_ERROR:
        return json_pack("{s:s}", "error", reply->str);
    case REDIS_REPLY_ARRAY:
        list = json_array();
        for (size_t i = 0; i < reply->elements; i++)
            (void)json_array_append_new(list, json_of(reply->element[i]));
        return list;
    default:
        return json_null();
    }
}

json_t *redis_server_ask(const struct redis_server *server, size_t count, const char **words) {
    json_t *out = NULL;
    redisContext *link = redisConnectUnix(server->socket);
    if (link != NULL && link->err == 0) {
        if (server->password != NULL)
            freeReplyObject(redisCommand(link, "AUTH %s", server->password));
        redisReply *reply = redisCommandArgv(link, (int)count, words, NULL);
        if (reply != NULL)
            out = json_of(reply);
        if (reply != NULL)
            freeReplyObject(reply);
    }
    if (link != NULL)
        redisFree(link);
    return out;
}

json_t *redis_server_keys(const struct redis_server *server, const char *pattern) {
    const char *words[] = {"KEYS", pattern};
    return redis_server_ask(server, 2, words);
}
