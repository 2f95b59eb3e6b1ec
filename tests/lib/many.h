/* many.h - certificates by the thousand, as a folder of NAME.pem and NAME.key. */
#ifndef TESTS_LIB_MANY_H
#define TESTS_LIB_MANY_H

/* Fills the folder, which is there, with n certificates of two names each, host-N.many.example and
 * *.host-N.many.example: P-256, each with its own key, issued by one of ten intermediate CAs, whose certificate stands
 * behind them. Ends the program when it can't. */
void many_make(const char *folder, unsigned n);

#endif
