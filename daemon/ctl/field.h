/* field.h - members of a daemon's answer, with what stands for those that are missing. */
#ifndef DAEMON_CTL_FIELD_H
#define DAEMON_CTL_FIELD_H

#include <jansson.h>
#include <stdint.h>

#define PX_FIELD_TIME_LEN 32

/* "-" for null and for what is no string. What would command a terminal is "?" in it from then on: peers and processes
 * that were taken over have their say in answers. */
const char *px_field_plain(json_t *string);
const char *px_field_text(const json_t *json, const char *name);

/* 0 for what is no number. */
int64_t px_field_number(const json_t *json, const char *name);

/* "2026-11-21 14:06:07 UTC"; "-" for 0. */
const char *px_field_time(char out[PX_FIELD_TIME_LEN], int64_t seconds);

/* "5 s", "12 min", "3 h", "40 days". */
const char *px_field_span(char out[PX_FIELD_TIME_LEN], int64_t seconds);

/* "17", "1.2 k", "3.4 M"; with binary: "17 B", "1.2 KiB". */
const char *px_field_short(char out[PX_FIELD_TIME_LEN], double n, int binary);

#endif
