/* OpenSSL 3 for Swift: the headers, and inline functions for what Swift cannot import (function-like macros,
 * variadics, typed stacks, unions). Nothing here decides anything: policy lives in Swift. */
#pragma once

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

static inline void cossl_free(void *pointer) { OPENSSL_free(pointer); }
static inline void *cossl_copy(const void *bytes, size_t count) { return OPENSSL_memdup(bytes, count); }

/* How `openssl x509 -text` writes names. */
static inline unsigned long cossl_name_flags(void) { return XN_FLAG_ONELINE; }

/* --- STACK_OF(X509): it owns a reference to what is pushed ----------------------------- */

typedef struct stack_st_X509 COSSLCertificates;

static inline COSSLCertificates *cossl_certificates_new(void) { return sk_X509_new_null(); }
static inline void cossl_certificates_free(COSSLCertificates *stack) { sk_X509_pop_free(stack, X509_free); }
static inline int cossl_certificates_count(const COSSLCertificates *stack) { return stack ? sk_X509_num(stack) : 0; }
static inline X509 *cossl_certificates_at(const COSSLCertificates *stack, int index) { return sk_X509_value(stack, index); }
static inline int cossl_certificates_push(COSSLCertificates *stack, X509 *certificate) {
    if (!X509_up_ref(certificate)) return 0;
    if (sk_X509_push(stack, certificate)) return 1;
    X509_free(certificate);
    return 0;
}

static inline void cossl_extensions_free(STACK_OF(X509_EXTENSION) *stack) {
    sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
}

/* Whether an extension (borrowed) decodes; 1 also for one of a kind that the library does not know. */
static inline int cossl_extension_decodes(X509_EXTENSION *extension) {
    const X509V3_EXT_METHOD *method = X509V3_EXT_get(extension);
    void *value;
    if (!method) return 1;
    if (!(value = X509V3_EXT_d2i(extension))) return 0;
    if (method->it) ASN1_item_free((ASN1_VALUE *)value, ASN1_ITEM_ptr(method->it));
    else method->ext_free(value);
    return 1;
}

static inline int cossl_revoked_count(X509_CRL *crl) {
    STACK_OF(X509_REVOKED) *stack = X509_CRL_get_REVOKED(crl);
    return stack ? sk_X509_REVOKED_num(stack) : 0;
}
static inline X509_REVOKED *cossl_revoked_at(X509_CRL *crl, int index) {
    return sk_X509_REVOKED_value(X509_CRL_get_REVOKED(crl), index);
}

/* --- GENERAL_NAME --------------------------------------------------------------------------------------------- */

static inline GENERAL_NAMES *cossl_names_new(void) { return sk_GENERAL_NAME_new_null(); }
static inline int cossl_names_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
static inline GENERAL_NAME *cossl_names_at(const GENERAL_NAMES *names, int index) {
    return sk_GENERAL_NAME_value(names, index);
}
/* Takes the name over, also when it fails. */
static inline int cossl_names_push(GENERAL_NAMES *names, GENERAL_NAME *name) {
    if (sk_GENERAL_NAME_push(names, name)) return 1;
    GENERAL_NAME_free(name);
    return 0;
}

/* A GENERAL_NAME of a kind whose value is one string: GEN_EMAIL, GEN_DNS, GEN_URI (IA5String), GEN_IPADD (octets). */
static inline GENERAL_NAME *cossl_name_string(int kind, const void *bytes, int count) {
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value = ASN1_STRING_type_new(kind == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    if (!name || !value || !ASN1_STRING_set(value, bytes, count)) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(value);
        return NULL;
    }
    GENERAL_NAME_set0_value(name, kind, value);
    return name;
}

/* RFC 9598: an otherName of type id-on-SmtpUTF8Mailbox holding a UTF8String. */
static inline GENERAL_NAME *cossl_name_smtp_utf8(const void *bytes, int count) {
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_TYPE *value = ASN1_TYPE_new();
    ASN1_STRING *text = ASN1_STRING_type_new(V_ASN1_UTF8STRING);
    if (name && value && text && ASN1_STRING_set(text, bytes, count)) {
        ASN1_TYPE_set(value, V_ASN1_UTF8STRING, text);
        text = NULL;
        if (GENERAL_NAME_set0_othername(name, OBJ_nid2obj(NID_id_on_SmtpUTF8Mailbox), value)) return name;
    }
    ASN1_STRING_free(text);
    ASN1_TYPE_free(value);
    GENERAL_NAME_free(name);
    return NULL;
}

