/* rfc8448_keys.h - the RSA key of the servers in RFC 8448 (section 2) as hex text. */
#ifndef TESTS_VECTORS_RFC8448_KEYS_H
#define TESTS_VECTORS_RFC8448_KEYS_H

static const char rfc8448_rsa_n[] =
    "b4bb498f8279303d980836399b36c6988c0c68de55e1bdb826d3901a2461eafd2de49a91d015abbc9a95137a"
    "ce6c1af19eaa6af98c7ced43120998e187a80ee0ccb0524b1b018c3e0b63264d449a6d38e22a5fda43084674"
    "8030530ef0461c8ca9d9efbfae8ea6d1d03e2bd193eff0ab9a8002c47428a6d35a8d88d79f7f1e3f";

static const char rfc8448_rsa_e[] = "010001";

static const char rfc8448_rsa_d[] =
    "04dea705d43a6ea7209dd8072111a83c81e322a59278b33480641eaf7c0a6985b8e31c44f6de62e1b4c2309f"
    "6126e77b7c41e923314bbfa3881305dc1217f16c819ce538e922f369828d0e57195d8c8488460207b2faa726"
    "bcf708bbd7db7f679f893492fc2a622e08970aac441ce4e0c3088df25ae679233df8a3bda2ff9941";

static const char rfc8448_rsa_p[] =
    "e435fb7cc83737756dacea96ab7f59a2cc1069db7deb190e17e33a532b273f30a327aa0aaabc58cd67466af9"
    "845fadc675fe094af92c4bd1f2c1bc33dd2e0515";

static const char rfc8448_rsa_q[] =
    "cabd3bc0e0438664c8d4cc9f99977a94d9bbfead8e43870abae3f7eb8b4e0eee8af1d9b4719ba6196cf2cbba"
    "eeebf8b3490afe9e9ffa74a88aa51fc645629303";

static const char rfc8448_rsa_dp[] =
    "3f57345c27fe1b687e6e761627b78b1b826433dd760fa0bea6a6acf39490aa1b47cda4869d68f584dd5b5029"
    "bd32093b8258661fe715025e5d70a45a08d3d319";

static const char rfc8448_rsa_dq[] =
    "183da01363bd2f2885cacbdc9964bf4764f1517636f86401286f71893c52ccfe40a6c23d0d086b47c6fb10d8"
    "fd1041e04def7e9a40ce957c417794e10412d139";

static const char rfc8448_rsa_qinv[] =
    "839ca9a085e4286b2c90e466997a2c681f21339aa3477814e4dec11833050ed50dd13cc038048a43c59b2acc"
    "416889c037665fe5afa605969f8c01dfa5ca969d";

#endif
