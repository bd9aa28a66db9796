#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

// Swift code cannot call what is deprecated; the one use is below.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/pem.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/hmac.h>
#include <openssl/crypto.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <openssl/sha.h>

// The same code that EVP ends in, without its context on the heap and its parameters, which cost more than hashing an id.
static inline void circle_sha256(const unsigned char *bytes, size_t count, unsigned char *digest) {
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, bytes, count);
    SHA256_Final(digest, &context);
}

#endif
