/* SPDX-License-Identifier: MIT */
/* share_commands.c - see share_commands.h. Effect: sends. */
#include "orchestrator/share_commands.h"

#include <stdio.h>
#include <string.h>

#include "mcp/clock.h"

enum { NUMBER_BYTES = 24 };

#define SCRIPT(text) MCP_STR(text)

static struct mcp_str number(uint64_t value, char out[NUMBER_BYTES]) {
    (void)snprintf(out, NUMBER_BYTES, "%llu", (unsigned long long)value);
    return mcp_str_of(out);
}

/* words: the script, how many keys, the keys, the arguments */
static enum mcp_code eval(struct orch_redis_link *link, const struct mcp_str *words, size_t count,
                          const struct orch_share_ear *ear, struct mcp_err *err) {
    struct mcp_str args[ORCH_REDIS_MAX_ARGS] = {MCP_STR("EVAL")};
    memcpy(&args[1], words, count * sizeof *words);
    return orch_redis_link_ask(link, args, count + 1, ear != NULL ? ear->fn : NULL,
                               ear != NULL ? ear->user : NULL, err);
}

enum mcp_code orch_share_send_probe(struct orch_redis_link *link, const char *prefix,
                                    const struct orch_share_ear *ear, struct mcp_err *err) {
    char key[ORCH_SHARE_NAME_BYTES];
    char channel[ORCH_SHARE_NAME_BYTES];
    (void)snprintf(key, sizeof key, "%.64s:1:{probe}", prefix);
    const struct mcp_str words[] = {
        SCRIPT("redis.call('SET', KEYS[1], '1', 'PX', 1000) "
               "redis.call('INCR', KEYS[1]) redis.call('PEXPIRE', KEYS[1], 1000) "
               "redis.call('GET', KEYS[1]) redis.call('PTTL', KEYS[1]) "
               "redis.call('DEL', KEYS[1]) redis.call('PUBLISH', ARGV[1], '') return 1"),
        MCP_STR("1"), mcp_str_of(key), mcp_str_of(orch_share_channel(prefix, channel))};
    return eval(link, words, MCP_COUNT(words), ear, err);
}

enum mcp_code orch_share_send_look(struct orch_redis_link *link,
                                   const struct orch_share_names *names, const char *token,
                                   const struct orch_share_ear *ear, struct mcp_err *err) {
    char lease[NUMBER_BYTES];
    bool has_private = names->private_value[0] != '\0';
    const struct mcp_str words[] = {
        SCRIPT("local function get(key) local value = redis.pcall('GET', key) "
               "if type(value) == 'table' then return '?' end return value end "
               "local r = {0, 0} "
               "if ARGV[1] ~= '' then "
               "if redis.call('SET', KEYS[3], ARGV[1], 'NX', 'PX', ARGV[2]) then r[1] = 1 "
               "else r[2] = redis.call('PTTL', KEYS[3]) end end "
               "r[3] = get(KEYS[2]) "
               "r[4] = get(KEYS[1]) r[5] = redis.call('PTTL', KEYS[1]) "
               "r[6] = false r[7] = 0 "
               "if #KEYS > 3 then r[6] = get(KEYS[4]) "
               "r[7] = redis.call('PTTL', KEYS[4]) end return r"),
        has_private ? MCP_STR("4") : MCP_STR("3"),
        mcp_str_of(names->public_value),
        mcp_str_of(names->generation),
        mcp_str_of(has_private ? names->lock : names->generation),
        mcp_str_of(has_private ? names->private_value : token),
        has_private ? mcp_str_of(token) : number(ORCH_SHARE_LEASE_MS, lease),
        number(ORCH_SHARE_LEASE_MS, lease)};
    return eval(link, words, has_private ? MCP_COUNT(words) : MCP_COUNT(words) - 1, ear, err);
}

