//! Certificates: authorities, self-signed ones and those that an authority signs.

use std::any::Any;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyUsagePurpose, SanType, SerialNumber, date_time_ymd,
};

use super::key::Key;
use super::pem;
use crate::engine::functions::Error;
use crate::engine::functions::encoding::decode_base64;
use crate::engine::functions::random::random_bytes;
use crate::engine::gotemplate::printf::sprint;
use crate::engine::value::{Object, Value};
use crate::yaml;

/// The last second of the year 9999, after which X.509 has no dates.
const LAST_SECOND: i64 = 253_402_300_799;

/// Sprig's `certificate`: a certificate and its private key, both as PEM.
struct Certificate {
    cert: String,
    key: String,
}

/// Who a certificate is for, and for how long.
pub(in crate::engine::functions) struct Subject<'a> {
    /// The common name.
    pub(in crate::engine::functions) name: &'a str,
    /// A list of texts.
    pub(in crate::engine::functions) addresses: &'a Value,
    /// A list of texts.
    pub(in crate::engine::functions) names: &'a Value,
    /// The days from now to its end.
    pub(in crate::engine::functions) days: i64,
}

/// Makes an authority, with a new key or the given one.
pub(in crate::engine::functions) fn gen_ca(
    name: &str,
    days: i64,
    key: Option<&str>,
) -> Result<Value, Error> {
    let key = key_of(key)?;
    let subject = Subject { name, addresses: &Value::Nil, names: &Value::Nil, days };
    let mut params = subject.params()?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages.push(KeyUsagePurpose::KeyCertSign);
    let signed = params.self_signed(&key.pair).map_err(cannot_create)?;
    Ok(Certificate { cert: pem::encode("CERTIFICATE", signed.der()), key: key.pem }.into())
}

/// Makes a certificate that vouches for itself, with a new key or the given one.
pub(in crate::engine::functions) fn gen_self_signed_cert(
    subject: &Subject<'_>,
    key: Option<&str>,
) -> Result<Value, Error> {
    let key = key_of(key)?;
    let signed = subject.params()?.self_signed(&key.pair).map_err(cannot_create)?;
    Ok(Certificate { cert: pem::encode("CERTIFICATE", signed.der()), key: key.pem }.into())
}

/// Makes a certificate that an authority vouches for, with a new key or the given one.
pub(in crate::engine::functions) fn gen_signed_cert(
    subject: &Subject<'_>,
    authority: &Value,
    key: Option<&str>,
) -> Result<Value, Error> {
    let authority_object = match authority {
        Value::Object(object) => object.as_any().downcast_ref::<Certificate>(),
        _ => None,
    };
    let Some(Certificate { cert, key: authority_key }) = authority_object else {
        let found = authority.type_name();
        let message = format!("wrong type for value; expected sprig.certificate; got {found}");
        return Err(Error::from(message));
    };
    let key = key_of(key)?;
    let Some((_, der)) = pem::decode(cert) else {
        return Err(Error::from("unable to decode certificate"));
    };
    let signer = Key::from_pem(authority_key).map_err(within("error parsing private key"))?;
    let issuer = Issuer::from_ca_cert_der(&der.into(), signer.pair).map_err(|err| {
        Error::from(format!("error parsing certificate: decodedSignerCert.Bytes: {err}"))
    })?;
    let mut params = subject.params()?;
    params.use_authority_key_identifier_extension = true;
    let signed = params.signed_by(&key.pair, &issuer).map_err(cannot_create)?;
    Ok(Certificate { cert: pem::encode("CERTIFICATE", signed.der()), key: key.pem }.into())
}

/// Takes a certificate and its key from base64 of PEM.
pub(in crate::engine::functions) fn build_custom_cert(
    cert: &[u8],
    key: &[u8],
) -> Result<Value, Error> {
    let decode =
        |text: &[u8]| Some(String::from_utf8_lossy(&decode_base64(text).ok()?).into_owned());
    let cert = decode(cert).ok_or(Error::from("unable to decode base64 certificate"))?;
    let key = decode(key).ok_or(Error::from("unable to decode base64 private key"))?;
    let Some((_, der)) = pem::decode(&cert) else {
        return Err(Error::from("unable to decode certificate"));
    };
    let pair = Key::from_pem(&key).map_err(within("error parsing private key"))?.pair;
    Issuer::from_ca_cert_der(&der.into(), pair).map_err(|err| {
        Error::from(format!("error parsing certificate: decodedCert.Bytes: {err}"))
    })?;
    Ok(Certificate { cert, key }.into())
}

