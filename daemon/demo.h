/* demo.h - quenchd --demo: TLS on a loopback port, with a certificate and a backend made in memory. */
#ifndef DAEMON_DEMO_H
#define DAEMON_DEMO_H

/* Runs until a signal ends it; the exit status. */
int px_demo_run(void);

#endif
