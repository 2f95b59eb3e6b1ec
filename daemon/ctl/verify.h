/* verify.h - quenchctl verify. */
#ifndef DAEMON_CTL_VERIFY_H
#define DAEMON_CTL_VERIFY_H

/* The subcommand: argv[0] is what messages begin with. The exit status: 0 valid, 1 not valid, 2 the input can't be read
 * or the call is wrong. */
int px_verify_main(int argc, char **argv);

#endif
