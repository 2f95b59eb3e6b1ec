/* proof.h - before settings take effect, each certificate shows that it works: a handshake in memory, between our
 * server with just this certificate and our client.
 *
 * Each makes one handshake in the newest version of its service; where there are two versions, the first certificate
 * of each kind of key makes one in TLS 1.2 as well. The client asks for the certificate's first name, and must find
 * that name, each signature along the chain, and the proof that the server has the key. Dates, usages and the like are
 * not judged: whom an operator's clients trust, and when, is not known here.
 *
 * What has been proven is remembered by content, so that a reload proves only what is new.
 */
#ifndef DAEMON_PROOF_H
#define DAEMON_PROOF_H

#include "conf/conf.h"

struct px_proof;

/* NULL when memory is out. */
struct px_proof *px_proof_new(void);

/* NULL is fine. */
void px_proof_free(struct px_proof *proof);

/* Proves the certificates of conf, whose credentials have the keys. 0, or -1 with an error in errs for each that
 * failed. Takes long; one thread at a time. */
int px_proof_run(struct px_proof *proof, struct conf_errors *errs, const struct conf *conf);

/* What has been proven, as malloc'ed bytes (NULL: memory is out) for px_proof_unpack, which takes it in place of what it
 * has. 0, or -1: not such bytes, or memory is out. */
void *px_proof_pack(size_t *len, const struct px_proof *proof);
int px_proof_unpack(struct px_proof *proof, const void *bytes, size_t len);

/* From any thread: a run that is under way ends soon, and so do all later ones, with an error that says so. */
void px_proof_cancel(struct px_proof *proof);

/* Handshakes made so far: for tests and figures. */
unsigned px_proof_count(const struct px_proof *proof);

#endif
