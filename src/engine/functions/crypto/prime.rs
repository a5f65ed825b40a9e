//! Random primes for RSA keys: a sieve takes out most candidates, Miller and Rabin's test the others.
//!
//! The search of the `rsa` crate takes seconds for a key: it hardly sieves, and its arithmetic hides
//! what it works on from others on the machine, which a key that is printed next has no need of.

use std::sync::LazyLock;

use super::fermat::{LANES, likely_primes};
use super::montgomery::Modulus;
use crate::engine::functions::Error;

/// Candidates are sieved by the odd primes below this, about the place where one more prime costs as
/// much as the tests that it saves. The product of two of them fits in 32 bits.
const SIEVE_LIMIT: u32 = 1 << 15;

/// How many odd numbers are looked at from one random start: more than ten times the mean distance
/// between primes of 2,048 bits.
const WINDOW: usize = 1 << 14;

/// The bases of the test. Table B.1 of FIPS 186-5 asks for five rounds for primes of 1,024 bits, and
/// for fewer if they are larger; it takes random bases because a candidate may be made to pass some,
/// while here the candidates are random.
const BASES: [u32; 5] = [2, 3, 5, 7, 11];

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

/// Returns a random prime of `64 * N` bits as bytes, the highest first. Its two highest bits are
/// set, so that the product of two primes has twice as many bits.
pub(super) fn prime<const N: usize>() -> Result<Vec<u8>, Error> {
    loop {
        let start = random::<N>()?;
        let candidates: Vec<[u64; N]> = survivors(&start)
            .filter_map(|offset| plus(start, 2 * offset as u64))
            .filter(|words| rest(words, EXPONENT) != 1)
            .collect();
        for words in candidates.chunks(LANES).flat_map(|lanes| likely_primes(lanes.to_vec())) {
            let modulus = Modulus::new(words).expect("a candidate is odd with its highest bit set");
            if BASES.iter().all(|&base| modulus.is_probable_prime(base)) {
                return Ok(words.iter().rev().flat_map(|word| word.to_be_bytes()).collect());
            }
        }
    }
}

/// Returns a random odd number with the two highest bits set, the least word first.
fn random<const N: usize>() -> Result<[u64; N], Error> {
    let mut words = [0; N];
    for word in &mut words {
        *word = getrandom::u64()
            .map_err(|err| Error::from(format!("failed to generate private key: {err}")))?;
    }
    words[0] |= 1;
    words[N - 1] |= 0b11 << 62;
    Ok(words)
}

/// Adds a small number, unless the sum takes more words.
fn plus<const N: usize>(mut words: [u64; N], other: u64) -> Option<[u64; N]> {
    let mut carry = other;
    for word in &mut words {
        let (sum, overflows) = word.overflowing_add(carry);
        *word = sum;
        carry = u64::from(overflows);
    }
    (carry == 0).then_some(words)
}

/// Returns which of the odd numbers from `start` on, counted from it, no small prime divides.
fn survivors(start: &[u64]) -> impl Iterator<Item = usize> {
    let mut composite = vec![false; WINDOW];
    // Two primes share one division of the large number.
    let rests = SMALL_PRIMES.chunks(2).flat_map(|primes| {
        let both = rest(start, primes.iter().product());
        primes.iter().map(move |&prime| (prime, both % prime))
    });
    for (prime, rest) in rests {
        // The first offset where start + 2 * offset is a multiple: half of the distance to it if
        // that is even, else half of the distance to the next.
        let distance = (prime - rest) % prime;
        let first = if distance.is_multiple_of(2) { distance / 2 } else { (distance + prime) / 2 };
        for multiple in (first as usize..WINDOW).step_by(prime as usize) {
            composite[multiple] = true;
        }
    }
    composite.into_iter().enumerate().filter(|(_, composite)| !composite).map(|(offset, _)| offset)
}

/// Returns the rest of a number when it is divided by a small one.
fn rest(words: &[u64], by: u32) -> u32 {
    let by = u64::from(by);
    // Halves of words, since a rest and half a word fit in a word.
    let halves = words.iter().rev().flat_map(|word| [word >> 32, word & u64::from(u32::MAX)]);
    halves.fold(0, |rest, half| (rest << 32 | half) % by) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_small_prime_divides_is_left_out() {
        let start = 3_000_009_u64;
        let left: Vec<u64> = survivors(&[start]).map(|offset| start + 2 * offset as u64).collect();
        let divided = |number: u64| (3..200_u64).any(|by| number.is_multiple_of(by));
        assert!(left.len() > 1000 && left.iter().all(|&number| !divided(number)), "{left:?}");
    }

    #[test]
    fn a_prime_has_the_size_and_both_high_bits() {
        for _ in 0..20 {
            let bytes = prime::<2>().unwrap();
            assert_eq!(bytes.len(), 16);
            assert_eq!(bytes[0] >> 6, 0b11);
            assert_eq!(bytes[15] & 1, 1);
        }
    }

    #[test]
    fn a_sum_that_takes_more_words_is_none() {
        assert_eq!(plus([u64::MAX, 1], 2), Some([1, 2]));
        assert_eq!(plus([u64::MAX, u64::MAX], 2), None);
    }
}
