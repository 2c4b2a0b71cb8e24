/* SPDX-License-Identifier: MIT */
/* certificates.h - self-signed certificates for localhost, 127.0.0.1 and server.test, made on the
 * spot. */
#ifndef CERTIFICATES_H
#define CERTIFICATES_H

#include <stdint.h>
#include <time.h>

/* PEM texts of the certificate and of its key, an EC one. */
struct certificate {
    char cert[4096];
    char key[4096];
};

/* Valid from `begins` to `ends`, of the name `common_name`; aborts when that is impossible. */
void certificate_make(struct certificate *out, const char *common_name, time_t begins, time_t ends);

/* The key again, under a password. */
void certificate_lock_key(const struct certificate *certificate, char out_key[4096]);

#endif
