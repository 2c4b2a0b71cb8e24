/* SPDX-License-Identifier: MIT */
/* corpus.h - the rows of a corpus of SQL through a real pool, and what must come back. */
#ifndef CORPUS_H
#define CORPUS_H

#include "database/worker_pool.h"

/* In SQL a mark stands for a text. */
struct corpus_text {
    const char *mark; /* NULL ends the list */
    const char *text;
};

/* Submit all rows at once and wait for the last; complaints go to stdout and are counted. */
void corpus_run(struct database_pool *pool, const json_t *rows, bool is_attack,
                const struct corpus_text *replaced);
unsigned corpus_failures(void);

long corpus_resident_kib(void); /* of this process */

#endif