enum mcp_code orch_share_send_store(struct orch_redis_link *link,
                                    const struct orch_share_storing *storing,
                                    const struct orch_share_ear *ear, struct mcp_err *err) {
    char generation[NUMBER_BYTES];
    char life[NUMBER_BYTES];
    const struct orch_share_names *names = storing->names;
    bool is_private = storing->record->terms.is_private;
    bool has_private = names->private_value[0] != '\0';
    const char *other = is_private ? names->public_value : names->private_value;
    const struct mcp_str words[] = {
        SCRIPT("local stored = 0 "
               "if (redis.call('GET', KEYS[2]) or '0') == ARGV[1] then "
               "redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) stored = 1 "
               "if #KEYS > 2 then redis.call('DEL', KEYS[4]) end end "
               "if ARGV[4] ~= '' and redis.call('GET', KEYS[3]) == ARGV[4] then "
               "redis.call('DEL', KEYS[3]) end "
               "redis.call('PUBLISH', ARGV[5], ARGV[6]) return stored"),
        has_private ? MCP_STR("4") : MCP_STR("2"),
        mcp_str_of(is_private ? names->private_value : names->public_value),
        mcp_str_of(names->generation),
        mcp_str_of(names->lock),
        mcp_str_of(other),
        number(storing->record->generation, generation),
        storing->bytes,
        number(storing->record->life_ms, life),
        mcp_str_of(storing->token),
        mcp_str_of(storing->channel),
        mcp_str_of(storing->message)};
    struct mcp_str fewer[MCP_COUNT(words)];
    if (has_private)
        return eval(link, words, MCP_COUNT(words), ear, err);
    memcpy(fewer, words, 4 * sizeof *words); /* without the lock and the other place */
    memcpy(&fewer[4], &words[6], (MCP_COUNT(words) - 6) * sizeof *words);
    return eval(link, fewer, MCP_COUNT(words) - 2, ear, err);
}

enum mcp_code orch_share_send_release(struct orch_redis_link *link,
                                      const struct orch_share_names *names, const char *token,
                                      const char *channel, const char *message) {
    const struct mcp_str words[] = {
        SCRIPT("if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) "
               "redis.call('PUBLISH', ARGV[2], ARGV[3]) return 1 end return 0"),
        MCP_STR("1"),
        mcp_str_of(names->lock),
        mcp_str_of(token),
        mcp_str_of(channel),
        mcp_str_of(message)};
    return eval(link, words, MCP_COUNT(words), NULL, NULL);
}

enum mcp_code orch_share_send_renew(struct orch_redis_link *link,
                                    const struct orch_share_names *names, const char *token) {
    char lease[NUMBER_BYTES];
    const struct mcp_str words[] = {
        SCRIPT("if redis.call('GET', KEYS[1]) == ARGV[1] then "
               "return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0"),
        MCP_STR("1"), mcp_str_of(names->lock), mcp_str_of(token),
        number(ORCH_SHARE_LEASE_MS, lease)};
    return eval(link, words, MCP_COUNT(words), NULL, NULL);
}

enum mcp_code orch_share_send_outdate(struct orch_redis_link *link,
                                      const struct orch_share_names *names, bool is_forgotten,
                                      const char *channel, const char *message,
                                      const struct orch_share_ear *ear) {
    char life[NUMBER_BYTES];
    char anew[NUMBER_BYTES]; /* no generation has ever been this */
    const char *secret =
        names->private_value[0] != '\0' ? names->private_value : names->public_value;
    const struct mcp_str words[] = {
        SCRIPT("if type(redis.pcall('INCR', KEYS[1])) == 'table' then "
               "redis.call('SET', KEYS[1], ARGV[5]) end "
               "redis.call('PEXPIRE', KEYS[1], ARGV[1]) "
               "if ARGV[2] == '1' then redis.call('DEL', KEYS[2], KEYS[3]) end "
               "redis.call('PUBLISH', ARGV[3], ARGV[4]) return 1"),
        MCP_STR("3"),
        mcp_str_of(names->generation),
        mcp_str_of(names->public_value),
        mcp_str_of(secret),
        number(ORCH_SHARE_GENERATION_MS, life),
        is_forgotten ? MCP_STR("1") : MCP_STR("0"),
        mcp_str_of(channel),
        mcp_str_of(message),
        number((uint64_t)mcp_clock_wall_ms(), anew)};
    return eval(link, words, MCP_COUNT(words), ear, NULL);
}
