/* mlkem_poly.c - see mlkem_poly.h. Products are reduced after Montgomery with R = 2^16; sums are left to grow as long
 * as they fit sixteen bits, and the comments count. */
#include "mlkem_poly.h"

#define Q TLS_MLKEM_Q
#define N TLS_MLKEM_N
#define Q_INVERSE (-3327) /* of q modulo 2^16 */
#define R_SQUARED 1353 /* 2^32 modulo q */
#define LAST_FACTOR 1441 /* 2^32 / 128 modulo q: R stays in, for the factor that multiply has left out */

/* 17^BitRev7(i) * 2^16 modulo q: FIPS 203, appendix A. */
static const int16_t zetas[128] = {-1044, -758, -359, -1517, 1493, 1422, 287, 202, -171, 622, 1577, 182, 962, -1202,
    -1474, 1468, 573, -1325, 264, 383, -829, 1458, -1602, -130, -681, 1017, 732, 608, -1542, 411, -205, -1571, 1223,
    652, -552, 1015, -1293, 1491, -282, -1544, 516, -8, -320, -666, -1618, -1162, 126, 1469, -853, -90, -271, 830, 107,
    -1421, -247, -951, -398, 961, -1508, -725, 448, -1065, 677, -1275, -1103, 430, 555, 843, -1251, 871, 1550, 105, 422,
    587, 177, -235, -291, -460, 1574, 1653, -246, 778, 1159, -147, -777, 1483, -602, 1119, -1590, 644, -872, 349, 418,
    329, -156, -75, 817, 1097, 603, 610, 1322, -1285, -1465, 384, -1215, -136, 1218, -1335, -874, 220, -1187, -1659,
    -1185, -1530, -1278, 794, -1510, -854, -870, 478, -108, -308, 996, 991, 958, -1460, 1522, 1628};

/* v / 2^16 modulo q, in (-q, q), for |v| < q * 2^15. */
static inline int16_t montgomery(int32_t v)
{
	int16_t m = (int16_t)((uint32_t)v * (uint32_t)Q_INVERSE);

	return (int16_t)((v - (int32_t)m * Q) >> 16);
}

static inline int16_t product(int16_t a, int16_t b)
{
	return montgomery((int32_t)a * b);
}

/* v modulo q, in [-q/2, q/2], for any v: v less the nearest multiple of q, which 20159 / 2^26 finds. */
static inline int16_t barrett(int16_t v)
{
	int16_t multiple = (int16_t)((20159 * (int32_t)v + (1 << 25)) >> 26);

	return (int16_t)(v - multiple * Q);
}

/* v modulo q, in [0, q). */
static inline uint16_t canonical(int16_t v)
{
	int16_t r = barrett(v);

	return (uint16_t)(r + ((r >> 15) & Q));
}

/* ---- The transform */

/* One layer: butterflies over a distance of len, with the zetas from k on. Each adds less than q to the magnitude:
 * from q, seven of them end below 8q, which is below 2^15. */
static inline void forward(int16_t *c, unsigned len, unsigned k)
{
	for (unsigned start = 0; start < N; start += 2 * len, k++) {
		for (unsigned i = start; i < start + len; i++) {
			int16_t t = product(zetas[k], c[i + len]);

			c[i + len] = (int16_t)(c[i] - t);
			c[i] = (int16_t)(c[i] + t);
		}
	}
}

/* The other way round: sums double, differences are multiplied and so less than q. */
static inline void backward(int16_t *c, unsigned len, unsigned k)
{
	for (unsigned start = 0; start < N; start += 2 * len, k--) {
		for (unsigned i = start; i < start + len; i++) {
			int16_t t = c[i];

			c[i] = (int16_t)(t + c[i + len]);
			c[i + len] = product(zetas[k], (int16_t)(c[i + len] - t));
		}
	}
}

static void reduce(struct tls_mlkem_poly *p)
{
	for (unsigned i = 0; i < N; i++)
		p->c[i] = barrett(p->c[i]);
}

/* The layers are called one by one, so that each has constants to go by and becomes vector code. */
void tls_mlkem_poly_ntt(struct tls_mlkem_poly *p)
{
	forward(p->c, 128, 1);
	forward(p->c, 64, 2);
	forward(p->c, 32, 4);
	forward(p->c, 16, 8);
	forward(p->c, 8, 16);
	forward(p->c, 4, 32);
	forward(p->c, 2, 64);
	reduce(p);
}

void tls_mlkem_poly_inverse(struct tls_mlkem_poly *p)
{
	backward(p->c, 2, 127); /* 2q */
	backward(p->c, 4, 63); /* 4q */
	backward(p->c, 8, 31); /* 8q */
	reduce(p);
	backward(p->c, 16, 15); /* q */
	backward(p->c, 32, 7); /* 2q */
	backward(p->c, 64, 3); /* 4q */
	backward(p->c, 128, 1); /* 8q */
	for (unsigned i = 0; i < N; i++)
		p->c[i] = product(p->c[i], LAST_FACTOR);
}

/* Two coefficients at a time, modulo X^2 - zeta; in the second pair of four zeta is negative. A sum of three or six
 * products of 4095 and q is less than q * 2^15. */
static inline void multiply_pair(int16_t *sum, const struct tls_mlkem_vec *a, const struct tls_mlkem_vec *b, unsigned i,
    int16_t zeta)
{
	int32_t low = 0, high = 0, cross = 0;

	for (unsigned k = 0; k < TLS_MLKEM_K; k++) {
		const int16_t *x = a->p[k].c + i, *y = b->p[k].c + i;

		low += (int32_t)x[0] * y[0];
		high += (int32_t)x[1] * y[1];
		cross += (int32_t)x[0] * y[1] + (int32_t)x[1] * y[0];
	}
	sum[0] = montgomery(low + (int32_t)montgomery(high) * zeta);
	sum[1] = montgomery(cross);
}