fn key_of(pem: Option<&str>) -> Result<Key, Error> {
    match pem {
        None => Key::new(),
        Some(pem) => Key::from_pem(pem).map_err(within("parsing private key")),
    }
}

/// Puts what was being done before the words of an error.
fn within(doing: &'static str) -> impl Fn(Error) -> Error {
    move |err| match err {
        Error::Message(why) => Error::from(format!("{doing}: {why}")),
        other => other,
    }
}

fn cannot_create(err: rcgen::Error) -> Error {
    Error::from(format!("error creating certificate: {err}"))
}

impl Subject<'_> {
    fn params(&self) -> Result<CertificateParams, Error> {
        let mut params = CertificateParams::default();
        params.subject_alt_names = self.alternative_names()?;
        params.serial_number = Some(SerialNumber::from(random_bytes(16)?));
        params.distinguished_name = DistinguishedName::new();
        if !self.name.is_empty() {
            params.distinguished_name.push(DnType::CommonName, self.name);
        }
        let now = Timestamp::now().as_second();
        let end = self.days.checked_mul(86_400).and_then(|span| span.checked_add(now));
        let Some(end) = end.filter(|end| (0..=LAST_SECOND).contains(end)) else {
            let why = "asn1: structure error: cannot represent time as GeneralizedTime";
            return Err(Error::from(format!("error creating certificate: {why}")));
        };
        let instant =
            |seconds: i64| date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds as u64);
        params.not_before = instant(now);
        params.not_after = instant(end);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        Ok(params)
    }

    /// Returns the names and then the addresses, in Go's order.
    fn alternative_names(&self) -> Result<Vec<SanType>, Error> {
        let addresses = texts(self.addresses, "error parsing ip:")?;
        let addresses = addresses.into_iter().map(|text| match text.parse::<IpAddr>() {
            Ok(address) => Ok(SanType::IpAddress(address)),
            Err(_) => Err(Error::from(format!("error parsing ip: {text}"))),
        });
        let addresses = addresses.collect::<Result<Vec<_>, _>>()?;
        let names = texts(self.names, "error processing alternate dns name:")?;
        let names = names.into_iter().map(|text| {
            let quoted = crate::engine::gotemplate::quote::quote(text.as_bytes());
            let why = format!("x509: {quoted} cannot be encoded as an IA5String");
            let name = text.try_into();
            name.map(SanType::DnsName)
                .map_err(|_| Error::from(format!("error creating certificate: {why}")))
        });
        let names = names.collect::<Result<Vec<_>, _>>()?;
        Ok([names, addresses].concat())
    }
}

/// Returns the texts of a list, which must hold nothing else.
fn texts(list: &Value, complaint: &str) -> Result<Vec<String>, Error> {
    let items = list.as_items().unwrap_or_default();
    let texts = items.iter().map(|item| match item {
        Value::String(text) => Ok(text.as_str().into_owned()),
        other => {
            Err(Error::from(format!("{complaint} {} is not a string", sprint(other)?.as_str())))
        }
    });
    texts.collect()
}

impl From<Certificate> for Value {
    fn from(certificate: Certificate) -> Self {
        Self::Object(Rc::new(certificate))
    }
}

impl Object for Certificate {
    fn type_name(&self) -> &str {
        "sprig.certificate"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(Value::from(self.cert.as_str())),
            "Key" => Some(Value::from(self.key.as_str())),
            _ => None,
        }
    }

    fn print(&self) -> String {
        format!("{{{} {}}}", self.cert, self.key)
    }

    fn to_plain(&self) -> yaml::Value {
        let field = |name: &str, text: &str| (name.to_owned(), yaml::Value::from(text));
        yaml::Value::Map([field("Cert", &self.cert), field("Key", &self.key)].into())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
