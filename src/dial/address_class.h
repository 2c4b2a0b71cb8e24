/* SPDX-License-Identifier: MIT */
/* address_class.h - which addresses are of the public internet. Layer: dial. Includes: base. */
#ifndef MCP_ADDRESS_CLASS_H
#define MCP_ADDRESS_CLASS_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes of an IPv4 (4) or IPv6 (16) address, in network order, are of none of the ranges that
 * are private, of this machine or link, of tunnels into those, multicast or reserved. False for any
 * other length. spec: IANA special-purpose address registries */
bool mcp_address_is_public(const unsigned char *bytes, size_t len);

/* The same of an address as text; false when it is none. */
bool mcp_address_text_is_public(const char *text);

#endif
