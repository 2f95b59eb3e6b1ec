/* probe_cert.h - certificates and OCSP responses as JSON. */
#ifndef DAEMON_CTL_PROBE_CERT_H
#define DAEMON_CTL_PROBE_CERT_H

#include "story.h"
#include "tls/tls.h"

/* An array of objects, one for each certificate of the message. */
json_t *px_probe_cert_list(struct px_story *story, const tls_message_info_t *m);

/* One certificate; now: seconds since 1970, for the days that are left. */
json_t *px_probe_cert_object(struct px_story *story, const tls_datum_t *cert, int64_t now);

/* What a response says of leaf goes into an object. */
void px_probe_cert_set_staple(struct px_story *story, json_t *object, const tls_datum_t *leaf,
    const tls_datum_t *response);

/* "2026-11-21T14:06:07Z" */
json_t *px_probe_cert_time(int64_t when);

#endif
