/* SPDX-License-Identifier: Apache-2.0
 *
 * tls.c - OpenSSL as a provider needs it. Time to the first answer matters more than anything here: decoding
 * PEM and building a chain cost more than making a key, and for one self-signed client certificate that
 * is known beforehand, comparing its bytes says the same.
 */
#include "tls.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

enum { VALID_DAYS = 365 };

struct tls_identity {
    EVP_PKEY *key;
    unsigned char *der;
    int der_size;
    char *text;
    uint8_t *client; /* DER */
    int client_size;
};

static bool add_extension(X509 *certificate, int nid, bool critical, const uint8_t *der, int size)
{
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension = NULL;
    if (octets && ASN1_OCTET_STRING_set(octets, der, size))
        extension = X509_EXTENSION_create_by_NID(NULL, nid, critical, octets);
    bool ok = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(octets);
    return ok;
}

/* The extensions in DER, since OpenSSL's reader of their text form takes longer than all the rest. */
static bool add_extensions(X509 *certificate)
{
    static const uint8_t constraints[] = {0x30, 3, 0x01, 1, 0xff}; /* CA: true */
    static const uint8_t usage[] = {0x03, 2, 2, 0x84};             /* digitalSignature, keyCertSign */
    static const uint8_t extended[] = {0x30, 20, 6,    8, 0x2b, 6, 1, 5, 5, 7, 3, 1, /* serverAuth */
                                       6,    8,  0x2b, 6, 1,    5, 5, 7, 3, 2};      /* clientAuth */
    static const uint8_t name[] = {0x30, 11, 0x82, 9, 'l', 'o', 'c', 'a', 'l', 'h', 'o', 's', 't'};
    return add_extension(certificate, NID_basic_constraints, true, constraints, sizeof(constraints)) &&
           add_extension(certificate, NID_key_usage, true, usage, sizeof(usage)) &&
           add_extension(certificate, NID_ext_key_usage, false, extended, sizeof(extended)) &&
           add_extension(certificate, NID_subject_alt_name, false, name, sizeof(name));
}

/* Puts the public key's bytes in as they are: X509_set_pubkey() would encode the key through one provider
 * and decode it again through another, which takes longer than all the rest. */
static bool set_public_key(X509 *certificate, EVP_PKEY *key)
{
    unsigned char *point = NULL;
    size_t size = EVP_PKEY_get1_encoded_public_key(key, &point);
    bool ok = size &&
              X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(certificate), OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
                                     V_ASN1_OBJECT, OBJ_nid2obj(NID_X9_62_prime256v1), point, (int)size);
    if (!ok)
        OPENSSL_free(point);
    return ok;
}

/* A self-signed certificate. OpenSSL does not know its key, until it is decoded from its DER. */
static X509 *make_certificate(EVP_PKEY *key)
{
    static const unsigned char host[] = "localhost";
    X509 *certificate = X509_new();
    uint64_t serial = 0;
    if (!certificate)
        return NULL;
    X509_NAME *name = X509_get_subject_name(certificate);
    bool ok = getrandom(&serial, sizeof(serial), 0) == sizeof(serial) &&
              X509_set_version(certificate, X509_VERSION_3) &&
              ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1 | 1) &&
              X509_gmtime_adj(X509_getm_notBefore(certificate), -60) &&
              X509_time_adj_ex(X509_getm_notAfter(certificate), VALID_DAYS, 0, NULL) &&
              X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, host, -1, -1, 0) &&
              X509_set_issuer_name(certificate, name) && set_public_key(certificate, key) &&
              add_extensions(certificate) && X509_sign(certificate, key, EVP_sha256());
    if (!ok) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

