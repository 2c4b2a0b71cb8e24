/* SPDX-License-Identifier: MIT */
#include "vectors.h"

probe_fn probe_http_error;

int main(void) {
    return vectors_run("dial.http_error", probe_http_error, NULL, 0);
}
