/* file.h - the files that somebody names on the command line, read whole and within bounds. */
#ifndef DAEMON_CTL_FILE_H
#define DAEMON_CTL_FILE_H

#include <stdbool.h>

#include "problem.h"
#include "tls/tls.h"

#define PX_FILE_MAX_LEN (16U << 20)
#define PX_FILE_SYSTEM_TRUST "/etc/ssl/certs/ca-certificates.crt"

/* Reads a file of at most PX_FILE_MAX_LEN bytes; "-" is standard input. 0, or -1 and the problem, "PATH: reason".
 * data->data is released with free, or px_file_wipe. */
int px_file_read(tls_datum_t *data, struct px_problem *problem, const char *path) __attribute__((warn_unused_result));

/* Releases what may have a private key in it; data is empty then. */
void px_file_wipe(tls_datum_t *data);

/* True if this is DER rather than text: a SEQUENCE whose length isn't a letter. */
bool px_file_is_der(const tls_datum_t *data);
tls_x509_crt_fmt_t px_file_format(const tls_datum_t *data);

#endif