/* Makes the certificate's DER and its text for the handshake line. */
static bool encode_certificate(struct tls_identity *identity)
{
    X509 *certificate = make_certificate(identity->key);
    int size = certificate ? i2d_X509(certificate, &identity->der) : 0;
    char *text = size > 0 ? malloc(((size_t)size + 2) / 3 * 4 + 1) : NULL;
    if (text) {
        int length = EVP_EncodeBlock((unsigned char *)text, identity->der, size);
        while (length && text[length - 1] == '=')
            text[--length] = '\0';
    }
    identity->der_size = size;
    identity->text = text;
    X509_free(certificate);
    return text != NULL;
}

struct tls_identity *tls_identity_create(void)
{
    struct tls_identity *identity = calloc(1, sizeof(*identity));
    if (!identity)
        return NULL;
    identity->key = EVP_EC_gen("P-256");
    if (!identity->key || !encode_certificate(identity)) {
        tls_identity_destroy(identity);
        return NULL;
    }
    return identity;
}

void tls_identity_destroy(struct tls_identity *identity)
{
    if (!identity)
        return;
    EVP_PKEY_free(identity->key);
    OPENSSL_free(identity->der);
    free(identity->text);
    free(identity->client);
    free(identity);
}

const char *tls_identity_text(const struct tls_identity *identity)
{
    return identity->text;
}

/* Decodes the body of the first certificate in `pem`. */
static bool read_client(struct tls_identity *identity, const char *pem)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
    const char *start = strstr(pem, begin);
    const char *stop = start ? strstr(start, end) : NULL;
    EVP_ENCODE_CTX *decoder = EVP_ENCODE_CTX_new();
    int size = 0, rest = 0;
    bool ok = false;
    if (stop && decoder && stop - start < 1 << 20) {
        start += sizeof(begin) - 1;
        identity->client = malloc((size_t)(stop - start) + 3);
        EVP_DecodeInit(decoder);
        ok = identity->client &&
             EVP_DecodeUpdate(decoder, identity->client, &size, (const unsigned char *)start,
                              (int)(stop - start)) >= 0 &&
             EVP_DecodeFinal(decoder, identity->client + size, &rest) >= 0;
        identity->client_size = size + rest;
    }
    EVP_ENCODE_CTX_free(decoder);
    return ok && identity->client_size > 0;
}

/* Instead of building a chain: the client's certificate is the expected one, byte for byte. That it
 * holds the key is proved by the handshake itself. */
static int verify_client(X509_STORE_CTX *store, void *argument)
{
    const struct tls_identity *identity = argument;
    X509 *certificate = X509_STORE_CTX_get0_cert(store);
    unsigned char *der = NULL;
    int size = certificate ? i2d_X509(certificate, &der) : 0;
    bool same = size > 0 && size == identity->client_size && !memcmp(der, identity->client, (size_t)size);
    OPENSSL_free(der);
    X509_STORE_CTX_set_error(store, same ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
    return same;
}

/* HTTP/2 or nothing. */
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length,
                           const unsigned char *offered, unsigned int length, void *argument)
{
    (void)ssl, (void)argument;
    for (unsigned int i = 0; i < length; i += 1u + offered[i]) {
        if (offered[i] == 2 && i + 2 < length && !memcmp(offered + i + 1, "h2", 2)) {
            *out = offered + i + 1;
            *out_length = 2;
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

SSL_CTX *tls_context_create(struct tls_identity *identity, const char *client_pem, const char **problem)
{
    if (!read_client(identity, client_pem)) {
        *problem = "PLUGIN_CLIENT_CERT does not hold a certificate in PEM";
        return NULL;
    }
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context || SSL_CTX_use_certificate_ASN1(context, identity->der_size, identity->der) != 1 ||
        SSL_CTX_use_PrivateKey(context, identity->key) != 1 ||
        !SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION)) {
        *problem = "OpenSSL refused the server's certificate";
        SSL_CTX_free(context);
        return NULL;
    }
    /* One client, which connects once or twice: nothing to resume, no tickets to make. */
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    /* And what was read is wiped: it may hold a provider's settings. */
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_CLEANSE_PLAINTEXT);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(context, verify_client, identity);
    SSL_CTX_set_alpn_select_cb(context, select_protocol, NULL);
    return context;
}
