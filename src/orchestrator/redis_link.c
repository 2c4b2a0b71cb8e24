/* SPDX-License-Identifier: MIT */
/* redis_link.c - see redis_link.h. Effect: hiredis writes commands and reads answers; the bytes go
 * over a socket of the loop. */
#include "orchestrator/redis_link.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

#include "dial/socket.h"
#include "mcp/alloc.h"
#include "mcp/clock.h"
#include "mcp/utf8.h"

enum { MAX_ITEMS = 16, ERROR_BYTES = 160 };

#if HIREDIS_MAJOR >= 1
typedef size_t item_count; /* NOLINT(readability-identifier-naming) */
#else
typedef int item_count;
#endif

struct pending {
    struct pending *next;
    orch_redis_reply_fn *fn;
    void *user;
};

struct orch_redis_link {
    struct mcp_loop *loop;
    struct mcp_socket *socket; /* NULL: down, or being closed */
    struct orch_redis_handlers handlers;
    redisReader *reader;
    redisReplyObjectFunctions functions; /* of the reader, but for create_array */
    void *(*create_any_array)(const redisReadTask *task, item_count count);
    struct orch_share_target where;
    char channel[ORCH_SHARE_NAME_BYTES]; /* "": for commands */
    uint64_t timeout_ms;
    struct mcp_loop_timer timer; /* until it must have answered */
    struct pending *first;
    struct pending *last;
    size_t pending_count;
    size_t unread;      /* bytes of an answer that is not whole */
    unsigned greetings; /* answers of the greeting that are missing */
    bool is_up;
    bool is_in_callback; /* release when the outermost one returns */
    bool is_released;
};

bool orch_redis_is_built(void) {
    return true;
}

static void release(struct orch_redis_link *link) {
    if (link->is_in_callback) {
        link->is_released = true;
        return;
    }
    if (link->reader != NULL)
        redisReaderFree(link->reader);
    explicit_bzero(link->where.password, sizeof link->where.password);
    mcp_free(link);
}

static struct pending *take_pending(struct orch_redis_link *link) {
    struct pending *taken = link->first;
    if (taken == NULL)
        return NULL;
    link->first = taken->next;
    if (link->first == NULL)
        link->last = NULL;
    link->pending_count--;
    return taken;
}

static void fail_pending(struct orch_redis_link *link, const struct mcp_err *why) {
    for (struct pending *taken = take_pending(link); taken != NULL; taken = take_pending(link)) {
        if (taken->fn != NULL)
            taken->fn(taken->user, NULL, 0, why);
        mcp_free(taken);
    }
}

/* Cut off; what is pending hears why. */
static void hang_up(struct orch_redis_link *link, const struct mcp_err *why) {
    mcp_loop_timer_clear(link->loop, &link->timer);
    mcp_socket_close(MCP_TAKE(link->socket));
    fail_pending(link, why);
}

static void go_down(struct orch_redis_link *link, const struct mcp_err *why) {
    struct mcp_err copy = *why;
    if (link->socket == NULL)
        return;
    hang_up(link, &copy);
    link->handlers.on_down(link->handlers.user, &copy);
    release(link);
}

void orch_redis_link_close(struct orch_redis_link *link) {
    struct mcp_err why = {0};
    if (link == NULL || link->socket == NULL)
        return;
    (void)MCP_FAIL(&why, MCP_E_CANCELLED, "the connection is being closed");
    hang_up(link, &why);
    release(link);
}

static void on_late(void *user) {
    struct orch_redis_link *link = user;
    struct mcp_err why = {0};
    (void)MCP_FAIL(&why, MCP_E_TIMEOUT, "no answer within %llu ms",
                   (unsigned long long)link->timeout_ms);
    go_down(link, &why);
}

/* It must say something while an answer is due. */
static void set_deadline(struct orch_redis_link *link) {
    if (link->first == NULL && link->greetings == 0)
        mcp_loop_timer_clear(link->loop, &link->timer);
    else
        mcp_loop_timer_set(link->loop, &link->timer, mcp_clock_now_ms() + link->timeout_ms);
}

