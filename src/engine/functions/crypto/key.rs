//! Private keys: made, read from PEM, and written as Go writes them.

use dsa::{Components, KeySize, SigningKey};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use rsa::pkcs8::der::Decode as _;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, PrivateKeyInfo};
use rsa::rand_core::OsRng;
use rsa::{BigUint, RsaPrivateKey};

use super::pem;
use super::prime::{EXPONENT, prime};
use crate::engine::functions::Error;
use crate::engine::functions::limits::{SLOW, spend};

/// The size of the RSA keys of `genPrivateKey`, 4,096 bits, in words of their primes.
const LARGE_RSA: usize = 4096 / 128;

/// The size of the RSA keys of certificates, 2,048 bits, in words of their primes.
const RSA: usize = 2048 / 128;

/// Object identifiers, as they are encoded: id-ecPublicKey and the named curves (RFC 5480).
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// DER's tags.
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const PARAMETERS: u8 = 0xa0;

/// A key that can sign certificates.
pub(super) struct Key {
    /// The key as it signs.
    pub(super) pair: KeyPair,
    /// The key as it is handed out.
    pub(super) pem: String,
}

/// Makes a private key of a type and writes it as PEM; the answer to a type that there is not is a message.
pub(in crate::engine::functions) fn gen_private_key(kind: &str) -> Result<String, Error> {
    spend(SLOW);
    match kind {
        "" | "rsa" => rsa_pem(&new_rsa::<LARGE_RSA>()?),
        "dsa" => Ok(dsa_pem()),
        "ecdsa" => {
            let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(cannot_generate)?;
            ec_pem(&pair)
        }
        "ed25519" => {
            let pair = KeyPair::generate_for(&PKCS_ED25519).map_err(cannot_generate)?;
            ed25519_pem(&pair)
        }
        _ => Ok(format!("Unknown type {kind}")),
    }
}

fn cannot_generate(err: impl std::fmt::Display) -> Error {
    Error::from(format!("failed to generate private key: {err}"))
}

/// Makes an RSA key of `128 * N` bits.
fn new_rsa<const N: usize>() -> Result<RsaPrivateKey, Error> {
    let number = |bytes: Vec<u8>| BigUint::from_bytes_be(&bytes);
    let (p, q) = (number(prime::<N>()?), number(prime::<N>()?));
    RsaPrivateKey::from_p_q(p, q, EXPONENT.into()).map_err(cannot_generate)
}

fn rsa_pem(key: &RsaPrivateKey) -> Result<String, Error> {
    let der = key.to_pkcs1_der().map_err(cannot_generate)?;
    Ok(pem::encode("RSA PRIVATE KEY", der.as_bytes()))
}

fn dsa_pem() -> String {
    let components = Components::generate(&mut OsRng, KeySize::DSA_2048_256);
    let key = SigningKey::generate(&mut OsRng, components);
    let public = key.verifying_key();
    let numbers = [
        public.components().p(),
        public.components().q(),
        public.components().g(),
        public.y(),
        key.x(),
    ];
    let mut content = element(INTEGER, &[0]);
    for number in numbers {
        // A leading zero keeps the number from reading as negative.
        content.extend(element(INTEGER, &[&[0], number.to_bytes_be().as_slice()].concat()));
    }
    pem::encode("DSA PRIVATE KEY", &element(SEQUENCE, &content))
}

/// Writes an elliptic curve key in the form of RFC 5915 with the name of its curve, as Go does.
fn ec_pem(pair: &KeyPair) -> Result<String, Error> {
    let info = PrivateKeyInfo::from_der(pair.serialized_der()).map_err(cannot_generate)?;
    let curve = info.algorithm.parameters_oid().map_err(cannot_generate)?;
    let inner = content(info.private_key).unwrap_or_default();
    let (version_and_secret, public) = split_after_secret(inner);
    let named = element(PARAMETERS, &element(OBJECT, curve.as_bytes()));
    let whole = [version_and_secret, &named, without_parameters(public)].concat();
    Ok(pem::encode("EC PRIVATE KEY", &element(SEQUENCE, &whole)))
}

/// Writes an Ed25519 key without its public half, as Go does.
fn ed25519_pem(pair: &KeyPair) -> Result<String, Error> {
    let info = PrivateKeyInfo::from_der(pair.serialized_der()).map_err(cannot_generate)?;
    let algorithm = element(SEQUENCE, &element(OBJECT, info.algorithm.oid.as_bytes()));
    let version = element(INTEGER, &[0]);
    let whole = [version, algorithm, element(OCTETS, info.private_key)].concat();
    Ok(pem::encode("PRIVATE KEY", &element(SEQUENCE, &whole)))
}

