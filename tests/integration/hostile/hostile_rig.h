/* SPDX-License-Identifier: MIT */
/* hostile_rig.h - what every hostile case needs: its text, the servers, and what was used up. */
#ifndef HOSTILE_RIG_H
#define HOSTILE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mcp/json.h"
#include "mcp/orchestrator.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HOSTILE_SLOWER 6U
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HOSTILE_SLOWER 6U
#endif
#endif
#ifndef HOSTILE_SLOWER
#define HOSTILE_SLOWER 1U
#endif

enum {
    HOSTILE_TIMEOUT_MS = 10000,                    /* of each step, unless the case names one */
    HOSTILE_CONNECT_MS = 30000,                    /* a child may be long in coming */
    HOSTILE_ALLOWANCE_MS = 15000 * HOSTILE_SLOWER, /* a machine under load may be late by so much */
    HOSTILE_GOOD_MS = 15000 * HOSTILE_SLOWER, /* the other server's longest answer, under load */
    HOSTILE_MESSAGE_BYTES = 1 << 20,          /* the longest message the library is to take */
    HOSTILE_MEMORY_MIB = 16                   /* of the case, unless it names another */
};

/* One case over one transport; views into the file. */
struct hostile_case {
    const json_t *spec;
    const char *name;
    const char *way; /* stdio, stdio-modern, http, http-modern, sse */
    char title[96];
};

/* Read the cases, start two HTTP servers: the hostile one and the good one. */
void hostile_open(void);
void hostile_close(void);

/* The cases of one way, and their count; the array is static. */
struct hostile_case *hostile_cases(const char *way, size_t *out_count);

/* A member of the case as a number. */
uint64_t hostile_number(const struct hostile_case *hostile, const char *key, uint64_t otherwise);

/* What it must fail with: {"code", "what"}; NULL: nothing. */
const json_t *hostile_error(const struct hostile_case *hostile, bool is_gathered);
/* `text` has the part, or one of the parts. For the orchestrator its own times and bound stand in.
 */
bool hostile_is_told(const json_t *what, const char *text, bool is_gathered);

/* "http://127.0.0.1:PORT/CASE/WAY"; https when the case says so. */
const char *hostile_url(const struct hostile_case *hostile, char out[256]);
const char *hostile_good_url(char out[256]);
/* Arguments of a child, NULL-terminated; valid until the next call. */
const char *const *hostile_argv(const struct hostile_case *hostile);
/* Connections to the address nobody may go to. */
long hostile_visits(void);

/* What is in use now, and at most since the last mark. */
struct hostile_use {
    size_t live_bytes; /* of our allocator */
    size_t peak_bytes;
    long peak_rss_kib;
    long rss_kib;
    int descriptors;
};
void hostile_mark(struct hostile_use *out_use);
/* Fails the test when more than that was allocated at once, or something is left of it. */
void hostile_check_use(const struct hostile_case *hostile, const struct hostile_use *before,
                       uint64_t memory_mib);

uint64_t hostile_now_ms(void);

/* Between two questions to the other server: the machine is for those that are tested. */
void hostile_pause(void);

/* --- runners, and a summary of all that ran ----------------------------------------------------
 */

void hostile_run_library(void **state);      /* *state: a hostile_case */
void hostile_run_orchestrator(void **state); /* the same */

struct hostile_sum {
    size_t cases;
    uint64_t longest_ms;
    uint64_t good_answers;
    uint64_t good_longest_ms;
    size_t peak_bytes;
};
extern struct hostile_sum hostile_sum;
void hostile_note_good(uint64_t took_ms);

#endif