static enum mcp_code send_command(struct orch_redis_link *link, const struct mcp_str *args,
                                  size_t count, struct mcp_err *err) {
    const char *texts[ORCH_REDIS_MAX_ARGS];
    size_t lengths[ORCH_REDIS_MAX_ARGS];
    char *command = NULL;
    for (size_t i = 0; i < count; i++) {
        texts[i] = args[i].ptr;
        lengths[i] = args[i].len;
    }
    int len = (int)redisFormatCommandArgv(&command, (int)count, texts, lengths);
    if (len < 0 || command == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a command");
    enum mcp_code code = mcp_socket_send(link->socket, (struct mcp_str){command, (size_t)len}, err);
    redisFreeCommand(command);
    return code;
}

enum mcp_code orch_redis_link_ask(struct orch_redis_link *link, const struct mcp_str *args,
                                  size_t count, orch_redis_reply_fn *fn, void *user,
                                  struct mcp_err *err) {
    if (link->socket == NULL)
        return MCP_FAIL(err, MCP_E_STATE, "the connection is down");
    if (link->pending_count == ORCH_REDIS_MAX_PENDING)
        return MCP_FAIL(err, MCP_E_LIMIT, "more than %d commands are without an answer",
                        ORCH_REDIS_MAX_PENDING);
    struct pending *made = mcp_alloc(sizeof *made);
    if (made == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a command");
    bool is_first = link->first == NULL;
    enum mcp_code code = send_command(link, args, count, err);
    if (code != MCP_OK) {
        mcp_free(made);
        return code;
    }
    *made = (struct pending){.fn = fn, .user = user};
    *(is_first ? &link->first : &link->last->next) = made;
    link->last = made;
    link->pending_count++;
    if (is_first)
        set_deadline(link);
    return MCP_OK;
}

void orch_redis_link_forget(struct orch_redis_link *link, const void *user) {
    for (struct pending *at = link->first; at != NULL; at = at->next)
        if (at->user == user)
            at->fn = NULL;
}

size_t orch_redis_link_pending(const struct orch_redis_link *link) {
    return link->pending_count;
}

void orch_redis_link_ping(struct orch_redis_link *link) {
    const struct mcp_str ping = MCP_STR("PING");
    /* without memory for it the next one tells */
    if (link->is_up && link->first == NULL)
        (void)(orch_redis_link_ask(link, &ping, 1, NULL, NULL, NULL) == MCP_OK);
}

/* What it refuses with, made fit for a line: "WRONGPASS invalid username-password pair". */
static void refusal(const redisReply *reply, struct mcp_err *out) {
    char text[ERROR_BYTES];
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT((size_t)4 * ERROR_BYTES);
    static const char *const denials[] = {"WRONGPASS", "NOAUTH", "NOPERM", "ERR invalid password",
                                          "ERR AUTH"};
    enum mcp_code code = MCP_E_PEER;
    (void)snprintf(text, sizeof text, "%.*s", (int)(reply->len < 140 ? reply->len : 140),
                   reply->str);
    for (size_t i = 0; i < MCP_COUNT(denials); i++)
        if (strncmp(text, denials[i], strlen(denials[i])) == 0)
            code = MCP_E_DENIED;
    mcp_utf8_add_printable(&line, mcp_str_of(text));
    (void)MCP_FAIL(out, code, "it refuses: %s", line.data != NULL ? line.data : "");
}

static struct orch_share_item item_of(const redisReply *reply) {
    struct orch_share_item item = {.text = {"", 0}};
    item.is_number = reply->type == REDIS_REPLY_INTEGER;
    item.is_text = reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS;
    if (item.is_number)
        item.number = reply->integer;
    if (item.is_text)
        item.text = (struct mcp_str){reply->str, reply->len};
    return item;
}

static void answer(struct pending *asked, const redisReply *reply) {
    struct orch_share_item items[MAX_ITEMS];
    struct mcp_err why = {0};
    size_t count = 1;
    if (asked->fn == NULL)
        return;
    if (reply->type == REDIS_REPLY_ERROR) {
        refusal(reply, &why);
        asked->fn(asked->user, NULL, 0, &why);
        return;
    }
    if (reply->type == REDIS_REPLY_ARRAY) {
        count = reply->elements < MAX_ITEMS ? reply->elements : MAX_ITEMS;
        for (size_t i = 0; i < count; i++)
            items[i] = item_of(reply->element[i]);
    } else {
        items[0] = item_of(reply);
    }
    asked->fn(asked->user, items, count, NULL);
}

static bool is_message(const struct orch_redis_link *link, const redisReply *reply) {
    return link->channel[0] != '\0' && reply->type == REDIS_REPLY_ARRAY && reply->elements == 3 &&
           reply->element[0]->type == REDIS_REPLY_STRING &&
           strcmp(reply->element[0]->str, "message") == 0 &&
           reply->element[2]->type == REDIS_REPLY_STRING;
}

static void break_off(struct orch_redis_link *link, enum mcp_code code, const char *what) {
    struct mcp_err why = {0};
    (void)MCP_FAIL(&why, code, "%s", what);
    go_down(link, &why);
}

/* An answer to one of the commands that let us in. */
static void greet(struct orch_redis_link *link, const redisReply *reply) {
    struct mcp_err why = {0};
    if (reply->type == REDIS_REPLY_ERROR) {
        refusal(reply, &why);
        go_down(link, &why);
        return;
    }
    link->greetings--;
    if (link->greetings > 0)
        return;
    link->is_up = true;
    set_deadline(link);
    link->handlers.on_up(link->handlers.user);
}

static void take_reply(struct orch_redis_link *link, const redisReply *reply) {
    if (is_message(link, reply)) {
        const redisReply *body = reply->element[2];
        if (link->is_up)
            link->handlers.on_message(link->handlers.user, (struct mcp_str){body->str, body->len});
        return;
    }
    if (link->greetings > 0) {
        greet(link, reply);
        return;
    }
    struct pending *asked = take_pending(link);
    if (asked == NULL) {
        break_off(link, MCP_E_PEER, "it answers what was not asked");
        return;
    }
    answer(asked, reply);
    mcp_free(asked);
}

/* Every whole answer of what was read. */
static void take_replies(struct orch_redis_link *link) {
    while (link->socket != NULL) {
        void *reply = NULL;
        if (redisReaderGetReply(link->reader, &reply) != REDIS_OK) {
            break_off(link, MCP_E_PEER, "it does not speak the protocol of Redis");
            return;
        }
        if (reply == NULL)
            return;
        link->unread = 0;
        take_reply(link, reply);
        freeReplyObject(reply);
    }
}

static void on_bytes(void *user, struct mcp_str bytes) {
    struct orch_redis_link *link = user;
    link->is_in_callback = true;
    link->unread += bytes.len;
    if (link->unread > ORCH_REDIS_MAX_REPLY)
        break_off(link, MCP_E_LIMIT, "an answer is too big");
    else if (redisReaderFeed(link->reader, bytes.ptr, bytes.len) != REDIS_OK)
        break_off(link, MCP_E_NOMEM, "out of memory for an answer");
    else
        take_replies(link);
    if (link->socket != NULL)
        set_deadline(link);
    link->is_in_callback = false;
    if (link->is_released)
        release(link);
}

/* Memory is for what can be an answer to us. NULL ends the reading. */
static void *create_array(const redisReadTask *task, item_count count) {
    const struct orch_redis_link *link = task->privdata;
    return count > MAX_ITEMS ? NULL : link->create_any_array(task, count);
}

static void bound_arrays(struct orch_redis_link *link) {
    link->functions = *link->reader->fn;
    link->create_any_array = link->functions.createArray;
    link->functions.createArray = create_array;
    link->reader->fn = &link->functions;
    link->reader->privdata = link;
}

static enum mcp_code say(struct orch_redis_link *link, const struct mcp_str *args, size_t count,
                         struct mcp_err *err) {
    link->greetings++;
    return send_command(link, args, count, err);
}

static enum mcp_code introduce(struct orch_redis_link *link, struct mcp_err *err) {
    const struct orch_share_target *where = &link->where;
    char digits[16];
    struct mcp_str auth[3] = {MCP_STR("AUTH"), mcp_str_of(where->user),
                              mcp_str_of(where->password)};
    (void)snprintf(digits, sizeof digits, "%u", where->db);
    const struct mcp_str select[] = {MCP_STR("SELECT"), mcp_str_of(digits)};
    const struct mcp_str subscribe[] = {MCP_STR("SUBSCRIBE"), mcp_str_of(link->channel)};
    const struct mcp_str ping = MCP_STR("PING");
    if (where->password[0] != '\0' && where->user[0] != '\0')
        MCP_TRY(say(link, auth, 3, err));
    else if (where->password[0] != '\0') { /* as before version 6 */
        auth[1] = auth[2];
        MCP_TRY(say(link, auth, 2, err));
    }
    if (where->db != 0)
        MCP_TRY(say(link, select, 2, err));
    return link->channel[0] != '\0' ? say(link, subscribe, 2, err) : say(link, &ping, 1, err);
}

static void on_open(void *user) {
    struct orch_redis_link *link = user;
    struct mcp_err why = {0};
    if (introduce(link, &why) != MCP_OK)
        go_down(link, &why);
    else
        set_deadline(link);
}

static void on_down(void *user, const struct mcp_err *why) {
    go_down(user, why);
}

enum mcp_code orch_redis_link_open(struct mcp_loop *loop, const struct orch_redis_target *target,
                                   const struct orch_redis_handlers *handlers,
                                   struct orch_redis_link **out_link, struct mcp_err *err) {
    const struct orch_share_target *where = target->where;
    const struct mcp_socket_handlers own = {on_open, on_bytes, on_down, NULL};
    struct mcp_socket_handlers mine = own;
    const struct mcp_socket_target address = {
        .host = where->path[0] == '\0' ? where->host : NULL,
        .port = where->port,
        .path = where->path[0] != '\0' ? where->path : NULL,
        .is_tls = where->is_tls,
        .ca_file = target->ca_file,
        .connect_timeout_ms = target->connect_timeout_ms,
        .max_waiting_bytes = ORCH_REDIS_MAX_WAITING,
    };
    struct orch_redis_link *link = mcp_alloc(sizeof *link);
    redisReader *reader = redisReaderCreate();
    if (link == NULL || reader == NULL) {
        mcp_free(link);
        if (reader != NULL)
            redisReaderFree(reader);
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory for a connection");
    }
    *link = (struct orch_redis_link){.loop = loop,
                                     .handlers = *handlers,
                                     .reader = reader,
                                     .where = *where,
                                     .timeout_ms = target->timeout_ms,
                                     .timer = {.fn = on_late, .user = link}};
    bound_arrays(link);
    if (target->password != NULL)
        (void)snprintf(link->where.password, sizeof link->where.password, "%s", target->password);
    if (target->channel != NULL)
        (void)snprintf(link->channel, sizeof link->channel, "%s", target->channel);
    mine.user = link;
    enum mcp_code code = mcp_socket_open(loop, &address, &mine, &link->socket, err);
    if (code != MCP_OK) {
        release(link);
        return code;
    }
    *out_link = link;
    return MCP_OK;
}
