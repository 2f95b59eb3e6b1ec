/* metrics_text_test.c - the text format, line by line as its specification has it. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/metrics_text.h"

static char *text_of(struct evbuffer *out)
{
	assert_int_equal(evbuffer_add(out, "", 1), 0);
	return (char *)evbuffer_pullup(out, -1);
}

static void counters_and_gauges(void **state)
{
	struct px_metrics_value list[] = {
		{ .metric = PX_METRIC_CONNECTIONS, .labels = "service=\"web\"", .value = UINT64_MAX },
		{ .metric = PX_METRIC_OPEN, .labels = "service=\"web\"", .value = 3 },
	};
	struct px_metrics_sum sum = { .list = list, .n = 2, .n_lost = 7 };
	struct evbuffer *out = evbuffer_new();
	const char *text;

	(void)state;
	px_metrics_text_add(out, &sum);
	text = text_of(out);
	assert_non_null(strstr(text,
	    "# HELP quench_connections_total Connections accepted.\n# TYPE quench_connections_total counter\n"
	    "quench_connections_total{service=\"web\"} 18446744073709551615\n"));
	assert_non_null(strstr(text, "# TYPE quench_connections_open gauge\nquench_connections_open{service=\"web\"} 3\n"));
	/* one without values yet still has its head */
	assert_non_null(strstr(text, "# TYPE quench_connections_truncated_total counter\n# HELP"));
	assert_non_null(strstr(text, "\nquench_metrics_lost_total 7\n"));
	evbuffer_free(out);
}

/* Buckets are cumulative, the last one is +Inf and equals the count; seconds. */
static void histograms(void **state)
{
	struct px_metrics_value v = { .metric = PX_METRIC_HANDSHAKE_SECONDS, .labels = "service=\"web\"", .value = 6,
		.sum_us = 1500000, .buckets = { 1, 2 } };
	struct px_metrics_sum sum = { .list = &v, .n = 1 };
	struct evbuffer *out = evbuffer_new();
	const char *text;

	(void)state;
	v.buckets[PX_METRICS_BUCKETS - 1] = 1;
	px_metrics_text_add(out, &sum);
	text = text_of(out);
	assert_non_null(strstr(text, "quench_handshake_duration_seconds_bucket{service=\"web\",le=\"0.0001\"} 1\n"
				     "quench_handshake_duration_seconds_bucket{service=\"web\",le=\"0.00025\"} 3\n"));
	assert_non_null(strstr(text, "le=\"3600\"} 4\n"
				     "quench_handshake_duration_seconds_bucket{service=\"web\",le=\"+Inf\"} 6\n"
				     "quench_handshake_duration_seconds_sum{service=\"web\"} 1.500000\n"
				     "quench_handshake_duration_seconds_count{service=\"web\"} 6\n"));
	evbuffer_free(out);
}

/* Read while it is counted: a reader of the text must not see fewer in +Inf than before it. */
static void histogram_that_is_read_half(void **state)
{
	struct px_metrics_value v = { .metric = PX_METRIC_KEEPER_SECONDS, .value = 2, .buckets = { 3 } };
	struct px_metrics_sum sum = { .list = &v, .n = 1 };
	struct evbuffer *out = evbuffer_new();

	(void)state;
	px_metrics_text_add(out, &sum);
	assert_non_null(strstr(text_of(out), "quench_keeper_duration_seconds_bucket{le=\"+Inf\"} 3\n"));
	evbuffer_free(out);
}

static void values_of_the_master(void **state)
{
	struct px_metrics_labels labels = { .len = 0 };
	struct evbuffer *out = evbuffer_new();

	(void)state;
	px_metrics_label_add(&labels, "path", "/a\"b");
	px_metrics_text_head(out, "certificate_not_after_timestamp_seconds", PX_METRIC_GAUGE, "Seconds since 1970.");
	px_metrics_text_value(out, "certificate_not_after_timestamp_seconds", &labels, 1893456000);
	px_metrics_text_value(out, "up", NULL, 1);
	assert_string_equal(text_of(out), "# HELP quench_certificate_not_after_timestamp_seconds Seconds since 1970.\n"
					  "# TYPE quench_certificate_not_after_timestamp_seconds gauge\n"
					  "quench_certificate_not_after_timestamp_seconds{path=\"/a\\\"b\"} 1893456000\nquench_up 1\n");
	evbuffer_free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_and_gauges),
		cmocka_unit_test(histograms),
		cmocka_unit_test(histogram_that_is_read_half),
		cmocka_unit_test(values_of_the_master),
	};

	return cmocka_run_group_tests_name("metrics_text", tests, NULL, NULL);
}
