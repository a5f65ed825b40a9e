//! The functions of paths, addresses and versions, of keys and certificates, and of chance.

use super::{Function, plain};
use crate::engine::functions::Type::{Any, Int, List, Map, String as Text};
use crate::engine::functions::arguments::{Answer, bytes, int, map, string, value};
use crate::engine::functions::{crypto, path, random, semver, url};
use crate::engine::value::Value;

pub(super) const PLACES: &[Function] = &[
    plain("urlParse", &[("url", Text)], |_, a| url::url_parse(bytes(a, 0)).answer()),
    plain("urlJoin", &[("dict", Map)], |_, a| url::url_join(&map(a, 0)).answer()),
    plain("base", &[("path", Text)], |_, a| path::base(&string(a, 0)).answer()),
    plain("dir", &[("path", Text)], |_, a| path::dir(&string(a, 0)).answer()),
    plain("clean", &[("path", Text)], |_, a| path::clean(&string(a, 0)).answer()),
    plain("ext", &[("path", Text)], |_, a| path::ext(&string(a, 0)).answer()),
    plain("isAbs", &[("path", Text)], |_, a| path::is_abs(&string(a, 0)).answer()),
    plain("osBase", &[("path", Text)], |_, a| path::base(&string(a, 0)).answer()),
    plain("osDir", &[("path", Text)], |_, a| path::dir(&string(a, 0)).answer()),
    plain("osClean", &[("path", Text)], |_, a| path::clean(&string(a, 0)).answer()),
    plain("osExt", &[("path", Text)], |_, a| path::ext(&string(a, 0)).answer()),
    plain("osIsAbs", &[("path", Text)], |_, a| path::is_abs(&string(a, 0)).answer()),
    plain("semver", &[("version", Text)], |_, a| semver::semver(&string(a, 0))),
    plain("semverCompare", &[("constraint", Text), ("version", Text)], |_, a| {
        semver::semver_compare(&string(a, 0), &string(a, 1)).answer()
    }),
];

pub(super) const CRYPTO: &[Function] = &[
    plain("bcrypt", &[("password", Text)], |_, a| crypto::bcrypt(bytes(a, 0)).answer()),
    plain("htpasswd", &[("user", Text), ("password", Text)], |_, a| {
        crypto::htpasswd(&string(a, 0), bytes(a, 1)).answer()
    }),
    plain(
        "derivePassword",
        &[("counter", Int), ("form", Text), ("password", Text), ("user", Text), ("site", Text)],
        |_, a| {
            let counter = u32::try_from(int(a, 0)).unwrap_or_default();
            crypto::derive_password(counter, &string(a, 1), bytes(a, 2), bytes(a, 3), bytes(a, 4))
                .answer()
        },
    ),
    plain("encryptAES", &[("password", Text), ("text", Text)], |_, a| {
        crypto::encrypt_aes(bytes(a, 0), bytes(a, 1)).answer()
    }),
    plain("decryptAES", &[("password", Text), ("text", Text)], |_, a| {
        crypto::decrypt_aes(bytes(a, 0), bytes(a, 1)).answer()
    }),
    plain("genPrivateKey", &[("type", Text)], |_, a| {
        crypto::gen_private_key(&string(a, 0)).answer()
    }),
    plain("buildCustomCert", &[("cert", Text), ("key", Text)], |_, a| {
        crypto::build_custom_cert(bytes(a, 0), bytes(a, 1))
    }),
    plain("genCA", &[("name", Text), ("days", Int)], |_, a| {
        crypto::gen_ca(&string(a, 0), int(a, 1), None)
    }),
    plain("genCAWithKey", &[("name", Text), ("days", Int), ("key", Text)], |_, a| {
        crypto::gen_ca(&string(a, 0), int(a, 1), Some(&string(a, 2)))
    }),
    plain(
        "genSelfSignedCert",
        &[("name", Text), ("ips", List), ("dns_names", List), ("days", Int)],
        |_, a| crypto::gen_self_signed_cert(&subject(&string(a, 0), a), None),
    ),
    plain(
        "genSelfSignedCertWithKey",
        &[("name", Text), ("ips", List), ("dns_names", List), ("days", Int), ("key", Text)],
        |_, a| crypto::gen_self_signed_cert(&subject(&string(a, 0), a), Some(&string(a, 4))),
    ),
    plain(
        "genSignedCert",
        &[("name", Text), ("ips", List), ("dns_names", List), ("days", Int), ("ca", Any)],
        |_, a| crypto::gen_signed_cert(&subject(&string(a, 0), a), value(a, 4), None),
    ),
    plain(
        "genSignedCertWithKey",
        &[
            ("name", Text),
            ("ips", List),
            ("dns_names", List),
            ("days", Int),
            ("ca", Any),
            ("key", Text),
        ],
        |_, a| {
            let subject_name = string(a, 0);
            let subject = subject(&subject_name, a);
            crypto::gen_signed_cert(&subject, value(a, 4), Some(&string(a, 5)))
        },
    ),
];

fn subject<'a>(name: &'a str, a: &'a [Value]) -> crypto::Subject<'a> {
    crypto::Subject { name, addresses: value(a, 1), names: value(a, 2), days: int(a, 3) }
}

pub(super) const RANDOM: &[Function] = &[
    plain("randAlphaNum", &[("count", Int)], |_, a| {
        random::random_text(int(a, 0), u8::is_ascii_alphanumeric).answer()
    }),
    plain("randAlpha", &[("count", Int)], |_, a| {
        random::random_text(int(a, 0), u8::is_ascii_alphabetic).answer()
    }),
    plain("randNumeric", &[("count", Int)], |_, a| {
        random::random_text(int(a, 0), u8::is_ascii_digit).answer()
    }),
    plain("randAscii", &[("count", Int)], |_, a| random::random_text(int(a, 0), |_| true).answer()),
    plain("randInt", &[("min", Int), ("max", Int)], |_, a| {
        Value::Int(random::rand_int(int(a, 0), int(a, 1))?).answer()
    }),
    plain("randBytes", &[("count", Int)], |_, a| random::rand_bytes(int(a, 0)).answer()),
    plain("shuffle", &[("text", Text)], |_, a| random::shuffle(&string(a, 0)).answer()),
    plain("uuidv4", &[], |_, _| random::uuidv4().answer()),
];
