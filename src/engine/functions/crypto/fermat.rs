//! Fermat's test of eight numbers at once, for processors that multiply 52 bits in eight lanes.
//!
//! Nearly all candidates for a prime fail it, which spares them Miller and Rabin's test.

/// How many numbers are tested at once.
pub(super) const LANES: usize = 8;

/// Leaves out numbers that fail the test to base 2 and so are not prime; leaves out none where the
/// processor has no instructions for it.
///
/// # Panics
/// Panics unless the numbers are at most [`LANES`], odd, with their highest bit set, and of 2,048
/// bits or fewer.
#[cfg(target_arch = "x86_64")]
pub(super) fn likely_primes<const N: usize>(numbers: Vec<[u64; N]>) -> Vec<[u64; N]> {
    let has_instructions =
        is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma");
    let Some(&first) = numbers.first().filter(|_| has_instructions) else {
        return numbers;
    };
    assert!(numbers.len() <= LANES, "{} numbers for {LANES} lanes", numbers.len());
    let lanes = std::array::from_fn(|lane| numbers.get(lane).copied().unwrap_or(first));
    #[expect(unsafe_code, reason = "which processor it is shows only when it runs")]
    // SAFETY: the processor was just seen to have both features.
    let passing = unsafe { avx512::passing(&lanes) };
    let passes = |lane: usize| passing >> lane & 1 == 1;
    numbers.into_iter().enumerate().filter_map(|(lane, n)| passes(lane).then_some(n)).collect()
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn likely_primes<const N: usize>(numbers: Vec<[u64; N]>) -> Vec<[u64; N]> {
    numbers
}

/// Montgomery's arithmetic in eight lanes: numbers are split in limbs of 52 bits, and a vector holds
/// the same limb of eight numbers.
#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::*;

    use super::LANES;
    use crate::engine::functions::crypto::montgomery::Modulus;

    const LIMB_BITS: usize = 52;
    const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

    /// The limbs of a number of 2,048 bits.
    const MAX_LIMBS: usize = limbs_of(2048);

    type Limbs = [__m512i; MAX_LIMBS];

    /// Returns how many limbs a number takes, with four bits to spare: it is doubled and squared
    /// while it is only known to be below twice the modulus.
    const fn limbs_of(bits: usize) -> usize {
        (bits + 4).div_ceil(LIMB_BITS)
    }

    /// Returns a bit for each number, set if 2 to the power of the number less one leaves one.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn passing<const N: usize>(numbers: &[[u64; N]; LANES]) -> u8 {
        let count = limbs_of(64 * N);
        let moduli = numbers
            .map(|number| Modulus::new(number).expect("the number is odd, its highest bit set"));
        let inverses =
            vector(std::array::from_fn(|lane| moduli[lane].negated_inverse() & LIMB_MASK));
        let radix = |modulus: &Modulus<N>| modulus.power_of_two(LIMB_BITS * count - 64 * N);
        let one = limbs(&std::array::from_fn(|lane| radix(&moduli[lane])));
        let modulus = limbs(numbers);

        let mut power = one;
        for bit in (0..64 * N).rev() {
            // The numbers are odd: less one, only the lowest bit is another.
            let doubles = if bit == 0 {
                _mm512_setzero_si512()
            } else {
                let place = _mm512_set1_epi64((bit % LIMB_BITS) as i64);
                let shifted = _mm512_srlv_epi64(modulus[bit / LIMB_BITS], place);
                _mm512_and_si512(shifted, _mm512_set1_epi64(1))
            };
            square(&mut power[..count], &modulus[..count], inverses, doubles);
        }
        let mut one_more = one;
        for (limb, other) in one_more.iter_mut().zip(&modulus) {
            *limb = _mm512_add_epi64(*limb, *other);
        }
        carry(&mut one_more);
        equal(&power, &one) | equal(&power, &one_more)
    }

    /// Squares numbers that stand for themselves times 2^(52 * limbs), and doubles those whose lane
    /// says 1. What comes out is below four times the modulus, half of that where it was not doubled.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn square(number: &mut [__m512i], modulus: &[__m512i], inverses: __m512i, doubles: __m512i) {
        let (count, zero) = (number.len(), _mm512_setzero_si512());
        let mut buffer = [zero; 2 * MAX_LIMBS];
        let product = &mut buffer[..2 * count];
        for (at, &limb) in number.iter().enumerate() {
            add_multiple(&mut product[2 * at + 1..=at + count], limb, &number[at + 1..]);
        }
        for (at, &limb) in number.iter().enumerate() {
            let pair = &mut product[2 * at..2 * at + 2];
            // Products of two different limbs count twice, those of a limb with itself once.
            pair[0] = _mm512_madd52lo_epu64(_mm512_add_epi64(pair[0], pair[0]), limb, limb);
            pair[1] = _mm512_madd52hi_epu64(_mm512_add_epi64(pair[1], pair[1]), limb, limb);
        }
        for at in 0..count {
            let factor = _mm512_madd52lo_epu64(zero, product[at], inverses);
            add_multiple(&mut product[at..=at + count], factor, modulus);
            let carry = _mm512_srli_epi64::<52>(product[at]);
            product[at + 1] = _mm512_add_epi64(product[at + 1], carry);
        }
        for (limb, &high) in number.iter_mut().zip(&product[count..]) {
            *limb = _mm512_sllv_epi64(high, doubles);
        }
        carry(number);
    }

    /// Adds `factor` times `limbs` to `to`, which has one limb more, and leaves the carries in it.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn add_multiple(to: &mut [__m512i], factor: __m512i, limbs: &[__m512i]) {
        let mut below = _mm512_setzero_si512();
        let (last, to) = to.split_last_mut().expect("a limb more");
        for (to, &limb) in to.iter_mut().zip(limbs) {
            let sum = _mm512_madd52lo_epu64(*to, factor, limb);
            *to = _mm512_madd52hi_epu64(sum, factor, below);
            below = limb;
        }
        *last = _mm512_madd52hi_epu64(*last, factor, below);
    }

    /// Carries what limbs have above 52 bits to the next.
    #[target_feature(enable = "avx512f")]
    fn carry(limbs: &mut [__m512i]) {
        let mut carry = _mm512_setzero_si512();
        for limb in limbs {
            let sum = _mm512_add_epi64(*limb, carry);
            *limb = _mm512_and_si512(sum, _mm512_set1_epi64(LIMB_MASK as i64));
            carry = _mm512_srli_epi64::<52>(sum);
        }
    }

    /// Returns a bit for each lane, set if both numbers are equal there.
    #[target_feature(enable = "avx512f")]
    fn equal(number: &Limbs, other: &Limbs) -> u8 {
        let mut equal = u8::MAX;
        for (limb, other) in number.iter().zip(other) {
            equal &= _mm512_cmpeq_epi64_mask(*limb, *other);
        }
        equal
    }

    /// Splits numbers in limbs.
    #[target_feature(enable = "avx512f")]
    fn limbs<const N: usize>(numbers: &[[u64; N]; LANES]) -> Limbs {
        let mut limbs = [_mm512_setzero_si512(); MAX_LIMBS];
        for (at, limb) in limbs.iter_mut().enumerate() {
            let (word, place) = (at * LIMB_BITS / 64, at * LIMB_BITS % 64);
            *limb = vector(numbers.map(|number| {
                let [low, high] = [word, word + 1].map(|at| number.get(at).copied().unwrap_or(0));
                ((u128::from(high) << 64 | u128::from(low)) >> place) as u64 & LIMB_MASK
            }));
        }
        limbs
    }

    /// Puts one word in each lane.
    #[target_feature(enable = "avx512f")]
    fn vector(lanes: [u64; LANES]) -> __m512i {
        let [a, b, c, d, e, f, g, h] = lanes.map(u64::cast_signed);
        _mm512_setr_epi64(a, b, c, d, e, f, g, h)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::functions::crypto::montgomery::Modulus;

    /// Numbers of `64 * N` bits that look random, the same each time.
    fn numbers<const N: usize>(count: usize) -> Vec<[u64; N]> {
        let mut state = 1_u64;
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state ^ state >> 29
        };
        let number = |_| {
            let mut words = [0; N].map(|_: u64| word());
            words[0] |= 1;
            words[N - 1] |= 1 << 63;
            words
        };
        (0..count).map(number).collect()
    }

    fn agrees_with_the_other_test<const N: usize>(count: usize) {
        let probable = |number: &[u64; N]| Modulus::new(*number).unwrap().is_probable_prime(2);
        let numbers = numbers::<N>(count);
        let left: Vec<[u64; N]> = numbers
            .chunks(LANES)
            .flat_map(|chunk| likely_primes(chunk.to_vec()))
            .filter(|number| probable(number))
            .collect();
        let expected: Vec<[u64; N]> = numbers.into_iter().filter(|n| probable(n)).collect();
        assert!(!expected.is_empty());
        assert_eq!(left, expected);
    }

    #[test]
    fn no_prime_is_left_out() {
        agrees_with_the_other_test::<1>(1000);
        agrees_with_the_other_test::<2>(1000);
        agrees_with_the_other_test::<3>(1000);
        agrees_with_the_other_test::<8>(600);
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn numbers_that_are_not_prime_are_left_out() {
        if is_x86_feature_detected!("avx512ifma") {
            let left: usize =
                numbers::<4>(800).chunks(LANES).map(|c| likely_primes(c.to_vec()).len()).sum();
            assert!(left < 40, "{left} of 800");
        }
    }
}
