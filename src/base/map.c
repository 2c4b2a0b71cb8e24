/* SPDX-License-Identifier: MIT */
/* map.c - see mcp/map.h. Pure: no I/O, no clock, no log. */
#include "mcp/map.h"

#include <string.h>

#include "mcp/alloc.h"

struct entry {
    uint64_t hash;
    char *key; /* owned; NULL once removed */
    size_t key_len;
    void *value;
};

/*
 * Entries lie in insertion order; the index finds them by hash with linear probing. A removed entry
 * keeps its place, as a gap in the order and as a stone in the probe chains, until a put needs the
 * room: then both arrays are built anew without the gaps.
 */
struct mcp_map {
    uint64_t seed;
    mcp_map_drop_fn *drop;
    struct entry *entries;
    size_t used;     /* entries written, gaps included */
    size_t room;     /* entries allocated: three quarters of the index */
    size_t count;    /* entries alive */
    size_t first;    /* no entry before this one is alive */
    uint32_t *index; /* entry number + 1; 0 is free */
    size_t mask;     /* index size - 1; the size is a power of two */
};

static inline uint64_t rotate(uint64_t word, unsigned bits) {
    return word << bits | word >> (64 - bits);
}

static inline void sip_round(uint64_t v[4]) {
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* SipHash-1-3: one round a word, three at the end. Not portable across byte orders, nor need be. */
static uint64_t hash_of(uint64_t seed, struct mcp_str key) {
    const uint64_t second = ~seed;
    uint64_t v[4] = {seed ^ 0x736f6d6570736575U, second ^ 0x646f72616e646f6dU,
                     seed ^ 0x6c7967656e657261U, second ^ 0x7465646279746573U};
    size_t at = 0;
    for (; key.len - at >= 8; at += 8) {
        uint64_t word = 0;
        memcpy(&word, key.ptr + at, sizeof word);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    uint64_t last = (uint64_t)key.len << 56;
    for (size_t i = 0; at + i < key.len; i++)
        last |= (uint64_t)(unsigned char)key.ptr[at + i] << (8 * i);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xFF;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static struct entry *find(const struct mcp_map *map, struct mcp_str key, uint64_t hash) {
    for (size_t slot = hash & map->mask; map->index[slot] != 0; slot = (slot + 1) & map->mask) {
        struct entry *entry = &map->entries[map->index[slot] - 1];
        if (entry->key != NULL && entry->hash == hash &&
            mcp_str_equal((struct mcp_str){entry->key, entry->key_len}, key))
            return entry;
    }
    return NULL;
}

static void link_entry(struct mcp_map *map, size_t number) {
    size_t slot = map->entries[number].hash & map->mask;
    while (map->index[slot] != 0)
        slot = (slot + 1) & map->mask;
    map->index[slot] = (uint32_t)number + 1;
}

/* Both arrays anew, without gaps, with room for at least as many again. */
static enum mcp_code rebuild(struct mcp_map *map, struct mcp_err *err) {
    size_t slots = 8;
    while (slots / 4 * 3 < map->count + map->count / 2 + 1)
        slots *= 2;
    uint32_t *index = NULL;
    struct entry *entries = NULL;
    if (slots <= UINT32_MAX) {
        index = mcp_alloc(slots * sizeof *index);
        entries = mcp_realloc(NULL, slots / 4 * 3 * sizeof *entries);
    }
    if (index == NULL || entries == NULL) {
        mcp_free(index);
        mcp_free(entries);
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    }
    size_t kept = 0;
    for (size_t i = map->first; i < map->used; i++)
        if (map->entries[i].key != NULL)
            entries[kept++] = map->entries[i];
    mcp_free(map->index);
    mcp_free(map->entries);
    map->index = index;
    map->entries = entries;
    map->mask = slots - 1;
    map->room = slots / 4 * 3;
    map->used = kept;
    map->first = 0;
    for (size_t i = 0; i < kept; i++)
        link_entry(map, i);
    return MCP_OK;
}

static void drop_value(const struct mcp_map *map, void *value) {
    if (map->drop != NULL && value != NULL)
        map->drop(value);
}

enum mcp_code mcp_map_new(uint64_t seed, mcp_map_drop_fn *drop, struct mcp_map **out_map,
                          struct mcp_err *err) {
    struct mcp_map *map = mcp_alloc(sizeof *map);
    if (map == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    map->seed = seed;
    map->drop = drop;
    *out_map = map;
    return MCP_OK;
}

void mcp_map_free(struct mcp_map *map) {
    if (map == NULL)
        return;
    mcp_map_clear(map);
    mcp_free(map);
}

void mcp_map_freep(struct mcp_map **map) {
    mcp_map_free(*map);
    *map = NULL;
}

enum mcp_code mcp_map_put(struct mcp_map *map, struct mcp_str key, void *value,
                          struct mcp_err *err) {
    uint64_t hash = hash_of(map->seed, key);
    struct entry *there = map->count > 0 ? find(map, key, hash) : NULL;
    if (there != NULL) {
        void *old = there->value;
        there->value = value;
        if (old != value)
            drop_value(map, old);
        return MCP_OK;
    }
    if (map->used == map->room)
        MCP_TRY(rebuild(map, err));
    char *copy = mcp_strndup(key.len > 0 ? key.ptr : "", key.len);
    if (copy == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    map->entries[map->used] = (struct entry){hash, copy, key.len, value};
    link_entry(map, map->used);
    map->used++;
    map->count++;
    return MCP_OK;
}

void *mcp_map_get(const struct mcp_map *map, struct mcp_str key) {
    if (map->count == 0)
        return NULL;
    const struct entry *entry = find(map, key, hash_of(map->seed, key));
    return entry != NULL ? entry->value : NULL;
}

/* False when absent; the value is the caller's now. */
static bool detach(struct mcp_map *map, struct mcp_str key, void **out_value) {
    if (map->count == 0)
        return false;
    struct entry *entry = find(map, key, hash_of(map->seed, key));
    if (entry == NULL)
        return false;
    *out_value = entry->value;
    mcp_free(entry->key);
    *entry = (struct entry){.hash = entry->hash};
    map->count--;
    while (map->first < map->used && map->entries[map->first].key == NULL)
        map->first++;
    return true;
}

bool mcp_map_remove(struct mcp_map *map, struct mcp_str key) {
    void *value = NULL;
    if (!detach(map, key, &value))
        return false;
    drop_value(map, value);
    return true;
}

void *mcp_map_take(struct mcp_map *map, struct mcp_str key) {
    void *value = NULL;
    return detach(map, key, &value) ? value : NULL;
}

size_t mcp_map_count(const struct mcp_map *map) {
    return map->count;
}

void mcp_map_clear(struct mcp_map *map) {
    struct entry *entries = map->entries;
    size_t used = map->used;
    mcp_free(map->index);
    *map = (struct mcp_map){.seed = map->seed, .drop = map->drop};
    for (size_t i = 0; i < used; i++) {
        if (entries[i].key == NULL)
            continue;
        mcp_free(entries[i].key);
        drop_value(map, entries[i].value);
    }
    mcp_free(entries);
}

bool mcp_map_next(const struct mcp_map *map, size_t *at, struct mcp_str *out_key,
                  void **out_value) {
    size_t i = *at > map->first ? *at : map->first;
    while (i < map->used && map->entries[i].key == NULL)
        i++;
    if (i >= map->used)
        return false;
    if (out_key != NULL)
        *out_key = (struct mcp_str){map->entries[i].key, map->entries[i].key_len};
    if (out_value != NULL)
        *out_value = map->entries[i].value;
    *at = i + 1;
    return true;
}
