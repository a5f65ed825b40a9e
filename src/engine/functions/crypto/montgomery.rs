//! Powers of two modulo an odd number, by Montgomery's method: nearly all the time of a search for primes.
//!
//! Squaring and doubling are all that a power of two takes, which makes this three times as fast as
//! the powers of `num-bigint`, for one test of a candidate after the other.

use num_bigint::BigUint;

/// An odd number of `N` words of 64 bits, the least one first, whose highest bit is set.
pub(super) struct Modulus<const N: usize> {
    words: [u64; N],
    /// The inverse of the negated number modulo 2^64.
    negated_inverse: u64,
}

impl<const N: usize> Modulus<N> {
    /// Takes a number; `None` unless it is odd and has `N` words with the highest bit set.
    pub(super) fn new(number: &BigUint) -> Option<Self> {
        let words: [u64; N] = number.to_u64_digits().try_into().ok()?;
        if words[0] % 2 == 0 || words[N - 1] >> 63 == 0 {
            return None;
        }
        // Newton's iteration doubles the bits that are right, from three on.
        let mut inverse = words[0];
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(words[0].wrapping_mul(inverse)));
        }
        Some(Self { words, negated_inverse: inverse.wrapping_neg() })
    }

    /// Says whether the number is a strong probable prime to base two.
    pub(super) fn passes_base_two(&self) -> bool {
        let one = self.one();
        let less_one = self.subtracted(one);
        // The number less one is odd * 2^zeros.
        let mut exponent = self.words;
        exponent[0] -= 1;
        let zeros = trailing_zeros(&exponent);
        let mut power = one;
        for bit in (zeros..64 * N).rev() {
            power = self.square(&power);
            if exponent[bit / 64] >> (bit % 64) & 1 == 1 {
                power = self.double(&power);
            }
        }
        if power == one || power == less_one {
            return true;
        }
        (1..zeros).any(|_| {
            power = self.square(&power);
            power == less_one
        })
    }

    /// Returns 2^(64 N) modulo the number, which stands for one: its highest bit is set.
    fn one(&self) -> [u64; N] {
        self.subtracted([0; N])
    }

    /// Returns what is left of the number when `other`, which is not larger, is taken away; for
    /// zero, what is left of 2^(64 N).
    fn subtracted(&self, other: [u64; N]) -> [u64; N] {
        match other == [0; N] {
            true => difference(&[0; N], &self.words).0,
            false => difference(&self.words, &other).0,
        }
    }

    fn double(&self, number: &[u64; N]) -> [u64; N] {
        let mut doubled = [0; N];
        let mut carry = 0;
        for (to, from) in doubled.iter_mut().zip(number) {
            *to = from << 1 | carry;
            carry = from >> 63;
        }
        self.reduced(doubled, carry)
    }

    /// Squares a number that stands for itself times 2^(64 N), and stays so.
    fn square(&self, number: &[u64; N]) -> [u64; N] {
        let mut product = [[0; N]; 2];
        square_into(product.as_flattened_mut(), number);
        let product = product.as_flattened_mut();
        let mut high_carry = 0;
        for start in 0..N {
            let factor = product[start].wrapping_mul(self.negated_inverse);
            let mut carry = 0;
            for (to, word) in product[start..start + N].iter_mut().zip(&self.words) {
                *to = multiply_add(*to, factor, *word, &mut carry);
            }
            let sum = u128::from(product[start + N]) + u128::from(carry) + u128::from(high_carry);
            product[start + N] = sum as u64;
            high_carry = (sum >> 64) as u64;
        }
        let mut high = [0; N];
        high.copy_from_slice(&product[N..]);
        self.reduced(high, high_carry)
    }

    /// Takes the modulus away once if the number, with a carry above its words, is not below it.
    fn reduced(&self, number: [u64; N], carry: u64) -> [u64; N] {
        let (less, borrow) = difference(&number, &self.words);
        if carry >= borrow { less } else { number }
    }
}

