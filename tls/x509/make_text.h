/* make_text.h - the texts of a request for a certificate, and whether it makes sense. */
#ifndef TLS_X509_MAKE_TEXT_H
#define TLS_X509_MAKE_TEXT_H

#include "make.h"

/* Names that are what they are said to be, as many as the kind of certificate needs; dates in order. */
bool tls_make_text_is_valid(const struct tls_make_request *request) __attribute__((warn_unused_result));

/* The name is what its kind says; no kind: false. */
bool tls_make_text_name_is_valid(const struct tls_make_name *name) __attribute__((warn_unused_result));

/* A NUL-terminated text, without the NUL. */
struct tls_span tls_make_text_span(const char *text);

#endif
