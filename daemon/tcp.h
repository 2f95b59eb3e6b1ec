/* tcp.h - what we want of every TCP connection, to clients and to backends. */
#ifndef DAEMON_TCP_H
#define DAEMON_TCP_H

/* No waiting for more to send; dead peers are found after about four minutes of silence, as far as the kernel knows
 * how. What is accepted inherits it from its listening socket. Does nothing to a unix socket. */
void px_tcp_set_options(int fd);

#endif