void tls_mlkem_poly_multiply(struct tls_mlkem_poly *sum, const struct tls_mlkem_vec *a, const struct tls_mlkem_vec *b)
{
	for (unsigned i = 0; i < N; i += 4) {
		int16_t zeta = zetas[N / 4 + i / 4];

		multiply_pair(sum->c + i, a, b, i, zeta);
		multiply_pair(sum->c + i + 2, a, b, i + 2, (int16_t)-zeta);
	}
}

void tls_mlkem_poly_restore(struct tls_mlkem_poly *p)
{
	for (unsigned i = 0; i < N; i++)
		p->c[i] = product(p->c[i], R_SQUARED);
}

/* ---- Sums */

void tls_mlkem_poly_add(struct tls_mlkem_poly *a, const struct tls_mlkem_poly *b)
{
	for (unsigned i = 0; i < N; i++)
		a->c[i] = barrett((int16_t)(a->c[i] + b->c[i]));
}

void tls_mlkem_poly_subtract_from(struct tls_mlkem_poly *a, const struct tls_mlkem_poly *b)
{
	for (unsigned i = 0; i < N; i++)
		a->c[i] = barrett((int16_t)(b->c[i] - a->c[i]));
}

/* ---- Bytes */

void tls_mlkem_poly_encode(uint8_t *out, const struct tls_mlkem_poly *p)
{
	for (unsigned i = 0; i < N; i += 2, out += 3) {
		unsigned a = canonical(p->c[i]), b = canonical(p->c[i + 1]);

		out[0] = (uint8_t)a;
		out[1] = (uint8_t)(a >> 8 | b << 4);
		out[2] = (uint8_t)(b >> 4);
	}
}

void tls_mlkem_poly_decode(struct tls_mlkem_poly *p, const uint8_t *in)
{
	for (unsigned i = 0; i < N; i += 2, in += 3) {
		p->c[i] = (int16_t)(in[0] | (in[1] & 15) << 8);
		p->c[i + 1] = (int16_t)(in[1] >> 4 | in[2] << 4);
	}
}

/* v * 2^bits / q, rounded to the nearest; modulo 2^bits. The quotient by a product: 20642679 is 2^36 / q, rounded up,
 * and exact for all that comes here. A division would take a time that tells the secret. */
static inline unsigned compress(int16_t v, unsigned bits)
{
	uint64_t n = ((uint64_t)canonical(v) << bits) + Q / 2;

	return (unsigned)(n * 20642679 >> 36) & ((1u << bits) - 1);
}

/* Whole bytes: eight coefficients of 1 bit, two of 4, four of 10. */
static inline void pack(uint8_t *out, const struct tls_mlkem_poly *p, unsigned bits, unsigned n_in, unsigned n_out)
{
	for (unsigned i = 0; i < N; i += n_in, out += n_out) {
		uint64_t word = 0;

		for (unsigned k = 0; k < n_in; k++)
			word |= (uint64_t)compress(p->c[i + k], bits) << (bits * k);
		for (unsigned k = 0; k < n_out; k++)
			out[k] = (uint8_t)(word >> (8 * k));
	}
}

/* A compiler that knows that v is 0 or 1 may make a branch of its product; here it doesn't. */
static inline uint32_t hidden(uint32_t v)
{
	__asm__("" : "+r"(v));
	return v;
}

static inline void unpack(struct tls_mlkem_poly *p, const uint8_t *in, unsigned bits, unsigned n_in, unsigned n_out)
{
	for (unsigned i = 0; i < N; i += n_out, in += n_in) {
		uint64_t word = 0;

		for (unsigned k = 0; k < n_in; k++)
			word |= (uint64_t)in[k] << (8 * k);
		for (unsigned k = 0; k < n_out; k++) {
			uint32_t v = (uint32_t)(word >> (bits * k)) & ((1u << bits) - 1);

			if (bits == 1)
				v = hidden(v);
			p->c[i + k] = (int16_t)((v * Q + (1u << bits) / 2) >> bits);
		}
	}
}

void tls_mlkem_poly_compress(uint8_t *out, const struct tls_mlkem_poly *p, unsigned bits)
{
	if (bits == 1)
		pack(out, p, 1, 8, 1);
	else if (bits == 4)
		pack(out, p, 4, 2, 1);
	else
		pack(out, p, 10, 4, 5);
}

void tls_mlkem_poly_decompress(struct tls_mlkem_poly *p, const uint8_t *in, unsigned bits)
{
	if (bits == 1)
		unpack(p, in, 1, 1, 8);
	else if (bits == 4)
		unpack(p, in, 4, 1, 2);
	else
		unpack(p, in, 10, 5, 4);
}

/* Each coefficient is the number of ones in two bits less that in the next two. */
void tls_mlkem_poly_noise(struct tls_mlkem_poly *p, const uint8_t bytes[128])
{
	for (unsigned i = 0; i < N / 2; i++) {
		unsigned pairs = (bytes[i] & 0x55u) + (bytes[i] >> 1 & 0x55u);

		p->c[2 * i] = (int16_t)((int)(pairs & 3) - (int)(pairs >> 2 & 3));
		p->c[2 * i + 1] = (int16_t)((int)(pairs >> 4 & 3) - (int)(pairs >> 6 & 3));
	}
}
