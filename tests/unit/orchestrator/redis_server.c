/* SPDX-License-Identifier: MIT */
/* redis_server.c - see redis_server.h. */
#include "redis_server.h"

#include <hiredis/hiredis.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

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
    (void)execl(find_program(), "redis-server", "--port", "0", "--unixsocket", server->socket,
                "--save", "", "--appendonly", "no", "--requirepass", password, (char *)NULL);
    _exit(127);
}

static bool answers(const struct redis_server *server) {
    const char *ping[] = {"PING"};
    json_auto_t *reply = redis_server_ask(server, 1, ping);
    return json_is_string(reply);
}

void redis_server_start(struct redis_server *server) {
    const struct timespec moment = {.tv_nsec = 5000000};
    uint64_t until = live_now_ms() + 20000;
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
    redis_server_stop(server);
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
