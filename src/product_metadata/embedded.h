/* SPDX-License-Identifier: MIT */
/* embedded.h - files of schemas/ compiled into the program. Layer: product_metadata. */
#ifndef PRODUCT_EMBEDDED_H
#define PRODUCT_EMBEDDED_H

extern const char product_metadata_schema[]; /* schemas/product_metadata_schema.json */
extern const char product_settings_schema[]; /* schemas/config/product_metadata.json */
extern const char product_generate_schema[]; /* schemas/config/product_metadata_generate.json */
extern const char product_check_schema[];    /* schemas/config/product_metadata_check.json */
extern const char product_import_schema[];   /* schemas/config/product_metadata_import.json */

/* schemas/tools/ */
extern const char product_resolve_terms_input[];
extern const char product_resolve_terms_output[];
extern const char product_lookup_product_input[];
extern const char product_lookup_product_output[];

#endif
