/* keeper.h - the process that has the private keys. */
#ifndef DAEMON_KEEPER_H
#define DAEMON_KEEPER_H

/* The whole life of the keeper: it is started by the master, which it hears on control_fd, gets keys and channels from
 * there, and signs for the workers. It ends with its master, or when it is told to and all channels have ended. The
 * exit status. */
int px_keeper_main(int control_fd);

#endif