impl Key {
    /// Makes an RSA key for a certificate.
    pub(super) fn new() -> Result<Self, Error> {
        spend(SLOW);
        Self::of_rsa(&new_rsa::<RSA>()?)
    }

    fn of_rsa(key: &RsaPrivateKey) -> Result<Self, Error> {
        let der = key.to_pkcs8_der().map_err(cannot_generate)?;
        let pair = KeyPair::try_from(der.as_bytes()).map_err(cannot_generate)?;
        Ok(Self { pair, pem: rsa_pem(key)? })
    }

    /// Reads a key in any of the forms in which [`gen_private_key`] writes one.
    pub(super) fn from_pem(text: &str) -> Result<Self, Error> {
        let Some((label, der)) = pem::decode(text) else {
            return Err(Error::from("no PEM data in input"));
        };
        match label.strip_suffix(" PRIVATE KEY") {
            None if label == "PRIVATE KEY" => Self::from_pkcs8(&der),
            None => Err(Error::from(format!("no private key data in PEM block of type {label}"))),
            Some("RSA") => {
                let key = RsaPrivateKey::from_pkcs1_der(&der);
                Self::of_rsa(&key.map_err(|err| cannot_parse("RSA private key", err))?)
            }
            Some("EC") => {
                let pair = KeyPair::try_from(ec_to_pkcs8(&der).as_slice());
                let pair = pair.map_err(|err| cannot_parse("EC private key", err))?;
                Ok(Self { pem: ec_pem(&pair)?, pair })
            }
            Some("DSA") => Err(Error::from("x509: only RSA, ECDSA and Ed25519 keys supported")),
            Some(_) => Err(Error::from(format!("invalid private key type {label}"))),
        }
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, Error> {
        if let Ok(key) = RsaPrivateKey::from_pkcs8_der(der) {
            return Self::of_rsa(&key);
        }
        let pair = KeyPair::try_from(der)
            .map_err(|err| Error::from(format!("decoding PEM as PKCS#8: {err}")))?;
        let is_ed25519 = pair.algorithm() == &PKCS_ED25519;
        let pem = if is_ed25519 { ed25519_pem(&pair)? } else { ec_pem(&pair)? };
        Ok(Self { pair, pem })
    }
}

fn cannot_parse(what: &str, err: impl std::fmt::Display) -> Error {
    Error::from(format!("parsing {what} from PEM: {err}"))
}

/// Wraps an elliptic curve key of RFC 5915 as PKCS#8, which names the curve apart from the key.
fn ec_to_pkcs8(der: &[u8]) -> Vec<u8> {
    let (_, after) = split_after_secret(content(der).unwrap_or_default());
    let named = content(after).filter(|_| after.first() == Some(&PARAMETERS));
    let curve = named.and_then(content).unwrap_or(P256);
    let algorithm = [element(OBJECT, EC_PUBLIC_KEY), element(OBJECT, curve)].concat();
    let version = element(INTEGER, &[0]);
    element(SEQUENCE, &[version, element(SEQUENCE, &algorithm), element(OCTETS, der)].concat())
}

/// Splits the content of a key of RFC 5915 behind its version and its secret number.
fn split_after_secret(content: &[u8]) -> (&[u8], &[u8]) {
    let version = size(content).unwrap_or_default();
    let secret = size(&content[version..]).unwrap_or_default();
    content.split_at(version + secret)
}

fn without_parameters(content: &[u8]) -> &[u8] {
    match content.first() {
        Some(&PARAMETERS) => &content[size(content).unwrap_or_default()..],
        _ => content,
    }
}

/// Writes an element of DER.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let size = content.len();
    let head = match size {
        ..0x80 => vec![tag, size as u8],
        0x80..0x100 => vec![tag, 0x81, size as u8],
        _ => vec![tag, 0x82, (size >> 8) as u8, size as u8],
    };
    [head.as_slice(), content].concat()
}

/// Returns the sizes of the head and of the content of the element that the bytes start with.
fn sizes(der: &[u8]) -> Option<(usize, usize)> {
    let (head, content) = match *der.get(1)? {
        0x81 => (3, usize::from(*der.get(2)?)),
        0x82 => (4, usize::from(*der.get(2)?) << 8 | usize::from(*der.get(3)?)),
        short @ ..=0x7f => (2, usize::from(short)),
        _ => return None,
    };
    (head + content <= der.len()).then_some((head, content))
}

/// Returns the size of the element that the bytes start with.
fn size(der: &[u8]) -> Option<usize> {
    sizes(der).map(|(head, content)| head + content)
}

/// Returns the content of the element that the bytes start with.
fn content(der: &[u8]) -> Option<&[u8]> {
    let (head, content) = sizes(der)?;
    der.get(head..head + content)
}
