/* SPDX-License-Identifier: MIT */
/* serve.h - the server from its settings to its end. Layer: product_metadata. */
#ifndef PRODUCT_SERVE_H
#define PRODUCT_SERVE_H

#define PRODUCT_PROGRAM "mcp-product-metadata"

/* Serve until SIGTERM, SIGINT or, on stdio, the end of the input. Returns the exit code. */
int product_serve(int argc, char **argv);

#endif