static inline GENERAL_NAME *cossl_name_directory(const X509_NAME *directory) {
    GENERAL_NAME *name = GENERAL_NAME_new();
    X509_NAME *copy = X509_NAME_dup(directory);
    if (!name || !copy) {
        GENERAL_NAME_free(name);
        X509_NAME_free(copy);
        return NULL;
    }
    GENERAL_NAME_set0_value(name, GEN_DIRNAME, copy);
    return name;
}

/* The bytes of a name of a string kind, or of a SmtpUTF8Mailbox; NULL for any other. They belong to the name. */
static inline const unsigned char *cossl_name_bytes(const GENERAL_NAME *name, int *kind, int *count) {
    ASN1_OBJECT *type = NULL;
    ASN1_TYPE *value = NULL;
    const ASN1_STRING *text = NULL;
    *kind = name->type;
    *count = 0;
    switch (name->type) {
    case GEN_EMAIL: case GEN_DNS: case GEN_URI: text = name->d.ia5; break;
    case GEN_IPADD: text = name->d.iPAddress; break;
    case GEN_OTHERNAME:
        if (GENERAL_NAME_get0_otherName(name, &type, &value) && OBJ_obj2nid(type) == NID_id_on_SmtpUTF8Mailbox
            && value && value->type == V_ASN1_UTF8STRING) text = value->value.utf8string;
        break;
    default: break;
    }
    if (!text) return NULL;
    *count = ASN1_STRING_length(text);
    return ASN1_STRING_get0_data(text);
}
static inline const X509_NAME *cossl_name_get_directory(const GENERAL_NAME *name) {
    return name->type == GEN_DIRNAME ? name->d.directoryName : NULL;
}

/* --- NAME_CONSTRAINTS ----------------------------------------------------------------------------------------- */

/* Takes the name over, also when it fails. */
static inline int cossl_constraints_add(NAME_CONSTRAINTS *constraints, int excluded, GENERAL_NAME *base) {
    STACK_OF(GENERAL_SUBTREE) **trees = excluded ? &constraints->excludedSubtrees : &constraints->permittedSubtrees;
    GENERAL_SUBTREE *tree = GENERAL_SUBTREE_new();
    if (!*trees) *trees = sk_GENERAL_SUBTREE_new_null();
    if (tree && *trees) {
        GENERAL_NAME_free(tree->base);
        tree->base = base;
        if (sk_GENERAL_SUBTREE_push(*trees, tree)) return 1;
        GENERAL_SUBTREE_free(tree);
        return 0;
    }
    GENERAL_SUBTREE_free(tree);
    GENERAL_NAME_free(base);
    return 0;
}
static inline int cossl_constraints_count(const NAME_CONSTRAINTS *constraints, int excluded) {
    STACK_OF(GENERAL_SUBTREE) *trees = excluded ? constraints->excludedSubtrees : constraints->permittedSubtrees;
    return trees ? sk_GENERAL_SUBTREE_num(trees) : 0;
}
/* Whether one has a minimum or maximum. */
static inline int cossl_constraints_have_limits(const NAME_CONSTRAINTS *constraints) {
    for (int excluded = 0; excluded < 2; excluded++) {
        STACK_OF(GENERAL_SUBTREE) *trees = excluded ? constraints->excludedSubtrees : constraints->permittedSubtrees;
        for (int index = 0; trees && index < sk_GENERAL_SUBTREE_num(trees); index++) {
            const GENERAL_SUBTREE *tree = sk_GENERAL_SUBTREE_value(trees, index);
            if (tree->minimum || tree->maximum) return 1;
        }
    }
    return 0;
}
static inline GENERAL_NAME *cossl_constraints_at(const NAME_CONSTRAINTS *constraints, int excluded, int index) {
    return sk_GENERAL_SUBTREE_value(
        excluded ? constraints->excludedSubtrees : constraints->permittedSubtrees, index)->base;
}