/// Writes the square of a number of half as many words to `product`, which is zero.
fn square_into(product: &mut [u64], number: &[u64]) {
    let size = number.len();
    for (at, &word) in number.iter().enumerate() {
        let mut carry = 0;
        for (to, other) in product[2 * at + 1..at + size].iter_mut().zip(&number[at + 1..]) {
            *to = multiply_add(*to, word, *other, &mut carry);
        }
        product[at + size] = carry;
    }
    // Each product of two different words counts twice, that of a word with itself once.
    let (mut shifted, mut carry) = (0, 0);
    for (pair, &word) in product.chunks_exact_mut(2).zip(number) {
        let doubled = [pair[0] << 1 | shifted, pair[1] << 1 | pair[0] >> 63];
        shifted = pair[1] >> 63;
        pair[0] = multiply_add(doubled[0], word, word, &mut carry);
        let sum = u128::from(doubled[1]) + u128::from(carry);
        pair[1] = sum as u64;
        carry = (sum >> 64) as u64;
    }
}

/// Returns the low word of `to + a * b + carry`, and leaves the high one in `carry`.
#[inline(always)]
fn multiply_add(to: u64, a: u64, b: u64, carry: &mut u64) -> u64 {
    let sum = u128::from(to) + u128::from(a) * u128::from(b) + u128::from(*carry);
    *carry = (sum >> 64) as u64;
    sum as u64
}

/// Returns the difference, and 1 if it was negative.
fn difference<const N: usize>(from: &[u64; N], other: &[u64; N]) -> ([u64; N], u64) {
    let mut result = [0; N];
    let mut borrow = false;
    for (at, to) in result.iter_mut().enumerate() {
        let (less, first) = from[at].overflowing_sub(other[at]);
        let (less, second) = less.overflowing_sub(u64::from(borrow));
        *to = less;
        borrow = first | second;
    }
    (result, u64::from(borrow))
}

fn trailing_zeros(words: &[u64]) -> usize {
    let zero_words = words.iter().take_while(|&&word| word == 0).count();
    64 * zero_words + words.get(zero_words).map_or(0, |word| word.trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes<const N: usize>(number: &BigUint) -> bool {
        Modulus::<N>::new(number).expect("an odd number with its highest bit").passes_base_two()
    }

    #[test]
    fn primes_pass() {
        // 2^64 - 59, 2^128 - 159 and 2^256 - 189 are the largest primes below these powers.
        for (bits, less) in [(64, 59_u32), (128, 159), (256, 189)] {
            let number = (BigUint::from(1_u32) << bits) - less;
            let passed = match bits {
                64 => passes::<1>(&number),
                128 => passes::<2>(&number),
                _ => passes::<4>(&number),
            };
            assert!(passed, "2^{bits} - {less}");
        }
    }

    #[test]
    fn tests_agree_with_plain_powers() {
        let one = BigUint::from(1_u32);
        for less in (1_u32..4000).step_by(2) {
            let number: BigUint = (&one << 128) - less;
            let less_one = &number - 1_u32;
            let zeros = less_one.trailing_zeros().unwrap();
            let mut power = BigUint::from(2_u32).modpow(&(&less_one >> zeros), &number);
            let mut expected = power == one;
            for _ in 0..zeros {
                expected |= power == less_one;
                power = &power * &power % &number;
            }
            assert_eq!(passes::<2>(&number), expected, "2^128 - {less}");
        }
    }

    #[test]
    fn even_small_and_large_numbers_are_not_taken() {
        let power: BigUint = BigUint::from(1_u32) << 128;
        let (even, large) = (power.clone() - 2_u32, power.clone() + 1_u32);
        for number in [even, large, power >> 1, BigUint::from(3_u32)] {
            assert!(Modulus::<2>::new(&number).is_none(), "{number}");
        }
    }
}
