/* SPDX-License-Identifier: MIT */
/* snapshot.h - one version of the metadata, encoded for the wire. Layer: product_metadata. */
#ifndef PRODUCT_SNAPSHOT_H
#define PRODUCT_SNAPSHOT_H

#include "mcp/blob.h"
#include "mcp/timestamp.h"
#include "product_metadata/directory.h"
#include "product_metadata/term_index.h"

enum product_resource {
    PRODUCT_RESOURCE_ALIASES,
    PRODUCT_RESOURCE_MAPPINGS,
    PRODUCT_RESOURCE_SUMMARY,
    PRODUCT_RESOURCE_COUNT
};

/* As clients see it. Static storage. */
struct product_resource_info {
    const char *uri;
    const char *name;
    const char *description;
    const char *mime_type;
};
const struct product_resource_info *product_resource_info(enum product_resource resource);

/* Immutable and counted: any number of threads read it while the next one is made. */
struct product_snapshot;

/* Encode a model and keep it: takes `model` in every case. errors: NOMEM; LIMIT more than 1 GiB
 * encoded. */
enum mcp_code product_snapshot_new(struct product_model *model,
                                   struct product_snapshot **out_snapshot,
                                   struct mcp_err *err) MCP_CHECK;
struct product_snapshot *product_snapshot_ref(struct product_snapshot *snapshot); /* NULL: NULL */
void product_snapshot_unref(struct product_snapshot *snapshot);
void product_snapshot_unrefp(struct product_snapshot **snapshot);

/* The `contents` array of the answer to resources/read, as JSON. Borrowed. */
struct mcp_blob *product_snapshot_contents(const struct product_snapshot *snapshot,
                                           enum product_resource resource);

/* What the snapshot was made of. Borrowed. */
const struct product_model *product_snapshot_model(const struct product_snapshot *snapshot);
const struct product_directory *product_snapshot_directory(const struct product_snapshot *snapshot);

/* The names of that model. Borrowed. */
const struct product_term_index *product_snapshot_terms(const struct product_snapshot *snapshot);

struct product_snapshot_facts {
    size_t product_count;
    size_t mapping_count;
    const char *version;      /* borrowed, like content_hash; "" when there is none */
    const char *content_hash; /* "sha256:..." */
    char last_updated[MCP_TIMESTAMP_BYTES];
};
const struct product_snapshot_facts *
product_snapshot_facts(const struct product_snapshot *snapshot);

/* Append what a resource's text says, as JSON: {"aliases":...}, {"mappings":...}, {"total_...}. */
void product_body_write(const struct product_model *model, enum product_resource resource,
                        struct mcp_buf *out);

/* Append a product as the lists have it: {"canonical_id":...,"canonical_name":...,...}. */
void product_item_write(const struct product_item *item, struct mcp_buf *out);

#endif
