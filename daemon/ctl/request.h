/* request.h - one chain to be judged: what is asked, whoever asks it, and the answer. */
#ifndef DAEMON_CTL_REQUEST_H
#define DAEMON_CTL_REQUEST_H

#include <jansson.h>
#include <stdbool.h>

#include "problem.h"
#include "tls/tls.h"

enum px_purpose { PX_PURPOSE_SERVER = 1, PX_PURPOSE_CLIENT = 2 };

struct px_request {
	tls_x509_case_t chain;
	tls_x509_case_terms_t terms;
	unsigned purposes; /* enum px_purpose, all of which it must be good for; 0: a server */
};

struct px_answer {
	bool good;
	unsigned depth; /* of the certificate at fault */
	const char *subject, *reason; /* in the request's memory */
};

/* 0, or -1 and the problem (no memory). Cleared in any case. */
int px_request_init(struct px_request *r, struct px_problem *problem) __attribute__((warn_unused_result));
void px_request_clear(struct px_request *r);

/* A file of certificates or lists, PEM or DER; a staple is DER. 0, or -1 and the problem, which begins with "PATH:LINE:"
 * or "PATH: byte N:" when the content is at fault. */
int px_request_add_file(struct px_request *r, struct px_problem *problem, tls_x509_case_input_t input, const char *path)
    __attribute__((warn_unused_result));

/* PEM text that where describes. 0, or -1 and the problem, "WHERE: line N: ...". */
int px_request_add_text(struct px_request *r, struct px_problem *problem, tls_x509_case_input_t input,
    const char *text, const char *where) __attribute__((warn_unused_result));

/* An OCSP response, DER in base64 of len characters, that where describes. The same. */
int px_request_add_staple(struct px_request *r, struct px_problem *problem, const char *text, size_t len,
    const char *where) __attribute__((warn_unused_result));

/* kind: "dns", "ip" or "email", in any case, or "rfc822". */
int px_request_add_name(struct px_request *r, struct px_problem *problem, const char *kind, const char *value)
    __attribute__((warn_unused_result));

/* 0 and the answer, or -1 and the problem. */
int px_request_judge(struct px_request *r, struct px_answer *answer, struct px_problem *problem)
    __attribute__((warn_unused_result));

/* The answer as an object: result, reason; and depth and subject of the certificate at fault, or path, the subjects.
 * NULL for lack of memory. */
json_t *px_request_json(const struct px_request *r, const struct px_answer *answer);

#endif
