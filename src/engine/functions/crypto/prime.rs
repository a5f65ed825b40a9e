//! Random primes for RSA keys: a sieve takes out most candidates, Miller and Rabin's test the others.
//!
//! The search of the `rsa` crate takes seconds for a key, since it hardly sieves and its arithmetic
//! is made for secrets that live on. A key that a template prints has no such secret to keep.

use std::sync::LazyLock;

use num_bigint::BigUint;

use super::montgomery::Modulus;
use crate::engine::functions::Error;

/// Candidates are sieved by the odd primes below this, the place where one more prime costs as much
/// as the tests that it saves.
const SIEVE_LIMIT: u32 = 1 << 16;

/// How many odd numbers are looked at from one random start: more than ten times the mean distance
/// between primes of 2,048 bits.
const WINDOW: usize = 1 << 14;

/// Rounds of the test with random bases, after the one with base two. Table B.1 of FIPS 186-5 asks for
/// five in all for primes of 1,024 bits, and for fewer if they are larger.
const ROUNDS: usize = 4;

/// RSA's public exponent, which must not divide a prime less one.
pub(super) const EXPONENT: u32 = 65537;

static SMALL_PRIMES: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut composite = vec![false; SIEVE_LIMIT as usize];
    let mut primes = Vec::new();
    for number in (3..SIEVE_LIMIT).step_by(2) {
        if !composite[number as usize] {
            primes.push(number);
            let multiples = (number as usize..composite.len()).step_by(number as usize);
            multiples.for_each(|multiple| composite[multiple] = true);
        }
    }
    primes
});

/// Returns a random prime of `bits` bits, the two highest of which are set, so that the product of
/// two has twice as many.
pub(super) fn prime(bits: usize) -> Result<BigUint, Error> {
    loop {
        let start = random(bits)?;
        for offset in survivors(&start) {
            let candidate = &start + 2 * offset;
            if candidate.bits() == bits as u64
                && &candidate % EXPONENT != BigUint::from(1_u32)
                && passes_base_two(&candidate)
                && is_probably_prime(&candidate)?
            {
                return Ok(candidate);
            }
        }
    }
}

/// Returns a random odd number of `bits` bits with the two highest set.
fn random(bits: usize) -> Result<BigUint, Error> {
    let mut bytes = vec![0; bits / 8];
    getrandom::fill(&mut bytes).map_err(no_randomness)?;
    bytes[0] |= 0b1100_0000;
    *bytes.last_mut().expect("a prime has bits") |= 1;
    Ok(BigUint::from_bytes_be(&bytes))
}

/// Returns which of the odd numbers from `start` on, counted from it, no small prime divides.
fn survivors(start: &BigUint) -> impl Iterator<Item = usize> {
    let mut composite = vec![false; WINDOW];
    for &prime in SMALL_PRIMES.iter() {
        let rest = (start % prime).iter_u32_digits().next().unwrap_or(0);
        // The first offset where start + 2 * offset is a multiple: half of the distance to it if
        // that is even, else half of the distance to the next.
        let distance = (prime - rest) % prime;
        let first = if distance % 2 == 0 { distance / 2 } else { (distance + prime) / 2 };
        for multiple in (first as usize..WINDOW).step_by(prime as usize) {
            composite[multiple] = true;
        }
    }
    composite.into_iter().enumerate().filter(|(_, composite)| !composite).map(|(offset, _)| offset)
}

/// Tests a candidate of the sizes that keys have fast, and leaves others to the slower test.
fn passes_base_two(number: &BigUint) -> bool {
    if let Some(modulus) = Modulus::<16>::new(number) {
        modulus.passes_base_two()
    } else if let Some(modulus) = Modulus::<32>::new(number) {
        modulus.passes_base_two()
    } else {
        true
    }
}

fn is_probably_prime(number: &BigUint) -> Result<bool, Error> {
    let one = BigUint::from(1_u32);
    let less_one = number - &one;
    let zeros = less_one.trailing_zeros().unwrap_or(0);
    let odd = &less_one >> zeros;
    for _ in 0..ROUNDS {
        let mut bytes = vec![0; (number.bits() as usize - 1) / 8];
        getrandom::fill(&mut bytes).map_err(no_randomness)?;
        let base = BigUint::from_bytes_be(&bytes) + 2_u32;
        if !passes(number, &less_one, &base.modpow(&odd, number), zeros) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Says whether squaring `power` leads to -1 as it does if `number` is prime.
fn passes(number: &BigUint, less_one: &BigUint, power: &BigUint, zeros: u64) -> bool {
    if *power == BigUint::from(1_u32) {
        return true;
    }
    let mut power = power.clone();
    for _ in 0..zeros {
        if power == *less_one {
            return true;
        }
        power = &power * &power % number;
    }
    false
}

fn no_randomness(error: getrandom::Error) -> Error {
    Error::from(format!("failed to generate private key: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primes_are_told_from_composites() {
        let number = |text: &str| BigUint::parse_bytes(text.as_bytes(), 10).expect("a number");
        // The Mersenne prime 2^127 - 1, the Fermat number 2^128 + 1, and a Carmichael number.
        assert!(is_probably_prime(&number("170141183460469231731687303715884105727")).unwrap());
        assert!(!is_probably_prime(&number("340282366920938463463374607431768211457")).unwrap());
        assert!(!is_probably_prime(&number("101101")).unwrap());
    }

    #[test]
    fn what_a_small_prime_divides_is_left_out() {
        let start = BigUint::from(1_000_003_u32 * 3);
        let left: Vec<usize> = survivors(&start).take(20).collect();
        for offset in left {
            let number = 3_000_009 + 2 * offset as u64;
            assert!(SMALL_PRIMES.iter().all(|&prime| number % u64::from(prime) != 0), "{number}");
        }
    }

    #[test]
    fn a_prime_has_the_size_and_both_high_bits() {
        let prime = prime(256).unwrap();
        assert_eq!(prime.bits(), 256);
        assert!(prime.bit(254));
        assert!(is_probably_prime(&prime).unwrap());
    }
}