/* --- EXTENDED_KEY_USAGE ---------------------------------------------------------------------------------------- */

static inline int cossl_eku_push(EXTENDED_KEY_USAGE *usages, ASN1_OBJECT *usage) {
    return sk_ASN1_OBJECT_push(usages, usage) > 0;
}
static inline int cossl_eku_count(const EXTENDED_KEY_USAGE *usages) { return sk_ASN1_OBJECT_num(usages); }
static inline ASN1_OBJECT *cossl_eku_at(const EXTENDED_KEY_USAGE *usages, int index) {
    return sk_ASN1_OBJECT_value(usages, index);
}

/* --- PKCS #12: the safes of a file, and the bags in each --------------------------------------------------------- */

typedef struct stack_st_PKCS7 COSSLSafes;
typedef struct stack_st_PKCS12_SAFEBAG COSSLBags;

static inline void cossl_safes_free(COSSLSafes *safes) { sk_PKCS7_pop_free(safes, PKCS7_free); }
static inline int cossl_safes_count(const COSSLSafes *safes) { return safes ? sk_PKCS7_num(safes) : 0; }
static inline PKCS7 *cossl_safes_at(const COSSLSafes *safes, int index) { return sk_PKCS7_value(safes, index); }
/* What a safe is encrypted with; NULL where it is not encrypted. */
static inline const X509_ALGOR *cossl_safe_encryption(const PKCS7 *safe) {
    return PKCS7_type_is_encrypted(safe) && safe->d.encrypted && safe->d.encrypted->enc_data
        ? safe->d.encrypted->enc_data->algorithm : NULL;
}
/* The bags of a safe, decrypted where need be; NULL where they cannot be had. */
static inline COSSLBags *cossl_safe_open(PKCS7 *safe, const char *password) {
    if (PKCS7_type_is_data(safe)) return PKCS12_unpack_p7data(safe);
    return PKCS7_type_is_encrypted(safe) ? PKCS12_unpack_p7encdata(safe, password, -1) : NULL;
}
static inline void cossl_bags_free(COSSLBags *bags) { sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free); }
static inline int cossl_bags_count(const COSSLBags *bags) { return bags ? sk_PKCS12_SAFEBAG_num(bags) : 0; }
static inline const PKCS12_SAFEBAG *cossl_bags_at(const COSSLBags *bags, int index) {
    return sk_PKCS12_SAFEBAG_value(bags, index);
}

/* --- TLS: a client that talks through two memory BIOs ------------------------------------------------------------ */

/* A BIO that says "try again" when it is empty, and not "end". */
static inline BIO *cossl_memory_new(void) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio) BIO_set_mem_eof_return(bio, -1);
    return bio;
}
static inline int cossl_memory_count(BIO *bio) { return (int)BIO_pending(bio); }

/* Every version that the library has, so that an old server is seen and not only refused; renegotiation never. */
static inline int cossl_client_configure(SSL_CTX *context, int lowest, int highest) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_min_proto_version(context, lowest) == 1 && SSL_CTX_set_max_proto_version(context, highest) == 1;
}
static inline int cossl_set_server_name(SSL *ssl, const char *name) { return SSL_set_tlsext_host_name(ssl, name) == 1; }
static inline int cossl_ask_for_staple(SSL *ssl) { return SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp) == 1; }
/* The bytes belong to the connection; -1 where there is none. */
static inline long cossl_staple(SSL *ssl, const unsigned char **bytes) {
    return SSL_get_tlsext_status_ocsp_resp(ssl, bytes);
}

static inline int cossl_peer_authorities_count(const SSL *ssl) {
    const STACK_OF(X509_NAME) *names = SSL_get0_peer_CA_list(ssl);
    return names ? sk_X509_NAME_num(names) : 0;
}
static inline X509_NAME *cossl_peer_authorities_at(const SSL *ssl, int index) {
    return sk_X509_NAME_value(SSL_get0_peer_CA_list(ssl), index);
}
