//! Miller and Rabin's test by Montgomery's arithmetic: nearly all the time of a search for primes.
//!
//! Powers of small numbers take squaring and a little adding, so this is faster than the powers of a
//! library for numbers of any size.

/// An odd number of `N` words of 64 bits, the least one first, whose highest bit is set.
pub(super) struct Modulus<const N: usize> {
    words: [u64; N],
    /// The inverse of the negated number modulo 2^64.
    negated_inverse: u64,
}

impl<const N: usize> Modulus<N> {
    /// Takes a number; `None` unless it is odd and its highest bit is set.
    pub(super) fn new(words: [u64; N]) -> Option<Self> {
        if words[0].is_multiple_of(2) || words[N - 1] >> 63 == 0 {
            return None;
        }
        // Newton's iteration doubles the bits that are right, from three on.
        let mut inverse = words[0];
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(words[0].wrapping_mul(inverse)));
        }
        Some(Self { words, negated_inverse: inverse.wrapping_neg() })
    }

    /// Returns the inverse of the negated number modulo 2^64.
    pub(super) fn negated_inverse(&self) -> u64 {
        self.negated_inverse
    }

    /// Returns the rest of 2^(64 N + more).
    pub(super) fn power_of_two(&self, more: usize) -> [u64; N] {
        // The rest of 2^(64 N) is its difference: the highest bit is set.
        let power = difference(&[0; N], &self.words).0;
        (0..more).fold(power, |power, _| self.sum(&power, &power))
    }

    /// Says whether the number is a strong probable prime to a base from two on.
    pub(super) fn is_probable_prime(&self, base: u32) -> bool {
        // What stands for one is 2^(64 N).
        let one = self.power_of_two(0);
        let less_one = difference(&self.words, &one).0;
        // The number less one is odd * 2^zeros.
        let mut exponent = self.words;
        exponent[0] -= 1;
        let zeros = trailing_zeros(&exponent);
        let mut power = one;
        for bit in (zeros..64 * N).rev() {
            power = self.square(&power);
            if exponent[bit / 64] >> (bit % 64) & 1 == 1 {
                power = self.multiple(&power, base);
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

    /// Multiplies by a small number, by doubling and adding.
    fn multiple(&self, number: &[u64; N], factor: u32) -> [u64; N] {
        let mut multiple = *number;
        for bit in (0..factor.ilog2()).rev() {
            multiple = self.sum(&multiple, &multiple);
            if factor >> bit & 1 == 1 {
                multiple = self.sum(&multiple, number);
            }
        }
        multiple
    }

    fn sum(&self, number: &[u64; N], other: &[u64; N]) -> [u64; N] {
        let mut sum = [0; N];
        let mut carry = false;
        for at in 0..N {
            let (word, first) = number[at].overflowing_add(other[at]);
            let (word, second) = word.overflowing_add(u64::from(carry));
            sum[at] = word;
            carry = first | second;
        }
        self.reduced(sum, u64::from(carry))
    }

    /// Squares a number that stands for itself times 2^(64 N), and stays so.
    fn square(&self, number: &[u64; N]) -> [u64; N] {
        let mut product = [[0; N]; 2];
        square_into(product.as_flattened_mut(), number);
        let product = product.as_flattened_mut();
        let mut high_carry = 0;
        for start in 0..N {
            let factor = product[start].wrapping_mul(self.negated_inverse);
            let carry = add_multiple(&mut product[start..start + N], factor, &self.words);
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

/// Writes the square of a number to `product`, which is zero and has twice as many words.
#[inline(always)]
fn square_into<const N: usize>(product: &mut [u64], number: &[u64; N]) {
    for (at, &word) in number.iter().enumerate() {
        let row = &mut product[2 * at + 1..at + N];
        product[at + N] = add_multiple(row, word, &number[at + 1..]);
    }
    // Each product of two different words counts twice, that of a word with itself once.
    let (mut shifted, mut carry) = (0, 0);
    for (at, &word) in number.iter().enumerate() {
        let pair = &mut product[2 * at..2 * at + 2];
        let doubled = [pair[0] << 1 | shifted, pair[1] << 1 | pair[0] >> 63];
        shifted = pair[1] >> 63;
        pair[0] = multiply_add(doubled[0], word, word, &mut carry);
        let sum = u128::from(doubled[1]) + u128::from(carry);
        pair[1] = sum as u64;
        carry = (sum >> 64) as u64;
    }
}

/// Adds `factor` times `words` to as many words of `to`, and returns the carry.
#[inline(always)]
fn add_multiple(to: &mut [u64], factor: u64, words: &[u64]) -> u64 {
    let mut carry = 0;
    let to = &mut to[..words.len()];
    for at in 0..words.len() {
        to[at] = multiply_add(to[at], factor, words[at], &mut carry);
    }
    carry
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
    for at in 0..N {
        let (less, first) = from[at].overflowing_sub(other[at]);
        let (less, second) = less.overflowing_sub(u64::from(borrow));
        result[at] = less;
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

    fn passes<const N: usize>(words: [u64; N], base: u32) -> bool {
        let modulus = Modulus::new(words).expect("an odd number with its highest bit");
        modulus.is_probable_prime(base)
    }

    #[test]
    fn primes_pass_for_every_base() {
        // 2^64 - 59, 2^128 - 159 and 2^256 - 189 are the largest primes below these powers.
        for base in 2..40 {
            assert!(passes([u64::MAX - 58], base), "2^64, base {base}");
            assert!(passes([u64::MAX - 158, u64::MAX], base), "2^128, base {base}");
            let words = [u64::MAX - 188, u64::MAX, u64::MAX, u64::MAX];
            assert!(passes(words, base), "2^256, base {base}");
        }
    }

    #[test]
    fn tests_agree_with_plain_powers() {
        for less in (1..2000).step_by(2) {
            for base in [2, 3, 5, 7, 11] {
                let number = u64::MAX - less + 1;
                assert_eq!(passes([number], base), plain(number, base), "{number}, base {base}");
            }
        }
    }

    fn plain(number: u64, base: u32) -> bool {
        let times = |a: u64, b: u64| (u128::from(a) * u128::from(b) % u128::from(number)) as u64;
        let zeros = (number - 1).trailing_zeros();
        let (mut power, mut square) = (1, u64::from(base));
        for bit in 0..64 - zeros {
            if (number - 1) >> zeros >> bit & 1 == 1 {
                power = times(power, square);
            }
            square = times(square, square);
        }
        let mut passes = power == 1;
        for _ in 0..zeros {
            passes |= power == number - 1;
            power = times(power, power);
        }
        passes
    }

    #[test]
    fn even_and_small_numbers_are_not_taken() {
        for words in [[2, 1 << 63], [1, 1], [0, 0]] {
            assert!(Modulus::new(words).is_none(), "{words:?}");
        }
    }
}
