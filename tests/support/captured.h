/* SPDX-License-Identifier: MIT */
/* captured.h - what a function writes on a descriptor of this process. */
#ifndef CAPTURED_H
#define CAPTURED_H

#include <stddef.h>

/*
 * Call `act(user)` with `fd` (1 or 2) sent to a file, stdio flushed before and after; its result is
 * returned. text: at most `size` bytes with the NUL.
 */
int captured(int fd, int (*act)(void *user), void *user, char *text, size_t size);

#endif
