/* SPDX-License-Identifier: MIT */
#include "captured.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

int captured(int fd, int (*act)(void *user), void *user, char *text, size_t size) {
    char path[] = "/tmp/mcp-captured-XXXXXX";
    (void)fflush(NULL);
    int former = dup(fd);
    int file = mkstemp(path);
    assert_true(former >= 0 && file >= 0);
    (void)unlink(path);
    assert_int_equal(dup2(file, fd), fd);
    int result = act(user);
    (void)fflush(NULL);
    assert_int_equal(dup2(former, fd), fd);
    ssize_t len = pread(file, text, size - 1, 0);
    assert_true(len >= 0);
    text[len] = '\0';
    (void)close(file);
    (void)close(former);
    return result;
}
