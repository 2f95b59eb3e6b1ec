/* certificate.h - quenchctl certificate. */
#ifndef DAEMON_CTL_CERTIFICATE_H
#define DAEMON_CTL_CERTIFICATE_H

/* The command with its arguments, argv[0] being what messages begin with. The exit status: 0, or 2 and a line on
 * standard error; then no file was made. */
int px_certificate_main(int argc, char **argv);

#endif
