//! Hashes of passwords, and passwords that are derived from a master password.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::engine::functions::limits::{SLOW, spend};

/// Go's bcrypt.DefaultCost.
const COST: u32 = 10;

/// The longest password that bcrypt reads; Go fails rather than cutting it.
const MAX_PASSWORD: usize = 72;

/// Returns the bcrypt hash of a password; the answer to one that is too long is Go's message.
pub(in crate::engine::functions) fn bcrypt(password: &[u8]) -> String {
    if password.len() > MAX_PASSWORD {
        let why = "bcrypt: password length exceeds 72 bytes";
        return format!("failed to encrypt string with bcrypt: {why}");
    }
    spend(SLOW);
    match bcrypt::hash_with_result(password, COST) {
        // Go names this version, and the hashes are the same.
        Ok(hash) => hash.format_for_version(bcrypt::Version::TwoA),
        Err(err) => format!("failed to encrypt string with bcrypt: {err}"),
    }
}

/// Returns a line of an htpasswd file.
pub(in crate::engine::functions) fn htpasswd(user: &str, password: &[u8]) -> String {
    if user.contains(':') {
        return format!("invalid username: {user}");
    }
    format!("{user}:{}", bcrypt(password))
}

/// The name space of the Master Password algorithm.
const SEED: &[u8] = b"com.lyndir.masterpassword";

/// The forms of passwords; each letter stands for a class of characters.
const FORMS: &[(&str, &[&str])] = &[
    ("maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    (
        "long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    ("medium", &["CvcnoCvc", "CvcCvcno"]),
    ("short", &["Cvcn"]),
    ("basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    ("pin", &["nnnn"]),
];

/// Returns the characters of a class.
fn characters(class: u8) -> &'static [u8] {
    match class {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// Derives the password of a site from a master password, by the Master Password algorithm.
pub(in crate::engine::functions) fn derive_password(
    counter: u32,
    form: &str,
    password: &[u8],
    user: &[u8],
    site: &[u8],
) -> String {
    let Some((_, templates)) = FORMS.iter().find(|(name, _)| *name == form) else {
        return format!("cannot find password template {form}");
    };
    spend(SLOW);
    let size = |text: &[u8]| (text.len() as u32).to_be_bytes();
    let salt = [SEED, &size(user), user].concat();
    let mut key = [0; 64];
    // N = 2^15, r = 8, p = 2, as the algorithm asks.
    let parameters = scrypt::Params::new(15, 8, 2, key.len()).expect("the parameters are valid");
    scrypt::scrypt(password, &salt, &parameters, &mut key).expect("the key is of a valid size");
    let message = [SEED, &size(site), site, &counter.to_be_bytes()].concat();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key may have any size");
    mac.update(&message);
    let seed = mac.finalize().into_bytes();
    let template = templates[usize::from(seed[0]) % templates.len()];
    let choose = |(class, seed): (u8, &u8)| {
        let characters = characters(class);
        char::from(characters[usize::from(*seed) % characters.len()])
    };
    template.bytes().zip(&seed[1..]).map(choose).collect()
}
