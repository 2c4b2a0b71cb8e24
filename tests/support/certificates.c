/* SPDX-License-Identifier: MIT */
/* certificates.c - see certificates.h. */
#include "certificates.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int rc) {
    if (rc >= 0)
        return;
    (void)fprintf(stderr, "certificates: %s\n", gnutls_strerror(rc));
    abort();
}

static gnutls_x509_privkey_t new_key(void) {
    gnutls_x509_privkey_t key = NULL;
    must(gnutls_x509_privkey_init(&key));
    must(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    return key;
}

static void export_key(gnutls_x509_privkey_t key, const char *password, unsigned flags, char *out,
                       size_t room) {
    must(gnutls_x509_privkey_export_pkcs8(key, GNUTLS_X509_FMT_PEM, password, flags, out, &room));
}

void certificate_make(struct certificate *out, const char *common_name, time_t begins,
                      time_t ends) {
    static unsigned char serial;
    static const unsigned char local[] = {127, 0, 0, 1};
    size_t room = sizeof out->cert;
    gnutls_x509_privkey_t key = new_key();
    gnutls_x509_crt_t cert = NULL;
    serial++;
    must(gnutls_x509_crt_init(&cert));
    must(gnutls_x509_crt_set_version(cert, 3));
    must(gnutls_x509_crt_set_serial(cert, &serial, 1));
    must(gnutls_x509_crt_set_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, common_name,
                                       (unsigned)strlen(common_name)));
    must(gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_DNSNAME, "localhost", 9,
                                              GNUTLS_FSAN_SET));
    must(gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_DNSNAME, "server.test", 11,
                                              GNUTLS_FSAN_APPEND));
    must(gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_IPADDRESS, local, sizeof local,
                                              GNUTLS_FSAN_APPEND));
    must(gnutls_x509_crt_set_basic_constraints(cert, 1, -1));
    must(gnutls_x509_crt_set_activation_time(cert, begins));
    must(gnutls_x509_crt_set_expiration_time(cert, ends));
    must(gnutls_x509_crt_set_key(cert, key));
    must(gnutls_x509_crt_sign2(cert, cert, key, GNUTLS_DIG_SHA256, 0));
    must(gnutls_x509_crt_export(cert, GNUTLS_X509_FMT_PEM, out->cert, &room));
    export_key(key, NULL, GNUTLS_PKCS_PLAIN, out->key, sizeof out->key);
    gnutls_x509_crt_deinit(cert);
    gnutls_x509_privkey_deinit(key);
}

void certificate_lock_key(const struct certificate *certificate, char out_key[4096]) {
    gnutls_x509_privkey_t key = NULL;
    struct certificate copy = *certificate;
    const gnutls_datum_t text = {.data = (unsigned char *)copy.key,
                                 .size = (unsigned)strlen(copy.key)};
    must(gnutls_x509_privkey_init(&key));
    must(gnutls_x509_privkey_import2(key, &text, GNUTLS_X509_FMT_PEM, NULL, 0));
    export_key(key, "open sesame", GNUTLS_PKCS_PBES2_AES_256, out_key, sizeof certificate->key);
    gnutls_x509_privkey_deinit(key);
}
